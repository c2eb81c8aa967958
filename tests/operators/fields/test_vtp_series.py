import numpy as np
import pytest

import geomlearn.operators.fields.vtp_series as vtp_series
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.operators.fields.field_files import read_field, write_field
from geomlearn.operators.fields.series import FieldSeries


@pytest.fixture
def series():
    return FieldSeries([0.0, 0.5, 1.0], np.random.default_rng(0).normal(size=(3, 42)), ("heat",), {"a": 1})


def test_an_index_beside_its_frames(tmp_path, icosphere, series):
    path = write_field(tmp_path / "run.pvd", series, icosphere(1))
    assert sorted(each.name for each in (tmp_path / "run_frames").iterdir()) == ["00000.vtp", "00001.vtp", "00002.vtp"]
    assert 'timestep="0.5" part="0" file="run_frames/00001.vtp"' in path.read_text()


def test_paraview_and_pyvista_read_it(tmp_path, icosphere, series):
    """The reference reader."""
    pyvista = pytest.importorskip("pyvista")
    reader = pyvista.get_reader(str(write_field(tmp_path / "run.pvd", series, icosphere(1))))
    assert reader.time_values == [0.0, 0.5, 1.0]
    reader.set_active_time_value(1.0)
    np.testing.assert_array_equal(reader.read()[0]["heat"], series.values[2])


def test_names_with_signs_of_xml(tmp_path, icosphere, series):
    path = write_field(tmp_path / 'a & "b" <c>.pvd', series, icosphere(1))
    np.testing.assert_array_equal(read_field(path).values, series.values)


def test_a_failed_write_leaves_the_old_series_whole(tmp_path, icosphere, series, monkeypatch):
    path = write_field(tmp_path / "run.pvd", series, icosphere(1))
    calls = []

    def failing(target, *arguments, **options):
        calls.append(target)
        if len(calls) == 2:
            raise OSError("disk full")
        return write_shape(target, *arguments, **options)

    write_shape = vtp_series.write_shape
    monkeypatch.setattr(vtp_series, "write_shape", failing)
    other = FieldSeries(series.times, series.values + 1, series.names)
    with pytest.raises(GeomError, match="could not be written"):
        write_field(path, other, icosphere(1), force=True)
    np.testing.assert_array_equal(read_field(path).values, series.values)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run.pvd", "run_frames"]


def test_a_folder_in_the_way(tmp_path, icosphere, series):
    (tmp_path / "run_frames").mkdir()
    with pytest.raises(GeomError, match="run_frames exists already"):
        write_field(tmp_path / "run.pvd", series, icosphere(1))
    assert not (tmp_path / "run.pvd").exists()


def test_a_shorter_series_leaves_no_old_frames(tmp_path, icosphere, series):
    path = write_field(tmp_path / "run.pvd", series, icosphere(1))
    write_field(path, FieldSeries([0.0], series.values[:1], series.names), icosphere(1), force=True)
    assert len(list((tmp_path / "run_frames").iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<a", "no index"),
        ("<VTKFile/>", "names no frames"),
        ('<V><DataSet timestep="x" file="a"/></V>', "no index"),
        ('<V><DataSet timestep="0"/></V>', "no index"),
        ('<V><DataSet timestep="0" file="gone.vtp"/></V>', "names gone.vtp, which is not there"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "no index"),
    ],
)
def test_damaged_indices(tmp_path, text, words):
    path = tmp_path / "bad.pvd"
    path.write_text(text)
    with pytest.raises(FormatError, match=words):
        read_field(path)


def test_frames_that_do_not_belong_together(tmp_path, icosphere, series):
    path = write_field(tmp_path / "run.pvd", series, icosphere(1))
    frame = tmp_path / "run_frames" / "00001.vtp"
    steady = FieldSeries([0.0], np.zeros((1, 162)), ("heat",))
    write_field(frame, steady, icosphere(2), force=True)
    with pytest.raises(FormatError, match="different numbers of vertices"):
        read_field(path)
    write_field(frame, FieldSeries([0.0], np.zeros((1, 42)), ("cold",)), icosphere(1), force=True)
    with pytest.raises(FormatError, match="do not all hold heat"):
        read_field(path)
