"""Sparsity-constrained transport: the properties of its theory, against POT and brute force. Numbers are the card's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import ot
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.matching.sparse_transport import SparseTransportOptions, soft_map, sparse_transport

N = 24


def problem(seed: int = 0, m: int = N, n: int = N) -> np.ndarray:
    rng = np.random.default_rng(seed)
    cost = ot.dist(rng.random((m, 2)), rng.random((n, 2)))
    return cost / cost.max()


def solve(cost: np.ndarray, sources=None, targets=None, **options):
    return sparse_transport(cost, sources, targets, SparseTransportOptions(**options)).value


def value(cost: np.ndarray, **options) -> float:
    return solve(cost, **options).value


def uniform(count: int) -> np.ndarray:
    return np.full(count, 1 / count)


@pytest.mark.parametrize("gamma", [0.1, 1.0])
def test_one_source_a_target_is_unregularised_transport(gamma: float) -> None:
    """Property 1: at k = 1 the value is EMD + (γ/2)‖b‖² and the plan is EMD's, uniform m = n."""
    cost = problem()
    exact = ot.emd(uniform(N), uniform(N), cost)
    plan = solve(cost, k=1, gamma=gamma)
    assert plan.value == pytest.approx((exact * cost).sum() + gamma / 2 / N, abs=1e-6)
    assert np.abs(plan.matrix.toarray() - exact).max() < 1e-9


def test_enough_sources_are_quadratic_regularisation() -> None:
    """Property 2: k ≥ the quadratic plan's own nonzeros gives its value and plan, which are POT's."""
    cost = problem()
    whole = solve(cost, k=N, gamma=1.0)
    enough = solve(cost, k=whole.most_nonzeros, gamma=1.0)
    assert enough.value == pytest.approx(whole.value, abs=1e-6)
    assert np.abs(enough.matrix.toarray() - whole.matrix.toarray()).max() < 1e-5
    theirs = ot.smooth.smooth_ot_dual(uniform(N), uniform(N), cost, 1.0, reg_type="l2", stopThr=1e-12, numItermax=5000)
    assert np.abs(theirs - whole.matrix.toarray()).max() < 1e-5
    assert whole.marginal_error < 1e-5
    assert abs(whole.gap) < 1e-5


def test_as_pots_sparsity_constrained_dual() -> None:
    """The value agrees with POT's own solver of the dual, whose plan it is evaluated from."""
    cost, k, gamma = problem(3), 3, 1.0
    _, log = ot.smooth.smooth_ot_dual(
        uniform(N),
        uniform(N),
        cost,
        gamma,
        reg_type="sparsity_constrained",
        max_nz=k,
        numItermax=3000,
        stopThr=1e-12,
        log=True,
    )
    scores = log["alpha"][:, None] + log["beta"] - cost
    top = np.sort(np.maximum(scores, 0), axis=0)[-k:]
    theirs = log["alpha"].mean() + log["beta"].mean() - (top**2).sum() / (2 * gamma)
    ours = value(cost, k=k, gamma=gamma, formulation="dual")
    assert ours == pytest.approx(theirs, abs=1e-4)
    assert ours > theirs - 1e-6


def test_value_falls_with_k() -> None:
    """Property 3: non-increasing in k, from EMD + (γ/2)‖b‖² to the quadratic value."""
    cost = problem()
    values = [value(cost, k=k, gamma=1.0) for k in (1, 2, 3, 5, 8, N)]
    assert all(first >= second - 1e-6 for first, second in pairwise(values))
    assert values[0] > values[-1] + 1e-3


@pytest.mark.parametrize("k", [1, 2, 5, N])
def test_dual_is_semi_dual(k: int) -> None:
    """Property 4, to 1e-5."""
    cost = problem(1)
    assert value(cost, k=k, formulation="dual") == pytest.approx(value(cost, k=k), abs=1e-5)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_columns_are_sparse_and_sum_exactly(k: int) -> None:
    """Property 5: at most k nonzeros; column sums of the semi-dual plan are the targets' masses."""
    rng = np.random.default_rng(5)
    a, b = rng.random(N) + 0.5, rng.random(30) + 0.5
    a, b = a / a.sum(), b / b.sum()
    plan = solve(problem(2, N, 30), a, b, k=k)
    assert plan.most_nonzeros <= k
    assert np.abs(np.asarray(plan.matrix.sum(axis=0)) - b).max() < 1e-12
    assert plan.matrix.data.min() > 0


def test_weak_duality() -> None:
    """Property 7: no feasible k-sparse plan costs less than the value; permutations are such plans."""
    cost, gamma = problem(4), 0.5
    rng = np.random.default_rng(0)
    least = min((cost[rng.permutation(N), np.arange(N)].sum() / N for _ in range(200)), default=np.inf)
    exact = (ot.emd(uniform(N), uniform(N), cost) * cost).sum()
    for k in (1, 2, 6):
        found = value(cost, k=k, gamma=gamma)
        assert found <= exact + gamma / 2 / N + 1e-9
        assert found <= least + gamma / 2 / N


