"""The factor solves, in rows and in columns, in threads and through either door, and refuses the indefinite."""

import gc
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.spectral.solver import cholesky as module
from geomlearn.spectral.solver import cholmod
from geomlearn.spectral.solver.cholesky import CholeskyFactor

RESIDENT = Path("/proc/self/statm")
MATRIX = sp.diags_array([np.full(49, -1.0), np.full(50, 2.5), np.full(49, -1.0)], offsets=[-1, 0, 1]).tocsr()


@pytest.fixture(params=["direct", "cholespy", "superlu"])
def door(request, monkeypatch) -> str:
    """Both ways to CHOLMOD, by its own names and by cholespy where those are hidden, and the one without it."""
    monkeypatch.setenv("GEOMLEARN_CHOLESKY", "superlu" if request.param == "superlu" else "")
    if request.param == "superlu":
        monkeypatch.setattr(module, "library", lambda: pytest.fail("CHOLMOD was asked for"))
    elif request.param == "cholespy":
        monkeypatch.setattr(module, "library", lambda: None)
    elif cholmod.library() is None:
        pytest.skip("this build of cholespy hides CHOLMOD")
    return request.param


def grid_laplacian(side: int) -> sp.csr_array:
    line = sp.diags_array([np.full(side - 1, -1.0), np.full(side, 2.1), np.full(side - 1, -1.0)], offsets=[-1, 0, 1])
    return (sp.kron(line, sp.eye_array(side)) + sp.kron(sp.eye_array(side), line)).tocsr()


@pytest.mark.parametrize("n_right", [1, 3, 4, 9])
def test_solves_many_right_hand_sides(n_right, door) -> None:
    right = np.random.default_rng(0).standard_normal((50, n_right))
    factor = CholeskyFactor(MATRIX)
    np.testing.assert_allclose(MATRIX @ factor.solve(right), right, atol=1e-12)
    np.testing.assert_allclose(factor.solve_rows(np.ascontiguousarray(right.T)).T, factor.solve(right), atol=1e-14)
    np.testing.assert_allclose(factor.solve(right[:, 0]), factor.solve(right)[:, 0], atol=1e-13)


def test_rows_that_are_not_contiguous_and_integers_are_solved_too(door) -> None:
    right = np.arange(300).reshape(50, 6)[:, ::2]
    np.testing.assert_allclose(MATRIX @ CholeskyFactor(MATRIX).solve(right), right, atol=1e-11)


def test_the_result_goes_where_it_is_asked(door) -> None:
    right = np.random.default_rng(0).standard_normal((7, 50))
    out = np.zeros_like(right)
    factor = CholeskyFactor(MATRIX)
    assert factor.solve_rows(right, out=out) is out
    np.testing.assert_allclose(MATRIX @ out.T, right.T, atol=1e-12)


def test_sweeps_in_threads_agree_with_one_after_the_other(monkeypatch) -> None:
    matrix = grid_laplacian(70)
    right = np.random.default_rng(0).standard_normal((23, matrix.shape[0]))
    monkeypatch.setattr(module, "n_threads", lambda: 1)
    alone = CholeskyFactor(matrix).solve_rows(right)
    monkeypatch.setattr(module, "n_threads", lambda: 3)
    factor = CholeskyFactor(matrix)
    for _ in range(5):
        np.testing.assert_array_equal(factor.solve_rows(right), alone)
    with ThreadPoolExecutor(4) as callers:
        for found in callers.map(factor.solve_rows, [right] * 8):
            np.testing.assert_array_equal(found, alone)


@pytest.mark.skipif(not RESIDENT.exists(), reason="only Linux says how much memory a process holds")
def test_factors_give_their_memory_back() -> None:
    """Each of these takes about 3 MB: kept, they would be 90 MB more."""
    matrix = grid_laplacian(80)

    def held_mb() -> float:
        for _ in range(30):
            CholeskyFactor(matrix).solve_rows(np.ones((8, matrix.shape[0])))
        gc.collect()
        return int(RESIDENT.read_text().split()[1]) * 4096 / 2**20

    before = held_mb()
    assert held_mb() - before < 20


def test_leaves_the_matrix_alone(door) -> None:
    before = MATRIX.copy()
    CholeskyFactor(MATRIX)
    assert abs(before - MATRIX).max() == 0


def test_an_indefinite_matrix_is_refused(door, capfd) -> None:
    with pytest.raises(SolverError, match="positive definite"):
        CholeskyFactor(MATRIX - 3 * sp.eye_array(50))
    gc.collect()
    assert door != "direct" or capfd.readouterr() == ("", "")


def test_settings_laid_out_otherwise_close_the_direct_door(monkeypatch) -> None:
    """Ablation: the check of the defaults is what keeps an unknown layout from being written to."""
    shifted = type(
        "_Common", (cholmod.Structure,), {"_fields_": (("new", cholmod.c_double), *cholmod._Common._fields_)}
    )
    cholmod.library.cache_clear()
    monkeypatch.setattr(cholmod, "_Common", shifted)
    try:
        assert cholmod.library() is None
    finally:
        cholmod.library.cache_clear()


def test_structures_laid_out_otherwise_close_the_direct_door(monkeypatch) -> None:
    """Matrices that CHOLMOD makes itself are read through our structures: sizes and kinds must be where we look."""
    shifted = type(
        "_Sparse", (cholmod.Structure,), {"_fields_": (("new", cholmod.c_size_t), *cholmod._Sparse._fields_)}
    )
    cholmod.library.cache_clear()
    monkeypatch.setattr(cholmod, "_Sparse", shifted)
    try:
        assert cholmod.library() is None
    finally:
        cholmod.library.cache_clear()


def test_an_unknown_library_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setenv("GEOMLEARN_CHOLESKY", "mumps")
    with pytest.raises(ParameterError, match="mumps"):
        CholeskyFactor(MATRIX)


def test_the_permissive_way_loads_nothing_of_cholmod() -> None:
    program = """
import os, sys
from geomlearn.shapes.builtin import icosphere
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

basis = eigenbasis(icosphere(12), EigenbasisOptions(k=9))
print(*basis.evals.round(6))
print([name for name in sys.modules if "cholespy" in name])
"""
    lines = []
    for name in ("superlu", "cholmod"):
        environment = {**os.environ, "GEOMLEARN_CHOLESKY": name, "GEOMLEARN_CACHE": "off"}
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
        assert ran.returncode == 0, ran.stderr
        lines.append(ran.stdout.splitlines())
    (permissive, nothing), (usual, something) = lines
    assert permissive == usual
    assert nothing == "[]" != something
