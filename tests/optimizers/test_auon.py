"""AuON: the scalar's bounds, what it reduces to, and that the scalar itself hardly matters."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geomlearn.optimizers.auon import AuON, HybridAuON, brake, braked
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.newton_schulz import newton_schulz

F64 = torch.float64


def gaussian(*shape, seed=0, dtype=F64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def unit(matrix):
    return matrix / matrix.norm()


def stepped(build, start, gradients):
    param = nn.Parameter(start.clone())
    optimizer = build([param])
    for gradient in gradients:
        param.grad = gradient
        optimizer.step()
    return param.detach()


GRADIENTS = [gaussian(16, 24, seed=seed) for seed in range(1, 9)]
START = gaussian(16, 24)


def test_equation_1_by_hand():
    matrix = torch.tensor([[3.0, 4.0]], dtype=F64)
    expected = math.sqrt((math.cosh(0.6) ** 2 + math.cosh(0.8) ** 2) / 2)
    assert float(brake(unit(matrix), 1.0)) == pytest.approx(expected, rel=1e-14)
    torch.testing.assert_close(braked(matrix, None, "normalized", 1.0), unit(matrix) / expected, rtol=1e-7, atol=0)
    torch.testing.assert_close(braked(matrix, None, "brake", 1.0), matrix / expected, rtol=1e-7, atol=0)


@pytest.mark.parametrize("variant", ["normalized", "brake"])
def test_the_direction_stays(variant):
    matrix = gaussian(8, 12)
    update = braked(matrix, None, variant, 1.5)
    torch.testing.assert_close(unit(update), unit(matrix), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(torch.linalg.cond(update), torch.linalg.cond(matrix), rtol=1e-10, atol=0)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 3), st.integers(0, 10**6), st.floats(0, 6))
def test_the_scalar_lies_between_its_bounds(rows, columns, gamma, seed, tail):
    matrix = gaussian(rows, columns, seed=seed)
    matrix = unit(matrix * matrix.abs() ** tail)
    value, n = float(brake(matrix, gamma)), rows * columns
    assert math.sqrt(1 + gamma**2 / n) * (1 - 1e-12) <= value
    assert value <= math.sqrt(1 + math.sinh(gamma) ** 2 / n) * (1 + 1e-12)


def test_one_entry_alone_attains_the_upper_bound():
    matrix = torch.zeros(32, 32, dtype=F64)
    matrix[3, 5] = 1.0
    value = float(brake(matrix, 1.5))
    assert value == pytest.approx(math.sqrt(1 + math.sinh(1.5) ** 2 / 1024), rel=1e-12)
    assert value - 1 == pytest.approx(2.2e-3, rel=0.02)


@pytest.mark.parametrize(
    ("shape", "gamma", "excess"), [((64, 256), 1.0, 3.1e-5), ((64, 256), 1.5, 6.9e-5), ((512, 512), 1.5, 4.3e-6)]
)
def test_the_scalar_is_nearly_one_for_real_layers(shape, gamma, excess):
    for dtype in (F64, torch.float32):
        # The mean square is accurate in single precision as well, where 1 + 4e-6 has few digits left.
        assert float(brake(unit(gaussian(*shape, dtype=dtype)), gamma)) - 1 == pytest.approx(excess, rel=0.04)


def test_normalized_steps_stay_in_the_unit_ball():
    for seed in range(5):
        update = braked(gaussian(8, 12, seed=seed), None, "normalized", 1.0)
        size = 1 / float(brake(unit(gaussian(8, 12, seed=seed)), 1.0))
        assert float(torch.linalg.matrix_norm(update, 2)) <= float(update.norm()) < 1
        assert float(update.norm()) == pytest.approx(size, rel=1e-7)


def normalized_sgd(start, gradients, lr, momentum=0.95):
    weight, mean = start.clone(), torch.zeros_like(start)
    for gradient in gradients:
        mean = momentum * mean + (1 - momentum) * gradient
        look_ahead = (1 - momentum) * gradient + momentum * mean
        weight = weight - lr * look_ahead / (look_ahead.norm() + 1e-7)
    return weight


def test_ablation_without_the_scalar_it_is_normalized_momentum_and_with_it_nearly_so():
    reference = normalized_sgd(START, GRADIENTS, 0.1)
    common = {"lr": 0.1, "weight_decay": 0.0, "lr_scale": "none"}
    without = stepped(lambda p: AuON(p, gamma=0.0, **common), START, GRADIENTS)
    torch.testing.assert_close(without, reference, rtol=0, atol=1e-7)
    with_it = stepped(lambda p: AuON(p, gamma=1.0, **common), START, GRADIENTS)
    difference = float((with_it - reference).norm() / (reference - START).norm())
    # The paper's key step changes a run by no more than this: it does not matter.
    assert 0 < difference <= math.sinh(1) ** 2 / (2 * START.numel())


def test_brake_reduces_to_sgd_with_nesterov_momentum():
    momentum, weight, mean = 0.95, START.clone(), torch.zeros_like(START)
    for gradient in GRADIENTS:
        mean = momentum * mean + (1 - momentum) * gradient
        weight = weight - 0.1 * ((1 - momentum) * gradient + momentum * mean)
    common = {"lr": 0.1, "weight_decay": 0.0, "variant": "brake", "lr_scale": "none"}
    without = stepped(lambda p: AuON(p, gamma=0.0, **common), START, GRADIENTS)
    torch.testing.assert_close(without, weight, rtol=0, atol=1e-7)
    with_it = stepped(lambda p: AuON(p, gamma=1.5, **common), START, GRADIENTS)
    difference = float((with_it - weight).norm() / (weight - START).norm())
    assert 0 < difference <= math.sinh(1.5) ** 2 / (2 * START.numel())
    plain = stepped(lambda p: AuON(p, gamma=0.0, nesterov=False, **common), START, GRADIENTS)
    torchs = stepped(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.95, dampening=0.05), START, GRADIENTS[:1])
    # torch starts its buffer with the first gradient undamped: after one step ours is 0.05 of it.
    first = stepped(lambda p: AuON(p, gamma=0.0, nesterov=False, **common), START, GRADIENTS[:1])
    torch.testing.assert_close(first - START, 0.05 * (torchs - START), rtol=1e-6, atol=1e-9)
    assert not torch.equal(plain, without)


def test_only_the_normalized_variant_ignores_the_length_of_gradients():
    scaled = [100 * gradient for gradient in GRADIENTS]
    for variant, same in (("normalized", True), ("brake", False)):
        build = lambda p, variant=variant: AuON(p, lr=0.1, variant=variant, lr_scale="none")  # noqa: E731
        plain, long = stepped(build, START, GRADIENTS), stepped(build, START, scaled)
        assert torch.allclose(plain, long, rtol=1e-6, atol=1e-8) is same


def test_the_hybrid_is_muon_up_to_the_scalar():
    start, gradients = gaussian(128, 256), [gaussian(128, 256, seed=seed) for seed in (1, 2, 3)]
    common = {"lr": 0.1, "weight_decay": 0.0, "lr_scale": "none", "ns_dtype": "float64"}
    muon = stepped(lambda p: Muon(p, **common), start, gradients)
    hybrid = stepped(lambda p: HybridAuON(p, **common), start, gradients)
    assert 0 < float((hybrid - muon).norm() / (muon - start).norm()) < 5e-5


def test_one_newton_schulz_step_hardly_changes_the_condition_and_five_do():
    matrix = gaussian(128, 256)
    before = float(torch.linalg.cond(matrix))
    one = float(torch.linalg.cond(braked(matrix, newton_schulz(matrix, 1), "normalized", 1.0)))
    assert 0.9 * before < one < before
    values = torch.linalg.svdvals(braked(matrix, newton_schulz(matrix, 5), "brake", 1.5))
    assert float(values.min()) > 0.66 and float(values.max()) < 1.21


def test_measured_in_typical_entries_gaussians_give_the_closed_form_and_tails_brake():
    matrix = unit(gaussian(1000, 1000))
    assert float(brake(matrix, 1.0, "rms")) == pytest.approx(math.sqrt((1 + math.exp(2)) / 2), rel=0.01)
    heavy = unit(gaussian(100, 100) ** 3)
    assert float(brake(heavy, 1.0, "rms")) > 10 * float(brake(unit(gaussian(100, 100)), 1.0, "rms"))
    assert math.isfinite(float(brake(torch.eye(300, dtype=torch.float32) / 300**0.5, 20.0, "rms")))


def test_steps_matched_to_adamw_have_its_size():
    for kind in (AuON, HybridAuON):
        moved = stepped(lambda p, kind=kind: kind(p, lr=1.0, weight_decay=0.0), START, GRADIENTS[:1]) - START
        assert float(moved.square().mean().sqrt()) == pytest.approx(0.2, rel=0.2)


def test_vectors_of_one_dimension_go_to_adamw_and_memory_is_half_of_adams():
    param = nn.Parameter(gaussian(16, 24))
    optimizer = AuON([param], lr=0.1)
    param.grad = GRADIENTS[0]
    optimizer.step()
    assert list(optimizer.state[param]) == ["momentum_buffer"]


def test_the_published_rate_is_what_the_docstring_says():
    # 0.08·√max(1, m/n)/(0.2·√(mn)) under the default equals 0.08 under "original".
    start, gradients = gaussian(24, 16), [gaussian(24, 16, seed=1)]
    ours = 0.08 * math.sqrt(24 / 16) / (0.2 * math.sqrt(24 * 16))
    published = stepped(lambda p: AuON(p, lr=0.08, lr_scale="original", weight_decay=0.0), start, gradients)
    torch.testing.assert_close(stepped(lambda p: AuON(p, lr=ours, weight_decay=0.0), start, gradients), published)
