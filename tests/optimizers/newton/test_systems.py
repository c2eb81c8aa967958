"""Regularized systems: every solver gives the same direction, and indefinite ones are noticed."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.optimizers.newton.systems import Metric, RankOne, newton_direction


def setting(seed=0, n=9):
    rng = np.random.default_rng(seed)
    root, metric = rng.normal(size=(n, n)), rng.normal(size=(n, n))
    return root @ root.T, rng.normal(size=n), metric @ metric.T + n * np.eye(n), rng


@pytest.mark.parametrize("kind", ["none", "diagonal", "matrix"])
def test_all_solvers_agree(kind):
    h, g, b, rng = setting()
    b = {"none": None, "diagonal": np.diag(b), "matrix": b}[kind]
    full = np.eye(9) if b is None else np.diag(b) if b.ndim == 1 else b
    metric, expected = Metric(b), np.linalg.solve(h + 0.3 * full, g)
    np.testing.assert_allclose(newton_direction(h, g, 0.3, metric), expected, rtol=1e-9)
    by_products = newton_direction(aslinearoperator(h), g, 0.3, metric, tolerance=1e-12)
    np.testing.assert_allclose(by_products, expected, rtol=1e-8)
    q = rng.normal(size=9)
    one = newton_direction(RankOne(0.7, q), g, 0.3, metric)
    np.testing.assert_allclose(one, np.linalg.solve(0.7 * np.outer(q, q) + 0.3 * full, g), rtol=1e-10)
    np.testing.assert_allclose(newton_direction(None, g, 0.3, metric), np.linalg.solve(0.3 * full, g), rtol=1e-10)
    assert metric.length(g) == pytest.approx(np.sqrt(g @ full @ g))
    assert metric.dual_length(g) == pytest.approx(np.sqrt(g @ np.linalg.solve(full, g)))


def test_indefinite_systems_have_no_direction():
    h = np.diag([1.0, -2.0, 3.0])
    for hessian in (h, aslinearoperator(h)):
        assert newton_direction(hessian, np.ones(3), 1.0, Metric()) is None
        assert newton_direction(hessian, np.ones(3), 3.0, Metric()) is not None


def test_wrong_sizes_and_metrics_are_refused():
    with pytest.raises(SizeMismatch, match="meets a gradient"):
        newton_direction(np.eye(3), np.ones(2), 1.0, Metric())
    for b in (-np.eye(2), np.array([1.0, 0.0])):
        with pytest.raises(ParameterError, match="positive definite"):
            Metric(b)
