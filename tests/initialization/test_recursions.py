"""Theory against simulation: kernels, exponents by class, fluctuations between networks, the tangent kernel."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from geomlearn.initialization.criticality import critical_point
from geomlearn.initialization.recursions import cosine_flow, simulated_flow, theory_flow

pytestmark = pytest.mark.usefixtures("one_thread")


def at_critical(name, depth, **changes):
    point = critical_point(name)
    return theory_flow(name, point.c_b, point.c_w, depth, **{"kernel": point.start_kernel, **changes})


@pytest.mark.parametrize("name", ["linear", "relu", "gelu", "silu", "mish"])
def test_the_kernel_stays_over_a_hundred_layers(name):
    flow = at_critical(name, 100)
    assert np.abs(flow.kernel / flow.kernel[0] - 1).max() < 1e-6
    assert np.abs(flow.chi_par - 1).max() < 1e-6 and np.abs(flow.chi_perp - 1).max() < 1e-6


@pytest.mark.parametrize(("name", "decay"), [("tanh", 2), ("sin", 1)])
def test_exponents_of_the_zero_class(name, decay):
    flow, depth = at_critical(name, 1000), 1000
    assert flow.kernel[-1] * depth * decay == pytest.approx(1, abs=5e-3)
    assert (1 - flow.chi_par[-1]) * depth == pytest.approx(2, abs=0.01)
    assert (1 - flow.chi_perp[-1]) * depth == pytest.approx(1, abs=0.01)
    assert flow.excess[-1] / depth == pytest.approx(2 / 3, abs=5e-3)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", (0.020, 0.040, 0.100, 0.220)),
        ("relu", (0.050, 0.100, 0.250, 0.550)),
        ("tanh", (0.0063, 0.0121, 0.0302, 0.0680)),
        ("gelu", (0.0490, 0.0981, 0.2452, 0.5395)),
        ("silu", (0.0492, 0.0985, 0.2462, 0.5416)),
    ],
)
def test_fluctuations_between_networks_of_width_100(name, expected):
    assert at_critical(name, 12).excess[[1, 2, 5, 11]] / 100 == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
def test_simulated_networks_agree_within_three_standard_errors(name):
    point = critical_point(name)
    mean, spread, mean_error, spread_error = simulated_flow(
        name, point.c_b, point.c_w, 4, 100, 1500, kernel=point.start_kernel, seed=2
    )
    flow = at_critical(name, 4)
    expected = flow.kernel + flow.correction / 100
    assert (np.abs(mean - expected) < 3 * mean_error + 2e-3 * expected).all()
    # Second-order terms, (V/nK²)² of them, come on top of the statistical error.
    first = flow.excess / 100
    assert (np.abs(spread - first) < 3 * spread_error + 1.5 * first**2)[1:].all()


def test_deep_linear_networks_follow_their_exact_law():
    _, spread, _, error = simulated_flow("linear", 0.0, 1.0, 5, 50, 3000, seed=1)
    exact = (1 + 2 / 50) ** np.arange(5) - 1
    assert (np.abs(spread - exact) < 3.5 * error + 1e-3).all()


@pytest.mark.parametrize(("c_w", "factor"), [(1.8, 0.9), (2.2, 1.1)])
def test_ablation_off_critical_kernels_decay_or_explode(c_w, factor):
    flow = theory_flow("relu", 0.0, c_w, 100)
    np.testing.assert_allclose(flow.kernel, factor ** np.arange(100), rtol=1e-10)
    mean, *_ = simulated_flow("relu", 0.0, c_w, 12, 512, 24)
    slope = np.polyfit(np.arange(12), np.log(mean), 1)[0]
    assert math.exp(slope) == pytest.approx(factor, abs=0.02)


def test_residual_networks_of_one_sided_activations_need_the_three_point_term():
    point = critical_point("relu", 0.8)
    flow = theory_flow("relu", 0.0, point.c_w, 8, gamma=0.8)
    assert flow.excess[-1] == pytest.approx(19.0, abs=0.1)
    # Ablation: without it V grows by ν(γ) per layer, and simulation refutes it.
    without = point.nu * 7
    assert without == pytest.approx(11.0, abs=0.1)
    _, spread, _, error = simulated_flow("relu", 0.0, point.c_w, 8, 200, 1200, gamma=0.8, seed=3)
    measured = spread[-1] * 200
    assert abs(measured - flow.excess[-1]) < max(0.15 * flow.excess[-1], 3 * 200 * error[-1])
    assert abs(measured - without) > 4 * 200 * error[-1]
    odd = critical_point("linear", 0.8)
    assert theory_flow("linear", 0.0, odd.c_w, 8, gamma=0.8).excess[-1] == pytest.approx(odd.nu * 7, rel=1e-12)


def test_two_inputs_come_closer_as_the_arc_cosine_kernel_says():
    cosines = cosine_flow("relu", 0.0, 2.0, 6, cosine=0.2)
    expected = 0.2
    for value in cosines[1:]:
        angle = math.acos(expected)
        expected = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / math.pi
        assert value == pytest.approx(expected, abs=1e-3)
    # Off critical with biases, directions are lost far sooner.
    assert 1 - cosine_flow("tanh", 0.5, 1.0, 12, cosine=0.2)[-1] < 0.1 * (1 - cosines[-1])


@pytest.mark.parametrize(("name", "expected"), [("relu", 7.5), ("tanh", 3.703), ("gelu", 6.492)])
def test_the_tangent_kernel_against_autograd(name, expected):
    point = critical_point(name)
    first = point.c_b + point.c_w / 2
    theory = theory_flow(name, point.c_b, point.c_w, 5, kernel=first).tangent[-1]
    assert theory == pytest.approx(expected, rel=2e-3)
    activation = {"relu": torch.relu, "tanh": torch.tanh, "gelu": nn.functional.gelu}[name]
    generator, values, n = torch.Generator().manual_seed(0), [], 128
    x = torch.full((n,), 0.5**0.5)
    for _ in range(60):
        weights = [torch.randn(n, n, generator=generator) * (point.c_w / n) ** 0.5 for _ in range(5)]
        biases = [torch.randn(n, generator=generator) * point.c_b**0.5 for _ in range(5)]
        parameters = [*weights, *biases]
        for parameter in parameters:
            parameter.requires_grad_()
        z = weights[0] @ x + biases[0]
        for weight, bias in zip(weights[1:], biases[1:], strict=True):
            z = weight @ activation(z) + bias
        gradients = torch.autograd.grad(z[0], parameters)
        squares = [float(gradient.square().sum()) for gradient in gradients]
        values.append(sum(squares[:5]) / n + sum(squares[5:]))
    error = np.std(values) / len(values) ** 0.5
    assert abs(np.mean(values) - theory) < 4 * error + 0.05