def test_shifts_of_the_cost_shift_potentials_alone() -> None:
    """Property 9: C + u1ᵀ + 1vᵀ has the same plan."""
    cost = problem()
    rng = np.random.default_rng(1)
    shifted = cost + 0.3 * rng.random((N, 1)) + 0.3 * rng.random(N)
    # Costs are scaled by their maximum, so the weight of the square goes along.
    plan = solve(cost, k=N, gamma=1.0)
    other = solve(shifted, k=N, gamma=1.0 / shifted.max())
    assert np.abs(plan.matrix.toarray() - other.matrix.toarray()).max() < 1e-5


def test_order_does_not_matter() -> None:
    """Property 10: permuting sources and targets permutes the plan."""
    cost = problem()
    rng = np.random.default_rng(2)
    rows, columns = rng.permutation(N), rng.permutation(N)
    plan = solve(cost, k=N).matrix.toarray()
    other = solve(cost[rows][:, columns], k=N).matrix.toarray()
    assert np.abs(plan[rows][:, columns] - other).max() < 1e-5


def test_the_plan_is_the_slope_of_the_value() -> None:
    """Property 11: ∂OT/∂C_ij = T_ij where there are no ties, here k = m."""
    cost = problem(6, 8, 8)
    plan, step = solve(cost, k=8).matrix.toarray(), 1e-4
    top = np.unravel_index(cost.argmax(), cost.shape)
    for i, j in ((0, 0), (2, 5), (7, 1), (4, 4)):
        assert (i, j) != top
        up, down = cost.copy(), cost.copy()
        up[i, j] += step
        down[i, j] -= step
        slope = (value(up, k=8) - value(down, k=8)) / (2 * step)
        assert slope == pytest.approx(plan[i, j], abs=1e-4)


def test_averaging_lowers_the_error_of_marginals() -> None:
    cost = problem()
    errors = [solve(cost, k=2, recovery="averaged", n_averaged=n).marginal_error for n in (10, 50, 250)]
    sparse = solve(cost, k=2)
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.2 * sparse.marginal_error


def test_polishing_makes_marginals_exact() -> None:
    cost = problem()
    plan = solve(cost, k=2, recovery="polished")
    assert plan.marginal_error < 1e-9
    exact = (ot.emd(uniform(N), uniform(N), cost) * cost).sum()
    assert plan.cost == pytest.approx(exact, rel=0.02)
    assert len(plan.matrix.data) <= 2 * N - 1


def test_too_few_places_are_said() -> None:
    assert "cannot all send" in sparse_transport(problem(0, 20, 5), None, None, SparseTransportOptions(k=2)).sentence
    assert (
        "cannot all send" not in sparse_transport(problem(0, 20, 10), None, None, SparseTransportOptions(k=2)).sentence
    )


def test_bad_input_is_a_sentence() -> None:
    with pytest.raises(SizeMismatch, match="sources have shape"):
        sparse_transport(problem(), np.ones(3))
    with pytest.raises(ParameterError, match="not positive"):
        sparse_transport(problem(), np.r_[0.0, np.ones(N - 1)])
    with pytest.raises(ParameterError, match="Scale them"):
        sparse_transport(problem(), np.ones(N), 2 * np.ones(N))
    with pytest.raises(ParameterError, match="not finite"):
        sparse_transport(np.full((3, 3), np.nan))
    with pytest.raises(SizeMismatch, match="do not compare"):
        soft_map(np.zeros((4, 3)), np.zeros((4, 2)), np.ones(4), np.ones(4))


def test_cancelling_hands_over_a_plan() -> None:
    found = sparse_transport(problem(), progress=Progress(is_cancelled=lambda: True))
    assert found.status is Status.CANCELLED
    assert np.abs(np.asarray(found.value.matrix.sum(axis=0)) - 1 / N).max() < 1e-12


def test_soft_maps_carry_functions_and_know_their_confidence() -> None:
    """Two samplings of a circle: the carried coordinate is the true one, one candidate is surer than four."""
    angles = np.sort(np.random.default_rng(0).uniform(0, 2 * np.pi, 60)), np.linspace(0, 2 * np.pi, 40, endpoint=False)
    a, b = (np.stack([np.cos(t), np.sin(t)], axis=1) for t in angles)
    found = soft_map(a, b, uniform(60), uniform(40), SparseTransportOptions(k=4, gamma=1.0)).value
    assert np.linalg.norm(found.carried(a) - b, axis=1).mean() < 0.25
    rows, shares = found.candidates(4)
    assert np.abs(shares.sum(axis=0) - 1).max() < 1e-9
    assert np.linalg.norm(a[rows[0]] - b, axis=1).mean() < 0.3
    one = soft_map(a, b, uniform(60), uniform(40), SparseTransportOptions(k=1)).value
    assert one.confidence().min() == pytest.approx(1)
    assert found.confidence().mean() < 0.95
