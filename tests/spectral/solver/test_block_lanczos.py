"""Known spectra, multiplicities, restarts, exhausted Krylov spaces, and what each ingredient is for."""

import numpy as np
import pytest

from geomlearn.core.progress import SILENT
from geomlearn.spectral.solver import block_lanczos as module
from geomlearn.spectral.solver.block_lanczos import Ritz, block_lanczos, orthonormalize_rows
from geomlearn.spectral.solver.slabs import Slabs

N = 3000
# The inverse of a spectrum that grows like a surface's, with the shift the eigenbasis uses.
WEYL = 1 / (np.arange(N) + 1.0)


def solve(spectrum: np.ndarray, k: int, **changes) -> Ritz:
    settings = {"tolerance": 1e-9, "block": 8, "basis_size": k + 100, "max_applied": 20_000, "seed": 0}
    return block_lanczos(lambda rows: rows * spectrum, len(spectrum), k, progress=SILENT, **(settings | changes))


def misfit(spectrum: np.ndarray, ritz: Ritz) -> float:
    """Largest ‖(OP⁻¹ − 1/θ) x‖ θ: the residual the eigenbasis reports."""
    return np.linalg.norm(ritz.vectors / spectrum[:, None] * ritz.values - ritz.vectors, axis=0).max()


@pytest.mark.parametrize("block", [1, 4, 8, 16])
@pytest.mark.parametrize("k", [1, 40])
def test_finds_the_largest_values_of_a_diagonal_operator(k, block) -> None:
    ritz = solve(WEYL, k, block=block)
    assert ritz.converged
    np.testing.assert_allclose(ritz.values, WEYL[:k], rtol=1e-12)
    assert np.abs(ritz.vectors.T @ ritz.vectors - np.eye(k)).max() < 1e-12
    assert misfit(WEYL, ritz) < 1e-8


def test_many_restarts_change_nothing() -> None:
    tight = solve(WEYL, 40, basis_size=40 + 24)
    roomy = solve(WEYL, 40, basis_size=1000)
    np.testing.assert_allclose(tight.values, roomy.values, rtol=1e-12)
    assert misfit(WEYL, tight) < 1e-8
    assert tight.n_applied > roomy.n_applied


@pytest.mark.parametrize("shift", [1e-2, 1e-4])
def test_a_shift_next_to_the_spectrum_only_makes_sweeps_more_frequent(shift) -> None:
    """θ_1/θ_k up to 4e5: the loss grows thousands of times faster than sweeps every four steps allow."""
    spectrum = 1 / (np.arange(N) + shift)
    ritz = solve(spectrum, 40)
    np.testing.assert_allclose(1 / ritz.values[1:] - shift, np.arange(1, 40), rtol=1e-8)
    assert np.abs(ritz.vectors.T @ ritz.vectors - np.eye(40)).max() < 1e-10


def test_steps_without_a_sweep_are_taken_again_when_they_did_harm(monkeypatch) -> None:
    """Ablation: going on from them instead loses a whole eigenvalue."""
    spectrum = 1 / (np.arange(N) + 1e-5)
    good = np.abs(1 / solve(spectrum, 40, max_applied=400).values[1:] - 1e-5 - np.arange(1, 40)).max()
    monkeypatch.setattr(module, "LOSS_HARMFUL", np.inf)
    bad = np.abs(1 / solve(spectrum, 40, max_applied=400).values[1:] - 1e-5 - np.arange(1, 40)).max()
    assert good < 1e-6
    assert bad > 0.1


def test_multiplicities_up_to_the_block_are_complete() -> None:
    spectrum = np.repeat(WEYL[: N // 8], 8)
    ritz = solve(spectrum, 64)
    np.testing.assert_allclose(ritz.values, spectrum[:64], rtol=1e-12)


def test_a_single_vector_misses_what_the_block_finds() -> None:
    """Ablation: in exact arithmetic one start vector sees one direction of each eigenspace."""
    spectrum = np.repeat(WEYL[: N // 8], 8)
    ritz = solve(spectrum, 16, block=1)
    assert np.abs(ritz.values - spectrum[:16]).max() > 0.1


def test_few_distinct_values_exhaust_the_krylov_space_without_harm() -> None:
    spectrum = np.repeat([1.0, 0.5, 0.25], N // 3)
    ritz = solve(spectrum, 30)
    np.testing.assert_allclose(ritz.values, 1.0, rtol=1e-12)
    assert np.abs(ritz.vectors.T @ ritz.vectors - np.eye(30)).max() < 1e-10


def test_without_sweeps_orthogonality_is_lost(monkeypatch) -> None:
    """Ablation: the three-term recurrence alone lets converged directions return."""
    with_sweeps = solve(WEYL, 60, basis_size=300)
    monkeypatch.setattr(module._State, "_sweep", lambda self: None)
    without = solve(WEYL, 60, basis_size=300)
    assert np.abs(with_sweeps.values - WEYL[:60]).max() < 1e-12
    assert np.abs(without.values - WEYL[:60]).max() > 1e-3


def test_the_final_half_step_damps_high_frequencies(monkeypatch) -> None:
    """Ablation: plain Ritz vectors V s leave a residual of the inverse orders of magnitude above the tolerance."""
    good = misfit(WEYL, solve(WEYL, 40, tolerance=1e-6))
    monkeypatch.setattr(module._State, "vectors", lambda self, values, weights: self.basis[: self.size].T @ weights)
    plain = misfit(WEYL, solve(WEYL, 40, tolerance=1e-6))
    assert good < 1e-6
    assert plain > 10 * good


def test_giving_up_says_so() -> None:
    ritz = solve(WEYL, 40, max_applied=60)
    assert not ritz.converged
    assert ritz.vectors.shape == (N, 40)
    assert ritz.errors.max() > 1e-9


@pytest.mark.parametrize("rank", [0, 3, 8])
def test_orthonormal_rows_rebuild_what_they_came_from(rank) -> None:
    rng = np.random.default_rng(rank)
    against = np.linalg.qr(rng.standard_normal((200, 20)))[0].T
    rows = rng.standard_normal((8, rank)) @ rng.standard_normal((rank, 200))
    rows -= rows @ against.T @ against
    with Slabs(200) as slabs:
        frame = rows.copy()
        weights = orthonormalize_rows(frame, against, rng, slabs, scale=1.0)
    np.testing.assert_allclose(frame @ frame.T, np.eye(8), atol=1e-12)
    np.testing.assert_allclose(frame @ against.T, 0, atol=1e-12)
    np.testing.assert_allclose(weights.T @ frame, rows, atol=1e-10)
