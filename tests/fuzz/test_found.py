"""What damaged files brought to light, each the smallest file that shows it."""

import warnings

import numpy as np
import pytest
import torch

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.matching.io.triangle_points import nearest_corners
from geomlearn.operators.data.files import read_dataset
from geomlearn.operators.fields.field_files import read_field, write_field
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.sensing.io.sensors import read_sensors
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.vtk.offsets import cells_from_offsets
from geomlearn.spectral.basis_files import read_basis


@pytest.mark.parametrize("middle", [2**62, -(2**62), 2**63 - 1])
def test_offsets_whose_differences_overflow(tmp_path, middle):
    """2⁶² minus −2⁶² is negative, and the next difference positive again."""
    offsets = np.array([0, 3, middle, -middle if middle < 2**63 - 1 else -5, 9])
    with pytest.raises(FormatError, match="offsets of its cells"):
        cells_from_offsets(np.zeros(9, np.int64), offsets, Source(tmp_path / "a.vtu"))


def test_a_mode_called_by_no_number(sphere, tmp_path):
    write_shape(tmp_path / "b.vtp", sphere, point_data={"mass": np.ones(42), "mode 0000 eigenvalue 1.2.3": np.ones(42)})
    with pytest.raises(FormatError, match="called by no number"):
        read_basis(tmp_path / "b.vtp")


def test_modes_too_large_to_be_multiplied(tmp_path):
    np.savez(tmp_path / "b.npz", evals=np.zeros(2), evecs=np.full((5, 2), 1e300), mass=np.ones(5))
    with pytest.raises(FormatError, match="larger than numbers can be"):
        read_basis(tmp_path / "b.npz")


def test_a_missing_frame_is_told_with_the_index_that_names_it(sphere, tmp_path):
    write_field(tmp_path / "s.pvd", FieldSeries(np.arange(2.0), np.zeros((2, 42))), sphere)
    (tmp_path / "s_frames" / "00001.vtp").unlink()
    with pytest.raises(FormatError, match=r"s\.pvd names s_frames/00001\.vtp, which is not there"):
        read_field(tmp_path / "s.pvd")


def test_damaged_tensors_end_in_a_short_sentence(tmp_path):
    torch.save({"x": torch.zeros(4, 8), "y": torch.zeros(4, 8)}, tmp_path / "a.pt")
    whole = (tmp_path / "a.pt").read_bytes()
    for end in (3, len(whole) // 2, len(whole) - 1):
        (tmp_path / "a.pt").write_bytes(whole[:end])
        with pytest.raises(FormatError, match=r"a\.pt holds more than tensors, or is damaged") as caught:
            read_dataset(tmp_path / "a.pt")
        assert len(str(caught.value)) < 120


def test_sentences_about_samples_name_their_file(tmp_path):
    np.savez(tmp_path / "gaps.npz", a=np.full((5, 8), np.nan), u=np.zeros((5, 8)))
    np.savez(tmp_path / "huge.npz", a=np.full((5, 8), 1e300), u=np.zeros((5, 8)))
    for name in ("gaps.npz", "huge.npz"):
        with warnings.catch_warnings(), pytest.raises(GeomError, match=f"{name}.*not finite"):
            warnings.simplefilter("error")
            read_dataset(tmp_path / name)


def test_headers_of_python_2_are_read_in_silence(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3.0))
    raw = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(raw.replace(b"(3,), ", b"(3L,),"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(read_arrays(tmp_path / "a.npy")[0]["array"], [0, 1, 2])


@pytest.mark.parametrize("number", ["1e300", "-1", "1.5", "inf"])
def test_vertices_and_faces_that_no_integer_holds(tmp_path, number):
    (tmp_path / "s.csv").write_text(f"vertex,x,y,z\n{number},0,0,0\n")
    (tmp_path / "t.baryc_gt").write_text(f"{number} 0.2 0.3 0.5\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FormatError, match=r"s\.csv names vertex"):
            read_sensors(tmp_path / "s.csv")
        if number in ("1e300", "inf"):
            with pytest.raises(GeomError, match=r"t\.baryc_gt"):
                nearest_corners(tmp_path / "t.baryc_gt", 1, np.array([[0, 1, 2]]))
