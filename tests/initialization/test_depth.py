"""The best depth for a width, residual weights that allow more, and learning rates by layer."""

import math

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.initialization.criticality import critical_point
from geomlearn.initialization.depth import (
    advise,
    best_ratio,
    effective_nu,
    mutual_information,
    rate_multipliers,
    residual_weight,
)
from geomlearn.initialization.recursions import theory_flow


@pytest.mark.parametrize(
    ("name", "n_out", "expected"),
    [
        ("linear", 1, 0.0870),
        ("relu", 1, 0.0348),
        ("tanh", 1, 0.2609),
        ("gelu", 1, 0.0355),
        ("relu", 10, 0.0160),
        ("tanh", 10, 0.120),
    ],
)
def test_best_ratios(name, n_out, expected):
    assert best_ratio(critical_point(name).nu, n_out) == pytest.approx(expected, rel=5e-3)


def test_the_best_ratio_is_where_information_is_largest():
    n_a, n_b, nu = 2, 3, 5.0
    best = best_ratio(nu, n_a + n_b) * nu
    step = 1e-6
    slope = (mutual_information(best + step, n_a, n_b) - mutual_information(best - step, n_a, n_b)) / (2 * step)
    assert slope == pytest.approx(0, abs=1e-8)
    assert mutual_information(best, n_a, n_b) > mutual_information(0.9 * best, n_a, n_b) > 0
    assert mutual_information(1.6 * best, n_a, n_b) < 0


@pytest.mark.parametrize("name", ["linear", "relu", "tanh"])
@pytest.mark.parametrize("gamma", [0.1, 0.5, 0.95])
def test_residual_weights_invert_nu(name, gamma):
    assert residual_weight(critical_point(name, gamma).nu, name) == pytest.approx(gamma, rel=1e-9)


def test_residual_weights_out_of_reach_are_refused():
    with pytest.raises(ParameterError, match="closed form"):
        residual_weight(1.0, "gelu")
    with pytest.raises(ParameterError, match="lies outside"):
        residual_weight(6.0, "relu")


def test_nu_far_down_is_what_the_recursion_grows_by():
    for name in ("relu", "gelu", "tanh"):
        point = critical_point(name, 0.6)
        flow = theory_flow(name, point.c_b, point.c_w, 60, kernel=point.start_kernel, gamma=0.6)
        if name != "tanh":
            assert flow.excess[-1] - flow.excess[-2] == pytest.approx(effective_nu(name, 0.6), rel=1e-6)
    assert effective_nu("tanh", 0.6) == critical_point("tanh", 0.6).nu


def test_advice():
    deep = advise(100, 20, 1, "relu")
    assert "Too deep" in deep.verdict and deep.best_depth == pytest.approx(3.48, abs=0.01)
    assert 0 < deep.gamma < 1 and deep.excess == pytest.approx(0.95)
    assert deep.least_width == pytest.approx(20 / 0.0348, rel=0.01)
    assert "fixed kernel" in advise(10_000, 3, 1, "relu").verdict
    good = advise(100, 3, 1, "relu")
    assert "suit" in good.verdict and good.gamma == 0
    assert math.isinf(best_ratio(0.0, 1))


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_rates_by_layer_make_the_tangent_kernel_independent_of_depth(name):
    point, final = critical_point(name), []
    for depth in (5, 20, 80):
        rates_b, rates_w = rate_multipliers(point, depth)
        kernel = point.start_kernel
        final.append(
            theory_flow(name, point.c_b, point.c_w, depth, kernel, lambda_b=rates_b, lambda_w=rates_w).tangent[-1]
        )
    assert final == pytest.approx([final[0]] * 3, rel=1e-7)


def test_rates_by_layer_of_tanh_tend_to_a_constant_and_plain_ones_do_not():
    point = critical_point("tanh")

    def final(depth, scaled):
        rates = rate_multipliers(point, depth) if scaled else (1.0, 1.0)
        return theory_flow("tanh", 0.0, 1.0, depth, lambda_b=rates[0], lambda_w=rates[1]).tangent[-1]

    assert final(160, True) == pytest.approx(final(10, True), rel=0.2)
    assert final(160, False) > 5 * final(10, False)
