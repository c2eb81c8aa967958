"""ROOT: its prox identities, what it reduces to, and the two-by-two ablation of its two ideas."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.newton_schulz import newton_schulz, polar_factor
from geomlearn.optimizers.options import MUON_COEFFICIENTS
from geomlearn.optimizers.root import ROOT, entry_quantile, robust_part, soft_threshold

F64 = torch.float64


def gaussian(*shape, seed=0, dtype=F64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def stepped(build, start, gradients):
    param = nn.Parameter(start.clone())
    optimizer = build([param])
    for gradient in gradients:
        param.grad = gradient
        optimizer.step()
    return param.detach()


def cosine(a, b):
    return float((a * b).sum() / (a.norm() * b.norm()))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.floats(0, 1, exclude_min=True), st.integers(0, 10**6), st.booleans())
def test_quantiles_by_selection_equal_torchs(rows, columns, q, seed, ties):
    matrix = gaussian(rows, columns, seed=seed)
    matrix = matrix.round() if ties else matrix
    expected = torch.quantile(matrix.abs().flatten(), q)
    torch.testing.assert_close(entry_quantile(matrix, q)[0, 0], expected, rtol=1e-12, atol=1e-12)


def test_quantiles_of_a_stack_are_its_matrices_own():
    stack = gaussian(4, 5, 6)
    each = torch.stack([entry_quantile(matrix, 0.83) for matrix in stack])
    assert torch.equal(entry_quantile(stack, 0.83), each)


def test_what_the_threshold_takes_and_leaves_add_up():
    matrix = gaussian(20, 30)
    limit = entry_quantile(matrix, 0.9)
    left = robust_part(matrix, 0.9)
    assert torch.equal(left, matrix.clamp(-float(limit), float(limit)))
    # Moreau: the proximal map of ε‖·‖₁ and the projection onto ‖·‖∞ ≤ ε.
    torch.testing.assert_close(soft_threshold(matrix, limit) + left, matrix, rtol=1e-15, atol=1e-15)
    assert float(left.abs().max()) == float(limit)
    both = torch.complex(matrix, gaussian(20, 30, seed=1))
    kept = robust_part(both, 0.9)
    torch.testing.assert_close(both - kept, soft_threshold(both, entry_quantile(both, 0.9)), rtol=0, atol=1e-14)


def test_how_many_entries_change_and_how_much_energy_stays():
    matrix = gaussian(40, 50)
    changed = int((robust_part(matrix, 0.9) != matrix).sum())
    assert abs(changed - math.ceil(0.1 * matrix.numel())) <= 1
    assert torch.equal(robust_part(matrix, 1.0), matrix)
    assert torch.equal(robust_part(matrix, None), matrix)
    big = gaussian(400, 500)
    assert float(robust_part(big, 0.9).square().sum() / big.square().sum()) == pytest.approx(0.831, abs=5e-3)
    assert torch.equal(robust_part(matrix, None, 0.5), matrix.clamp(-0.5, 0.5))


def test_without_its_ideas_it_is_torchs_muon():
    start = gaussian(24, 40, dtype=torch.float32)
    gradients = [gaussian(24, 40, seed=seed, dtype=torch.float32) for seed in range(1, 7)]
    common = {"lr": 0.05, "weight_decay": 0.1}
    theirs = stepped(lambda p: torch.optim.Muon(p, adjust_lr_fn="match_rms_adamw", **common), start, gradients)
    for arithmetic, tolerance in (("bfloat16", 1e-2), ("float32", 3e-2)):
        plain = {"clip_quantile": None, "coefficients": "muon", "ns_dtype": arithmetic, **common}
        ours = stepped(lambda p, plain=plain: ROOT(p, **plain), start, gradients)
        assert float((ours - theirs).norm() / (theirs - start).norm()) < tolerance
        muon = stepped(lambda p, a=arithmetic: Muon(p, ns_dtype=a, **common), start, gradients)
        assert torch.equal(ours, muon)


def test_sums_and_means_of_gradients_give_the_same_step():
    total, gradients = torch.zeros(12, 18, dtype=F64), [gaussian(12, 18, seed=seed) for seed in range(1, 5)]
    for gradient in gradients:
        total = 0.95 * total + gradient
    from_sum = newton_schulz(robust_part(gradients[-1] + 0.95 * total, 0.9))
    before = stepped(lambda p: ROOT(p, lr=0.0), torch.zeros(12, 18, dtype=F64), gradients)
    param = nn.Parameter(before)
    optimizer = ROOT([param], lr=1.0, weight_decay=0.0, lr_scale="none", coefficients="muon")
    for step, gradient in enumerate(gradients):
        optimizer.param_groups[0]["lr"] = float(step == len(gradients) - 1)
        param.grad = gradient
        optimizer.step()
    torch.testing.assert_close(-param.detach(), from_sum, rtol=0, atol=1e-12)


def spiked_and_clean(seed):
    generator = torch.Generator().manual_seed(seed)
    low = torch.randn(64, 8, generator=generator, dtype=F64) @ torch.randn(8, 128, generator=generator, dtype=F64)
    clean = low / 8**0.5 + 0.3 * torch.randn(64, 128, generator=generator, dtype=F64)
    spiked = clean.clone().flatten()
    at = torch.randperm(spiked.numel(), generator=generator)[:8]
    spiked[at] += 50 * torch.sign(torch.randn(8, generator=generator, dtype=F64))
    return clean, spiked.reshape(64, 128)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ablation_clipping_is_what_withstands_outliers_and_what_it_costs(seed):
    clean, spiked = spiked_and_clean(seed)
    target = polar_factor(clean)
    muon = [cosine(newton_schulz(matrix), target) for matrix in (clean, spiked)]
    root = [cosine(newton_schulz(robust_part(matrix, 0.9)), target) for matrix in (clean, spiked)]
    gentle = [cosine(newton_schulz(robust_part(matrix, 0.99)), target) for matrix in (clean, spiked)]
    assert root[1] / root[0] >= 0.97
    assert root[1] > muon[1]
    # The price: on clean matrices clipping at 0.9 is worse than not clipping; 0.99 loses less in both cases.
    assert muon[0] > 0.97 > root[0]
    assert gentle[0] > root[0] and gentle[1] > root[1]


@pytest.mark.parametrize("shape", [(64, 64), (128, 128)])
def test_ablation_coefficients_by_shape_are_what_makes_the_factor_accurate(shape):
    matrix, rank = gaussian(*shape), min(shape)
    errors = {}
    for name, clip in (("table", None), ("muon", None), ("muon clipped", 0.9)):
        coefficients = name.split()[0]
        step = stepped(
            lambda p, c=coefficients, q=clip: ROOT(
                p, lr=1.0, weight_decay=0.0, lr_scale="none", coefficients=c, clip_quantile=q
            ),
            torch.zeros_like(matrix),
            [matrix],
        )
        errors[name] = float((-step - polar_factor(matrix)).square().sum()) / rank
    assert errors["table"] < 0.9 * errors["muon"]
    assert errors["muon"] < errors["muon clipped"]


def test_rank_one_keeps_its_direction_and_transposes_commute():
    u, v = gaussian(64), gaussian(128, seed=1)
    for coefficients in ("table", "muon"):
        common = {"lr": 1.0, "weight_decay": 0.0, "lr_scale": "none", "coefficients": coefficients}
        bare = stepped(
            lambda p, c=common: ROOT(p, clip_quantile=None, **c), torch.zeros(64, 128, dtype=F64), [torch.outer(u, v)]
        )
        assert float(torch.linalg.matrix_norm(bare, 2)) <= 1.3
        assert cosine(-bare, torch.outer(u, v)) == pytest.approx(1, abs=1e-10)
        matrix = gaussian(16, 40)
        plain = stepped(lambda p, c=common: ROOT(p, **c), torch.zeros_like(matrix), [matrix])
        turned = stepped(lambda p, c=common: ROOT(p, **c), torch.zeros_like(matrix.T), [matrix.T])
        torch.testing.assert_close(turned.T, plain, rtol=0, atol=1e-12)


def test_groups_may_have_coefficients_of_their_own():
    first, second = (nn.Parameter(torch.zeros(8, 8, dtype=F64)) for _ in range(2))
    optimizer = ROOT(
        [{"params": [first]}, {"params": [second], "coefficients": {"8x8": (1.0, 0.0, 0.0)}}], lr=1.0, weight_decay=0.0
    )
    first.grad = second.grad = gaussian(8, 8)
    optimizer.step()
    assert not torch.allclose(first, second)
    assert optimizer.param_groups[0]["coefficients"] == "table"


def test_the_routing_says_whose_coefficients_a_shape_takes():
    weights = [nn.Parameter(torch.ones(shape)) for shape in ((64, 64), (70, 60), (64, 128), (5,))]
    notes = [row.note for row in ROOT(weights, lr=0.1).routing()]
    assert notes == [*["coefficients fitted to 64×64"] * 2, "Muon's coefficients", ""]
    own = ROOT(weights, lr=0.1, coefficients={"64x128": (3.0, -4.0, 2.0)}).routing()
    assert own[2].note == "coefficients given for the shape" and own[0].note == "Muon's coefficients"


def test_contradictions_are_refused():
    param = nn.Parameter(torch.zeros(3, 3))
    with pytest.raises(ParameterError, match="both say where to clip"):
        ROOT([param], threshold=0.1)
    with pytest.raises(ParameterError, match="not the shape"):
        ROOT([param], coefficients={"3by3": MUON_COEFFICIENTS})
    with pytest.raises(ValueError, match="clip_quantile"):
        ROOT([param], clip_quantile=1.5)


def test_fitting_happens_when_the_optimizer_is_made(monkeypatch):
    param = nn.Parameter(gaussian(6, 9))
    optimizer = ROOT([param], coefficients="auto", ns_steps=3)
    (key,) = optimizer.param_groups[0]["coefficients"]
    assert key == "6x9"

    def refused(*_):
        raise AssertionError("fitted in a step")

    monkeypatch.setattr("geomlearn.optimizers.calibration.fit", refused)
    param.grad = gaussian(6, 9, seed=1)
    optimizer.step()
