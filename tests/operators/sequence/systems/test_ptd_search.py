"""The searches: hand-made gradients against differences, and what each objective is."""

import numpy as np
import pytest

from geomlearn.core.progress import SILENT
from geomlearn.core.results import Status
from geomlearn.operators.sequence.systems.hippo import hippo_legs
from geomlearn.operators.sequence.systems.ptd_search import (
    ginibre,
    published_objective,
    search_published,
    search_smooth,
    smooth_objective,
)


@pytest.mark.parametrize("n", [3, 6, 9])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_smooth_gradient_is_the_slope(n, seed):
    rng = np.random.default_rng(seed)
    # Large enough that some eigenvalues are unstable and the penalty is at work.
    e, direction = 2.0 * rng.standard_normal((2, n, n))
    objective = smooth_objective(hippo_legs(n)[0], 10.0)
    step = 1e-6
    slope = (objective(e + step * direction)[0] - objective(e - step * direction)[0]) / (2 * step)
    assert np.sum(objective(e)[1] * direction) == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("n", [3, 6])
def test_the_published_gradient_is_the_slope_in_both_parts(n):
    rng = np.random.default_rng(n)
    e, direction = rng.standard_normal((2, n, n)) + 1j * rng.standard_normal((2, n, n))
    objective = published_objective(hippo_legs(n)[0], 0.3)
    step = 1e-6
    slope = (objective(e + step * direction)[0] - objective(e - step * direction)[0]) / (2 * step)
    assert np.sum(objective(e)[1].conj() * direction).real == pytest.approx(slope, rel=1e-5)


def test_the_objectives_are_the_formulas():
    a, _ = hippo_legs(5)
    e = np.random.default_rng(3).standard_normal((5, 5))
    lam, vecs = np.linalg.eig(a + e)
    frobenius = np.linalg.norm(vecs) * np.linalg.norm(np.linalg.inv(vecs))
    smooth = np.log(frobenius / 5) + 7.0 * np.linalg.norm(e) / np.linalg.norm(a, 2)
    smooth += 0.02 * np.mean(np.maximum(lam.real + 0.5, 0) ** 2)
    assert smooth_objective(a, 7.0)(e)[0] == pytest.approx(smooth, rel=1e-12)
    published = np.linalg.cond(vecs) ** 2 + 7.0 * np.linalg.norm(e)
    assert published_objective(a, 7.0)(e)[0] == pytest.approx(published, rel=1e-12)


def test_the_smooth_search_ends_where_the_slope_vanishes():
    a, _ = hippo_legs(8)
    e, status, history = search_smooth(a, 10.0, 0, 4000, SILENT)
    assert status is Status.CONVERGED
    objective = smooth_objective(a, 10.0)
    start = objective(0.2 * np.random.default_rng(0).standard_normal((8, 8)))[1]
    assert np.linalg.norm(objective(e)[1]) < 1e-2 * np.linalg.norm(start)
    values = [entry["objective"] for entry in history]
    assert values == sorted(values, reverse=True)


def test_the_published_search_lowers_its_objective_and_returns_its_best():
    a, _ = hippo_legs(8)
    e, status, history = search_published(a, 3e-3, 0, 400, SILENT)
    values = [entry["objective"] for entry in history]
    assert status is Status.LIMIT_REACHED
    assert published_objective(a, 3e-3)(e)[0] == pytest.approx(min(values))
    assert min(values) < values[0] / 20


def test_a_ginibre_matrix_has_the_size_asked_for():
    e = ginibre(12, 3.0, seed=1)
    assert np.linalg.norm(e) == pytest.approx(3.0)
    assert np.iscomplexobj(e)
