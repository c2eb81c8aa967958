"""Every format gives back what was written; other programs' files are read and nothing is assumed in silence."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.io import savemat

from geomlearn.core.errors import FormatError, GeomError, SizeMismatch
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.basis_files import read_basis, write_basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


@pytest.fixture(scope="module")
def basis(blob) -> Basis:
    return eigenbasis(blob, EigenbasisOptions(k=12), cache=False)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5", ".vtp"])
def test_round_trip_is_exact(basis, blob, tmp_path, suffix) -> None:
    path = write_basis(tmp_path / f"b{suffix}", basis, blob)
    back = read_basis(path)
    np.testing.assert_array_equal(back.evals, basis.evals)
    np.testing.assert_array_equal(back.evecs, basis.evecs)
    np.testing.assert_array_equal(back.mass, basis.mass)
    assert back.metadata["orthonormality"] < 1e-10
    assert (back.operator, back.boundary) == ("cotan", "neumann")
    assert back.metadata["inferred"] == []
    assert back.metadata["n_source"] == 642
    assert back.metadata["index_base"] == 0
    assert back.metadata["source"] == "blob"
    assert back.metadata["parameters"]["k"] == 12


def test_arrays_have_the_names_of_the_contract(basis, blob, tmp_path) -> None:
    with np.load(write_basis(tmp_path / "b.npz", basis, blob)) as file:
        assert {"evals", "evecs", "mass", "vertices", "faces", "metadata"} == set(file.files)
        np.testing.assert_array_equal(file["faces"], blob.faces)


def test_nothing_is_overwritten_unasked(basis, tmp_path) -> None:
    path = write_basis(tmp_path / "b.npz", basis)
    with pytest.raises(GeomError, match="exists"):
        write_basis(path, basis)
    write_basis(path, basis.truncated(3), force=True)
    assert read_basis(path).k == 3


@pytest.mark.parametrize(
    "areas", [lambda mass: sp.diags(mass).tocsc(), np.diag, lambda mass: mass[:, None], lambda mass: mass[None]]
)
@pytest.mark.parametrize("values", [lambda evals: evals[:, None], np.diag, lambda evals: evals[None]])
def test_matlab_sets_of_functional_map_code(basis, tmp_path, areas, values) -> None:
    path = tmp_path / "shape.mat"
    savemat(
        path, {"W": sp.eye(642).tocsc(), "A": areas(basis.mass), "evecs": basis.evecs, "evals": values(basis.evals)}
    )
    back = read_basis(path)
    np.testing.assert_allclose(back.evals, basis.evals)
    np.testing.assert_allclose(back.mass, basis.mass)
    assert "The areas are the variable A." in back.metadata["inferred"]


def test_a_matlab_struct_is_opened(basis, tmp_path) -> None:
    path = tmp_path / "struct.mat"
    savemat(path, {"S": {"evecs": basis.evecs, "evals": basis.evals, "A": basis.mass}})
    np.testing.assert_allclose(read_basis(path).evecs, basis.evecs)


def test_missing_areas_are_computed_and_said(basis, blob, tmp_path) -> None:
    path = tmp_path / "lapy.mat"
    savemat(
        path,
        {"Eigenvalues": basis.evals, "Eigenvectors": basis.evecs, "Points": blob.vertices, "Faces": blob.faces + 1},
    )
    back = read_basis(path)
    np.testing.assert_allclose(back.mass, basis.mass)
    assert any("count from 1" in sentence for sentence in back.metadata["inferred"])


def test_descending_eigenvalues_are_sorted_and_said(basis, tmp_path) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, evals=basis.evals[::-1], evecs=basis.evecs[:, ::-1], mass=basis.mass)
    back = read_basis(path)
    np.testing.assert_array_equal(back.evecs, basis.evecs)
    assert any("sorted" in sentence for sentence in back.metadata["inferred"])


def test_a_basis_from_another_code(shared_data) -> None:
    path = shared_data / "pde" / "manifold_lbo" / "lbe_ev_input.mat"
    if not path.is_file():
        pytest.skip("the LaPy basis is not among the data")
    basis = read_basis(path)
    assert (basis.n_vertices, basis.k) == (186, 128)
    assert basis.metadata["orthonormality"] > 0.1  # orthonormal under the full mass matrix, not the lumped one


@pytest.mark.parametrize(
    ("arrays", "error", "word"),
    [
        ({"evals": np.arange(3.0)}, FormatError, "eigenvectors"),
        ({"evecs": np.ones((4, 3))}, FormatError, "eigenvalues"),
        ({"evecs": np.ones((4, 3)), "evals": np.arange(3.0)}, FormatError, "weighs"),
        ({"evecs": np.ones((4, 3)), "evals": np.arange(2.0), "mass": np.ones(4)}, SizeMismatch, "do not fit"),
        ({"evecs": np.ones((4, 3)), "evals": np.arange(3.0), "mass": np.ones(5)}, SizeMismatch, "do not fit"),
        ({"evecs": np.full((4, 3), np.nan), "evals": np.arange(3.0), "mass": np.ones(4)}, FormatError, "finite"),
        ({"evecs": np.array([["a"]]), "evals": np.arange(1.0), "mass": np.ones(1)}, FormatError, "real numbers"),
    ],
)
def test_what_is_no_basis_is_said_in_a_sentence(tmp_path, arrays, error, word) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    with pytest.raises(error, match=word):
        read_basis(path)


def test_vtp_needs_a_shape_and_a_shape_must_fit(basis, sphere, tmp_path) -> None:
    with pytest.raises(FormatError, match="shape"):
        write_basis(tmp_path / "b.vtp", basis)
    with pytest.raises(SizeMismatch, match="642"):
        write_basis(tmp_path / "b.npz", basis, sphere(2))
    with pytest.raises(FormatError, match="txt"):
        write_basis(tmp_path / "b.txt", basis)


def test_a_vtp_without_modes(blob, tmp_path) -> None:
    from geomlearn.shapes.io import write_shape

    path = write_shape(tmp_path / "plain.vtp", blob)
    with pytest.raises(FormatError, match="holds no basis"):
        read_basis(path)
