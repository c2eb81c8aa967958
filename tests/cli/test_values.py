"""FILE[:KEY] names numbers on vertices: each spelling of the table, and each way to get it wrong."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.cli.values import read_values
from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.fields.field_files import write_field
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.basis_files import write_basis

N = 6


@pytest.fixture
def basis_file(tmp_path):
    evecs = np.arange(N * 4, dtype=float).reshape(N, 4)
    return write_basis(tmp_path / "basis.npz", Basis(np.array([0.0, 1.0, 2.5, 7.0]), evecs, np.ones(N)))


@pytest.fixture
def field_file(tmp_path):
    values = np.arange(3 * N * 2, dtype=float).reshape(3, N, 2)
    return write_field(tmp_path / "field.npz", FieldSeries(np.array([0.0, 0.5, 1.0]), values, ("u", "v")))


@pytest.mark.parametrize(("key", "mode"), [("", 1), (":evecs", 1), (":evecs:2", 2), (":3", 3), (":-1", 3)])
def test_modes_of_a_basis(basis_file, key, mode):
    found = read_values(f"{basis_file}{key}", N)
    np.testing.assert_array_equal(found.values, np.arange(N) * 4 + mode)
    assert found.name.startswith(f"eigenfunction {mode} of λ = ")
    assert found.unit == "1/length"


@pytest.mark.parametrize(
    ("key", "frame", "function", "name"),
    [("", 2, 0, "u at t = 1"), (":1", 1, 0, "u at t = 0.5"), (":v", 2, 1, "v at t = 1"), (":v:0", 0, 1, "v at t = 0")],
)
def test_frames_of_a_field(field_file, key, frame, function, name):
    found = read_values(f"{field_file}{key}", N)
    np.testing.assert_array_equal(found.values, np.arange(3 * N * 2).reshape(3, N, 2)[frame, :, function])
    assert found.name == name


def test_arrays_columns_and_text(tmp_path):
    numbers = np.linspace(-1, 1, N)
    file = write_arrays(tmp_path / "d.npz", {"curvature": numbers, "coords": np.eye(N), "faces": np.eye(2)}, {})
    np.testing.assert_array_equal(read_values(f"{file}:curvature", N).values, numbers)
    np.testing.assert_array_equal(read_values(f"{file}:coords:2", N).values, np.eye(N)[:, 2])
    np.savetxt(tmp_path / "v.txt", numbers)
    found = read_values(str(tmp_path / "v.txt"), N)
    np.testing.assert_allclose(found.values, numbers)
    assert found.name == "v"
    np.save(tmp_path / "v.npy", numbers)
    np.testing.assert_array_equal(read_values(str(tmp_path / "v.npy"), N).values, numbers)


def test_wrong_keys_are_answered_with_the_right_ones(basis_file, field_file):
    with pytest.raises(ParameterError, match=r"no mode 4.*0 to 3"):
        read_values(f"{basis_file}:4", N)
    with pytest.raises(ParameterError, match=r"no array called phi.*evals, evecs, mass"):
        read_values(f"{basis_file}:phi", N)
    with pytest.raises(ParameterError, match=r"no field called w.*u, v"):
        read_values(f"{field_file}:w", N)
    with pytest.raises(ParameterError, match="no frame 3"):
        read_values(f"{field_file}:u:3", N)


def test_values_of_another_shape_are_refused(basis_file):
    with pytest.raises(SizeMismatch, match="6 values, but the shape has 7 vertices"):
        read_values(str(basis_file), N + 1)


def test_junk_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "v.txt").write_text("one\ntwo\n")
    with pytest.raises(FormatError, match="not a column of numbers"):
        read_values(str(tmp_path / "v.txt"), N)
    with pytest.raises(FormatError, match="There is no file"):
        read_values(str(tmp_path / "none.txt"), N)
    with pytest.raises(FormatError, match="There is no file"):
        read_values(str(tmp_path / "none.npz:evecs:5"), N)
