"""Perturb, then diagonalize: conditioning, size, stability, the uniform bound, the cache (card 6.4, 6.5, 6.7)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import ParameterError, SizeMismatch, SolverError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.hippo import hippo_legs, hippo_response
from geomlearn.operators.sequence.systems.ptd import cache_path, diagonalize_perturbed, perturb_then_diagonalize


def test_sixteen_states_reach_the_reported_conditioning_and_reconstruct():
    """n = 16, γ = 20: κ ≤ 11 with ‖E‖/‖A‖ ≤ 0.03 and a stable spectrum, in far less than 10 s."""
    found = perturb_then_diagonalize(PTDOptions(n=16, gamma=20), cache=False)
    ptd = found.value
    assert found.status is Status.CONVERGED
    assert ptd.conditioning <= 11
    assert ptd.ratio <= 0.03
    assert ptd.max_real < 0
    rebuilt = ptd.vecs * ptd.lam @ ptd.vecs_inv
    assert np.abs(rebuilt - (hippo_legs(16)[0] + ptd.perturbation)).max() < 1e-10


@pytest.mark.parametrize(
    ("n", "gamma", "conditioning", "ratio"),
    [(8, 3.0, 5.11, 0.098), (16, 8.0, 6.56, 0.051), (32, 10.0, 8.31, 0.038)],
)
def test_the_authors_own_files_are_matched_in_both_numbers(n, gamma, conditioning, ratio):
    ptd = perturb_then_diagonalize(PTDOptions(n=n, gamma=gamma)).value
    assert ptd.conditioning <= conditioning
    assert ptd.ratio <= ratio
    assert ptd.max_real < 0


def test_gamma_moves_along_the_trade_off():
    found = [perturb_then_diagonalize(PTDOptions(n=16, gamma=gamma)).value for gamma in (3, 10, 30, 100)]
    conditioning, ratio = [ptd.conditioning for ptd in found], [ptd.ratio for ptd in found]
    assert conditioning == sorted(conditioning)
    assert ratio == sorted(ratio, reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_a_random_perturbation_of_equal_size_conditions_worse(seed):
    options = PTDOptions(n=16, gamma=20, seed=seed)
    optimised = perturb_then_diagonalize(options).value
    drawn = perturb_then_diagonalize(options.replace(recipe="ginibre")).value
    assert np.linalg.norm(drawn.perturbation) == pytest.approx(np.linalg.norm(optimised.perturbation))
    assert drawn.conditioning >= 3 * optimised.conditioning


def test_the_penalty_keeps_a_search_that_stops_early_from_ending_unstable(monkeypatch):
    from geomlearn.operators.sequence.systems import ptd_search

    options = PTDOptions(n=64, gamma=10, max_iterations=50, seed=2)
    assert perturb_then_diagonalize(options, cache=False).value.max_real < 0
    monkeypatch.setattr(ptd_search, "STABILITY_WEIGHT", 0.0)
    assert perturb_then_diagonalize(options, cache=False).value.max_real > 0


@given(n=st.integers(2, 12), size=st.floats(1e-3, 0.2), seed=st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_small_perturbations_move_the_transfer_function_uniformly_little(n, size, seed):
    """sup_ω |G_E − G| ≤ 4ε/(1 − 2ε), and the paper's (2 ln n + 4) ε to first order, for unit B and C."""
    rng = np.random.default_rng(seed)
    e = rng.standard_normal((n, n))
    e *= size / np.linalg.norm(e, 2)
    a, b = hippo_legs(n)
    b /= np.linalg.norm(b)
    omega = np.concatenate([[0.0], np.geomspace(1e-2, 3 * n * n, 150)])
    moved = np.linalg.solve(1j * omega[:, None, None] * np.eye(n) - (a + e), b[None, :, None])[..., 0]
    gap = np.linalg.norm(moved - hippo_response(n, omega) / np.linalg.norm(hippo_legs(n)[1]), axis=1).max()
    assert gap <= 4 * size / (1 - 2 * size)
    assert gap <= (2 * np.log(n) + 4) * size + 10 * np.sqrt(np.log(n)) * size**2


@pytest.mark.parametrize("n", [1, 2])
def test_up_to_two_states_need_no_perturbation(n):
    ptd = perturb_then_diagonalize(PTDOptions(n=n), cache=False).value
    assert ptd.ratio == 0
    np.testing.assert_allclose(np.sort(ptd.lam.real), np.arange(-n, 0))


def test_the_second_search_is_read_from_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path))
    options = PTDOptions(n=8)
    first = perturb_then_diagonalize(options)
    second = perturb_then_diagonalize(options)
    assert not first.stats["cached"]
    assert second.stats["cached"]
    np.testing.assert_array_equal(first.value.perturbation, second.value.perturbation)


@pytest.mark.parametrize("damage", [b"", b"not an archive", b"PK\x03\x04 cut short"])
def test_a_damaged_cache_is_searched_anew(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path))
    options = PTDOptions(n=8)
    path = cache_path(options)
    path.parent.mkdir(parents=True)
    path.write_bytes(damage)
    assert not perturb_then_diagonalize(options).stats["cached"]
    assert perturb_then_diagonalize(options).stats["cached"]


def test_the_cache_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")
    assert cache_path(PTDOptions()) is None


def test_a_cancelled_search_hands_over_its_best_and_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path))
    seen = []
    progress = Progress(lambda fraction, note: seen.append(fraction), lambda: len(seen) >= 5)
    found = perturb_then_diagonalize(PTDOptions(n=16), progress)
    assert found.status is Status.CANCELLED
    assert len(found.history) == 6
    assert found.value.n == 16
    assert not cache_path(PTDOptions(n=16)).exists()


def test_bad_perturbations_end_in_a_sentence():
    with pytest.raises(SizeMismatch, match="square"):
        diagonalize_perturbed(np.zeros((3, 4)))
    with pytest.raises(ParameterError, match="not finite"):
        diagonalize_perturbed(np.full((3, 3), np.nan))
    with pytest.raises(SolverError, match="cannot be diagonalised"):
        diagonalize_perturbed(np.zeros((64, 64)))


def test_a_search_that_breaks_down_says_so(monkeypatch):
    from geomlearn.operators.sequence.systems import ptd_search

    def defective(*_):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(ptd_search, "search_smooth", defective)
    with pytest.raises(SolverError, match=r"n = 9 .* Singular matrix.* another seed"):
        perturb_then_diagonalize(PTDOptions(n=9), cache=False)


@pytest.mark.parametrize(("name", "value"), [("n", 0), ("gamma", -1.0), ("gamma", float("nan")), ("max_iterations", 0)])
def test_options_out_of_range_are_named(name, value):
    with pytest.raises(ParameterError, match=name):
        PTDOptions(**{name: value})
