"""basis: from a mesh to a file that says what it is."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.spectral.basis_files import read_basis


def test_the_basis_of_a_sphere_has_the_eigenvalues_of_a_sphere(geomlearn, ball):
    run = geomlearn("basis", ball, "-k", 16, "-o", "basis.npz", "--json")
    assert run.code == 0
    # l (l + 1) with multiplicity 2 l + 1; 642 vertices reach them within some percent.
    exact = np.concatenate([np.full(2 * degree + 1, degree * (degree + 1)) for degree in range(4)])
    np.testing.assert_allclose(run.json["evals"], exact, rtol=0.05, atol=1e-6)
    assert run.json["clusters"][0] == [1, 3]
    assert run.json["max_residual"] < 1e-8
    basis = read_basis("basis.npz")
    np.testing.assert_allclose(basis.evals, run.json["evals"])
    gram = basis.evecs.T @ (basis.mass[:, None] * basis.evecs)
    np.testing.assert_allclose(gram, np.eye(16), atol=1e-9)


def test_it_says_what_it_wrote_with_units_and_what_comes_next(geomlearn, ball):
    run = geomlearn("basis", ball, "-k", 9, "-o", "basis.npz")
    assert "wrote basis.npz  9 modes of ball" in run.out
    assert "1/length²" in run.out
    assert "geomlearn render" in run.out
    assert run.err == ""


@pytest.mark.parametrize("suffix", [".mat", ".h5", ".vtp"])
def test_every_suffix_holds_the_same_basis(geomlearn, ball, suffix):
    assert geomlearn("basis", ball, "-k", 5, "-o", f"basis{suffix}", "--quiet").code == 0
    assert geomlearn("basis", ball, "-k", 5, "-o", "basis.npz", "--quiet").code == 0
    np.testing.assert_allclose(read_basis(f"basis{suffix}").evecs, read_basis("basis.npz").evecs, atol=1e-12)


def test_a_bad_output_is_refused_before_the_input_is_even_looked_for(geomlearn, tmp_path):
    (tmp_path / "old.npz").write_text("precious")
    assert "exists already" in geomlearn("basis", "nothing.off", "-o", "old.npz").err
    assert "cannot be written as .txt" in geomlearn("basis", "nothing.off", "-o", "new.txt").err
    assert (tmp_path / "old.npz").read_text() == "precious"


def test_force_overwrites(geomlearn, ball, tmp_path):
    (tmp_path / "old.npz").write_text("old")
    assert geomlearn("basis", ball, "-k", 5, "-o", "old.npz", "--force").code == 0
    assert read_basis("old.npz").k == 5


def test_too_many_modes_end_in_a_sentence_and_no_file(geomlearn, ball, tmp_path):
    run = geomlearn("basis", ball, "-k", 2000, "-o", "basis.npz")
    assert run.code == 1
    assert "642" in run.err
    assert not (tmp_path / "basis.npz").exists()
