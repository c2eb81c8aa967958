"""Critical points by class: the published numbers, and that growth is one there."""

import math

import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.initialization.criticality import critical_point
from geomlearn.initialization.gaussian import ACTIVATIONS, Means, find_activation, nodes, pair_mean


def test_gaussian_means_by_hand():
    x, w = nodes()
    assert float(w.sum()) == pytest.approx(1, abs=1e-13)
    assert float((w * x**6).sum()) == pytest.approx(15, rel=1e-12)
    relu = Means(torch.relu, 2.0)
    assert (relu.s2, relu.s4, relu.d2, relu.zsd) == pytest.approx((1, 6, 0.5, 1), rel=1e-12)
    assert relu.zs2 == pytest.approx(2**1.5 * math.sqrt(2 / math.pi), rel=1e-12)
    sine = Means(torch.sin, 0.7)
    assert sine.s2 == pytest.approx((1 - math.exp(-1.4)) / 2, rel=1e-12)
    # Two ReLUs: the arc-cosine kernel.
    angle = math.acos(0.3)
    expected = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / (2 * math.pi)
    assert pair_mean(torch.relu, 1.0, 0.3) == pytest.approx(expected, abs=2e-5)
    assert pair_mean(torch.sin, 1.0, 1.0) == pytest.approx(Means(torch.sin, 1.0).s2, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "c_b", "c_w", "kernel"),
    [
        ("gelu", 0.1729223908, 1.9830582574, (3 + math.sqrt(17)) / 2),
        ("silu", 0.5551431707, 1.9880046783, 14.3201736),
        ("gelu-tanh", 0.1728951983, 1.9828882398, 3.556773),
        ("mish", 0.0945217874, 2.0135240697, 1.670169),
    ],
)
def test_half_stable_activations(name, c_b, c_w, kernel):
    point = critical_point(name)
    assert point.kind == "half-stable"
    assert (point.c_b, point.c_w) == pytest.approx((c_b, c_w), abs=1e-7)
    assert point.kernel == pytest.approx(kernel, abs=1e-6)
    if name == "gelu":
        assert point.kernel == pytest.approx(kernel, abs=1e-8)
    means = Means(find_activation(name), point.kernel)
    assert point.c_w * means.zsd / point.kernel == pytest.approx(1, abs=1e-9)
    assert point.c_w * means.d2 == pytest.approx(1, abs=1e-9)
    assert point.c_b + point.c_w * means.s2 == pytest.approx(point.kernel, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "kind", "c_w"),
    [
        ("linear", "scale-invariant", 1),
        ("relu", "scale-invariant", 2),
        ("leaky-relu", "scale-invariant", 2 / 1.0001),
        ("tanh", "zero", 1),
        ("sin", "zero", 1),
        ("erf", "zero", math.pi / 4),
    ],
)
def test_the_other_classes(name, kind, c_w):
    point = critical_point(name)
    assert (point.kind, point.c_b, point.c_w) == (kind, 0, pytest.approx(c_w, rel=1e-12))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "elu", "selu"])
def test_activations_without_a_point_are_refused(name):
    with pytest.raises(ParameterError, match="no critical point"):
        critical_point(name)


def test_growth_of_fluctuations_by_class():
    leaky = critical_point(lambda z: torch.nn.functional.leaky_relu(z, 0.2))
    assert leaky.nu == pytest.approx(3 * ((1 + 0.2**4) / 2) / ((1 + 0.04) / 2) ** 2 - 1)
    expected = {"linear": 2, "relu": 5, "gelu": 4.9042, "silu": 4.9232, "mish": 4.7707, "tanh": 2 / 3}
    for name, nu in expected.items():
        assert critical_point(name).nu == pytest.approx(nu, abs=1e-4)


def test_residual_weights_shrink_what_the_layer_adds():
    for name in ("relu", "tanh", "gelu"):
        plain, residual = critical_point(name), critical_point(name, 0.8)
        assert residual.c_w == pytest.approx(0.36 * plain.c_w)
        assert residual.c_b == pytest.approx(0.36 * plain.c_b)
        assert residual.kernel == pytest.approx(plain.kernel)
    assert critical_point("relu", 0.8).nu == pytest.approx(0.36 * (0.36 * 5 + 4 * 0.64))
    assert critical_point("tanh", 0.8).nu == pytest.approx(2 / 3 * (1 - 0.8**4))


def test_names_are_listed_when_one_is_wrong():
    assert set(ACTIVATIONS) >= {"relu", "gelu"}
    with pytest.raises(ParameterError, match="called swash"):
        critical_point("swash")
