"""Gradient-normalized Newton: its inequality, its invariances, how many steps it takes, and when it stops."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.optimizers.newton.gradient_normalized import Point, gns_minimize, gns_step
from geomlearn.optimizers.newton.hessians import (
    fisher,
    log_sum_exp_gauss_newton,
    power_gauss_newton,
    power_rank_one,
)
from geomlearn.optimizers.newton.systems import Metric
from geomlearn.optimizers.options import GradientNormalizedOptions

sys.path.insert(0, str(Path(__file__).parent))
from problems import Logistic, LogSumExp, quadratic, rosenbrock, rosenbrock_hessian

OPTIONS = GradientNormalizedOptions(max_iter=2000)


def variants(problem):
    return {
        "exact": problem.hessian,
        "fisher": lambda x: fisher(problem.sample_gradients(x)),
        "zero": None,
    }


@pytest.mark.parametrize("kind", ["exact", "fisher", "zero"])
def test_equations_1_and_2_hold_for_every_hessian(kind):
    problem, points = Logistic(), []

    def evaluate(x):
        return problem.evaluate(x)

    result = gns_minimize(
        evaluate, np.zeros(problem.d), variants(problem)[kind], options=OPTIONS.replace(max_iter=60, tol=1e-6)
    )
    points.append(problem.evaluate(np.zeros(problem.d)))
    sizes = [float(np.linalg.norm(points[0][1]))] + [row["gradient_norm"] for row in result.history]
    values = [points[0][0]] + [row["value"] for row in result.history]
    for before, after, row in zip(range(len(values)), range(1, len(values)), result.history, strict=False):
        assert row["step_length"] <= row["gamma"] * (1 + 1e-12)
        assert values[after] <= values[before]
        assert values[before] - values[after] >= row["gamma"] / 8 * sizes[after] ** 2 / sizes[before] * (1 - 1e-9)
    # Property of the search: no more than two trials per step, and those that first find γ.
    assert result.stats["n_solves"] <= 2 * len(result.history) + math.log2(1e6)


def test_without_a_hessian_steps_have_length_gamma_along_the_gradient():
    evaluate, _, start = quadratic()
    b = np.linspace(1, 3, 10)
    result = gns_minimize(evaluate, start, metric=b, options=OPTIONS.replace(max_iter=1, gamma0=1e-3))
    g = evaluate(start)[1]
    np.testing.assert_allclose(result.value, start - 1e-3 * (g / b) / np.sqrt(g @ (g / b)), rtol=1e-12)


def test_scaling_the_function_changes_nothing():
    problem = Logistic()
    plain = gns_minimize(problem.evaluate, np.zeros(20), problem.hessian, options=OPTIONS.replace(max_iter=6))
    scaled = gns_minimize(
        lambda x: tuple(1e3 * part for part in problem.evaluate(x)),
        np.zeros(20),
        lambda x: 1e3 * problem.hessian(x),
        options=OPTIONS.replace(max_iter=6),
    )
    np.testing.assert_allclose(plain.value, scaled.value, rtol=1e-8)


def test_other_coordinates_change_nothing_if_the_metric_goes_with_them():
    problem, rng = Logistic(d=6), np.random.default_rng(3)
    t = rng.normal(size=(6, 6)) + 3 * np.eye(6)
    options = OPTIONS.replace(max_iter=5)
    plain = gns_minimize(problem.evaluate, np.zeros(6), problem.hessian, options=options)

    def evaluate(y):
        value, gradient = problem.evaluate(t @ y)
        return value, t.T @ gradient

    turned = gns_minimize(
        evaluate, np.zeros(6), lambda y: t.T @ problem.hessian(t @ y) @ t, metric=t.T @ t, options=options
    )
    np.testing.assert_allclose(t @ turned.value, plain.value, rtol=1e-8)


def test_quadratics_accept_every_radius_and_converge_superlinearly():
    evaluate, hessian, start = quadratic()
    result = gns_minimize(evaluate, start, hessian, options=OPTIONS.replace(tol=1e-10))
    assert result.status is Status.CONVERGED and len(result.history) <= 12
    assert all(row["trials"] == 1 for row in result.history)
    assert [row["gamma"] for row in result.history] == [2.0**k for k in range(len(result.history))]


def test_iterations_on_logistic_regression_by_hessian():
    problem, iterations, solves = Logistic(), {}, {}
    for kind, hessian in variants(problem).items():
        result = gns_minimize(problem.evaluate, np.zeros(20), hessian, options=OPTIONS.replace(max_iter=1000))
        iterations[kind], solves[kind] = len(result.history), result.stats["n_solves"]
        assert (result.status is Status.CONVERGED) is (kind != "zero")
    assert iterations["exact"] <= 20
    assert 10 * iterations["exact"] < iterations["fisher"] < 1000
    half = gns_minimize(
        problem.evaluate, np.zeros(20), lambda x: 0.5 * fisher(problem.sample_gradients(x)), options=OPTIONS
    )
    assert len(half.history) > 2 * iterations["fisher"]


def test_ablation_a_fixed_radius_is_slower_than_the_search():
    problem = Logistic()

    def fixed(gamma, steps=200):
        x = np.zeros(20)
        for step in range(steps):
            _, g = problem.evaluate(x)
            size = np.linalg.norm(g)
            if size < 1e-8:
                return step
            x = x - np.linalg.solve(problem.hessian(x) + size / gamma * np.eye(20), g)
        return steps

    found = len(gns_minimize(problem.evaluate, np.zeros(20), problem.hessian).history)
    assert found < fixed(0.1) and found < fixed(1.0)


def test_separable_data_reach_any_value():
    problem = Logistic(separable=True)
    result = gns_minimize(problem.evaluate, np.zeros(20), problem.hessian, options=OPTIONS.replace(max_iter=60, tol=0))
    assert result.stats["value"] < 1e-9


@pytest.mark.parametrize("solver", ["cholesky", "cg"])
def test_rosenbrock_is_solved_through_its_indefinite_region(solver):
    start = np.array([0.0, 1.0])
    assert np.linalg.eigvalsh(rosenbrock_hessian(start)).min() < 0
    for x0 in (start, np.array([-2.0, 2.0])):
        wrap = aslinearoperator if solver == "cg" else np.asarray
        result = gns_minimize(rosenbrock, x0, lambda x, wrap=wrap: wrap(rosenbrock_hessian(x)), options=OPTIONS)
        np.testing.assert_allclose(result.value, [1, 1], atol=1e-6)
        assert result.status is Status.CONVERGED


def test_gauss_newton_of_log_sum_exp_is_the_hessian_and_the_gradient_squared():
    problem, x = LogSumExp(mu=0.5), np.linspace(-1, 1, 40)
    weights, _ = problem.weights(x)
    g = problem.evaluate(x)[1]
    gap = log_sum_exp_gauss_newton(weights, problem.a, 0.5) - problem.hessian(x)
    np.testing.assert_allclose(gap, np.outer(g, g) / 0.5, atol=1e-13)
    counts = []
    for hessian in (problem.hessian, lambda x: log_sum_exp_gauss_newton(problem.weights(x)[0], problem.a, 0.5)):
        result = gns_minimize(problem.evaluate, np.ones(40), hessian, metric=problem.a.T @ problem.a, options=OPTIONS)
        assert result.status is Status.CONVERGED
        counts.append(len(result.history))
    assert counts[1] <= 3 * counts[0]


def test_fisher_differs_from_the_hessian_by_no_more_than_the_value():
    problem, x = Logistic(), np.linspace(-1, 1, 20)
    gap = np.linalg.norm(fisher(problem.sample_gradients(x)) - problem.hessian(x), 2)
    assert gap <= (problem.z**2).sum(1).max() * problem.evaluate(x)[0]


def test_powers_of_linear_residuals_have_their_own_hessian_and_rank_one_solves_in_closed_form():
    rng = np.random.default_rng(0)
    a, b, p = rng.normal(size=(8, 5)), rng.normal(size=8), 4

    def evaluate(x):
        u = a @ x - b
        size = np.linalg.norm(u)
        return size**p / p, size ** (p - 2) * a.T @ u

    x, step = rng.normal(size=5), 1e-6
    numeric = np.stack([(evaluate(x + step * e)[1] - evaluate(x - step * e)[1]) / (2 * step) for e in np.eye(5)])
    np.testing.assert_allclose(power_gauss_newton(a @ x - b, a, p), numeric, rtol=1e-6, atol=1e-6)
    one = power_rank_one(a @ x - b, a, p)
    full = power_gauss_newton(a @ x - b, a, p)
    size = np.linalg.norm(a @ x - b)
    np.testing.assert_allclose(full - one.weight * np.outer(one.q, one.q), size**2 * a.T @ a, rtol=1e-10)
    result = gns_minimize(
        evaluate, x, lambda x: power_rank_one(a @ x - b, a, p), metric=a.T @ a, options=OPTIONS.replace(tol=1e-6)
    )
    assert result.status is Status.CONVERGED


def test_single_precision_stops_as_stalled_and_does_not_loop():
    problem = Logistic()

    def evaluate(x):
        value, gradient = problem.evaluate(x.astype(np.float64))
        return float(np.float32(value)), gradient.astype(np.float32)

    result = gns_minimize(
        evaluate, np.zeros(20, np.float32), problem.hessian, options=OPTIONS.replace(tol=1e-12, max_iter=500)
    )
    assert result.status is Status.STALLED
    assert result.value.dtype == np.float32
    assert result.stats["gradient_norm"] < 1e-4


def test_bad_starts_and_cancelling():
    with pytest.raises(ParameterError, match="not finite"):
        gns_minimize(lambda x: (math.nan, x), np.ones(2))
    evaluate, hessian, start = quadratic()
    stopped = gns_minimize(evaluate, start, hessian, progress=Progress(None, lambda: True))
    assert stopped.status is Status.CANCELLED
    np.testing.assert_array_equal(stopped.value, start)


def test_a_point_without_a_gradient_stays():
    point = Point(np.ones(2), 1.0, np.zeros(2))
    step = gns_step(point, None, 1.0, lambda x: (1.0, np.zeros(2)), Metric(), GradientNormalizedOptions())
    assert not step.accepted
    assert step.point is point
