import numpy as np
import pytest

from geomlearn.core.errors import FormatError, GeomError, SizeMismatch
from geomlearn.operators.fields.field_files import WRITABLE, read_field, write_field
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.io import read_metadata, read_point_data, read_shape

ABOUT = {"method": "heat", "parameters": {"duration": 0.5, "vertex": [1, 2]}, "note": "a -- b", "n_vertices": 42}


@pytest.fixture
def fields():
    rng = np.random.default_rng(0)
    return {
        "steady": FieldSeries([0.0], rng.normal(size=(1, 42)), ("u",), ABOUT),
        "series": FieldSeries([0.0, 0.1, 0.30000000000000004], rng.normal(size=(3, 42)), ("u",), ABOUT),
        "pair": FieldSeries([0.0, 1e-9], rng.normal(size=(2, 42, 2)), ("u", "v"), ABOUT),
        "steady pair": FieldSeries([2.0], rng.normal(size=(1, 42, 2)), ("u", "v"), ABOUT),
    }


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".hdf5", ".mat", ".pvd"])
@pytest.mark.parametrize("kind", ["steady", "series", "pair", "steady pair"])
def test_out_and_in_again(tmp_path, icosphere, fields, suffix, kind):
    """To the last digit, with names and metadata."""
    path = write_field(tmp_path / f"field{suffix}", fields[kind], icosphere(1))
    back = read_field(path)
    np.testing.assert_array_equal(back.times, fields[kind].times)
    np.testing.assert_array_equal(back.values, fields[kind].values)
    assert back.names == fields[kind].names
    assert dict(back.metadata) == ABOUT


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".mat"])
def test_without_a_shape(tmp_path, fields, suffix):
    back = read_field(write_field(tmp_path / f"field{suffix}", fields["series"]))
    np.testing.assert_array_equal(back.values, fields["series"].values)


def test_the_shape_travels_along(tmp_path, icosphere, fields):
    path = write_field(tmp_path / "field.npz", fields["series"], icosphere(1))
    back = read_shape(path)
    np.testing.assert_array_equal(back.vertices, icosphere(1).vertices)
    np.testing.assert_array_equal(back.faces, icosphere(1).faces)


def test_one_vtp_frame(tmp_path, icosphere, fields):
    path = write_field(tmp_path / "field.vtp", fields["steady pair"], icosphere(1))
    data = read_point_data(path)
    np.testing.assert_array_equal(data["v"], fields["steady pair"].values[0, :, 1])
    assert read_metadata(path) == fields["steady pair"].metadata
    with pytest.raises(FormatError, match="holds one frame, and the field has 3"):
        write_field(tmp_path / "many.vtp", fields["series"], icosphere(1))


@pytest.mark.parametrize("suffix", WRITABLE)
def test_nothing_is_overwritten_unasked(tmp_path, icosphere, fields, suffix):
    path = tmp_path / f"field{suffix}"
    write_field(path, fields["steady"], icosphere(1))
    before = path.read_bytes()
    with pytest.raises(GeomError, match="exists already"):
        write_field(path, fields["steady"], icosphere(1))
    assert path.read_bytes() == before
    write_field(path, fields["steady pair"], icosphere(1), force=True)
    assert path.read_bytes() != before
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_wrong_suffixes_and_sizes(tmp_path, icosphere, fields):
    for name in ("field.xyz", "field"):
        with pytest.raises(FormatError, match="cannot be written as"):
            write_field(tmp_path / name, fields["steady"], icosphere(1))
    with pytest.raises(SizeMismatch, match="42 values a frame, but icosphere has 162"):
        write_field(tmp_path / "field.npz", fields["steady"], icosphere(2))
    for suffix in (".vtp", ".pvd"):
        with pytest.raises(FormatError, match="no shape was given"):
            write_field(tmp_path / f"field{suffix}", fields["steady"])
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_others(tmp_path):
    """A bare array is one frame; frames without times are counted."""
    np.save(tmp_path / "bare.npy", np.arange(5.0))
    np.testing.assert_array_equal(read_field(tmp_path / "bare.npy").values, [np.arange(5.0)])
    np.savez(tmp_path / "frames.npz", values=np.zeros((3, 5, 2)))
    back = read_field(tmp_path / "frames.npz")
    np.testing.assert_array_equal(back.times, [0, 1, 2])
    assert back.names == ("u0", "u1")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"evals": np.zeros(3)}, r"evals \(3,\), but no array called values"),
        ({"values": np.zeros((3, 4)), "times": np.zeros(2)}, "times"),
        ({"values": np.zeros((2, 4)), "times": np.zeros(2)}, "ascend"),
        ({"values": np.array(["a"])}, "no real numbers"),
        ({"values": np.zeros((2, 0))}, "no real numbers"),
        ({"values": np.array(3.0)}, "no real numbers"),
        ({"values": np.zeros((1, 2, 3, 4))}, "times"),
    ],
)
def test_files_that_hold_no_field(tmp_path, arrays, words):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(FormatError, match=words):
        read_field(tmp_path / "bad.npz")


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".mat", ".pvd"])
def test_files_cut_short(tmp_path, icosphere, fields, suffix):
    path = write_field(tmp_path / f"field{suffix}", fields["series"], icosphere(1))
    whole = path.read_bytes()
    for length in (1, 40, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            read_field(path)


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".mat", ".pvd"])
def test_mutated_files_end_in_a_field_or_a_sentence(tmp_path, icosphere, fields, suffix):
    path = write_field(tmp_path / f"field{suffix}", fields["series"], icosphere(1))
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    sentences = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=4):
            damaged[place] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            assert read_field(path).n_frames >= 1
        except GeomError:
            sentences += 1
    assert sentences > 0
