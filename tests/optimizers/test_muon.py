"""Muon: the same steps as torch's, its claims, and the ablation of what makes it Muon."""

import pytest
import torch
from torch import nn

from geomlearn.optimizers.momentum import running_mean
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.newton_schulz import newton_schulz


def gaussian(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def stepped(build, start, gradients):
    param = nn.Parameter(start.clone())
    optimizer = build([param])
    for gradient in gradients:
        param.grad = gradient.to(param.dtype)
        optimizer.step()
    return param.detach()


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (32, 32)])
@pytest.mark.parametrize("rule", ["original", "match_rms_adamw"])
@pytest.mark.parametrize("nesterov", [True, False])
def test_it_takes_the_steps_of_torchs_muon(shape, rule, nesterov):
    gradients = [gaussian(*shape, seed=seed) for seed in range(1, 8)]
    start = gaussian(*shape)
    common = {"lr": 0.05, "weight_decay": 0.2, "momentum": 0.8, "nesterov": nesterov}
    theirs = stepped(lambda p: torch.optim.Muon(p, adjust_lr_fn=rule, **common), start, gradients) - start
    for arithmetic, tolerance in (("bfloat16", 1e-2), ("float32", 3e-2)):
        ours = stepped(lambda p, a=arithmetic: Muon(p, lr_scale=rule, ns_dtype=a, **common), start, gradients) - start
        assert float((ours - theirs).norm() / theirs.norm()) < tolerance


def test_the_two_forms_of_momentum_give_the_same_direction():
    total, mean = torch.zeros(6, 9, dtype=torch.float64), torch.zeros(6, 9, dtype=torch.float64)
    for seed in range(5):
        gradient = gaussian(6, 9, seed=seed, dtype=torch.float64)
        total = 0.95 * total + gradient
        from_sum = newton_schulz(gradient + 0.95 * total)
        from_mean = newton_schulz(running_mean(gradient, mean, 0.95, nesterov=True))
        torch.testing.assert_close(from_sum, from_mean, rtol=0, atol=1e-12)


def test_kernels_step_as_matrices_of_one_row_per_output():
    kernel, gradients = gaussian(6, 4, 3, 3), [gaussian(6, 4, 3, 3, seed=seed) for seed in (1, 2)]
    flat = stepped(lambda p: Muon(p, lr=0.1), kernel.flatten(1), [gradient.flatten(1) for gradient in gradients])
    torch.testing.assert_close(stepped(lambda p: Muon(p, lr=0.1), kernel, gradients).flatten(1), flat)


def test_transposed_weights_take_transposed_steps():
    start, gradient = gaussian(6, 10, dtype=torch.float64), gaussian(6, 10, seed=1, dtype=torch.float64)
    plain = stepped(lambda p: Muon(p, lr=0.1), start, [gradient])
    turned = stepped(lambda p: Muon(p, lr=0.1), start.T, [gradient.T])
    torch.testing.assert_close(turned.T, plain, rtol=0, atol=1e-12)


def test_the_length_of_gradients_does_not_matter():
    start = gaussian(6, 10, dtype=torch.float64)
    gradients = [gaussian(6, 10, seed=seed, dtype=torch.float64) for seed in range(1, 5)]
    once = stepped(lambda p: Muon(p, lr=0.1), start, gradients)
    scaled = stepped(lambda p: Muon(p, lr=0.1), start, [1e3 * gradient for gradient in gradients])
    torch.testing.assert_close(once, scaled, rtol=1e-6, atol=1e-9)


def losses_of_facts(coefficients, lr):
    """Mean loss, and that of the rarest, of 64 facts met in proportion to 1/rank, after 10 steps."""
    often = 1 / torch.arange(1, 65, dtype=torch.float64)
    often = often / often.sum()
    facts = torch.linalg.qr(gaussian(64, 64, dtype=torch.float64)).Q
    memory = nn.Parameter(torch.zeros(64, 64, dtype=torch.float64))
    optimizer = Muon([memory], lr=lr, weight_decay=0.0, lr_scale="none", ns_coefficients=coefficients)

    def losses():
        return nn.functional.cross_entropy(facts @ memory.T, torch.arange(64), reduction="none")

    for _ in range(10):
        optimizer.zero_grad()
        (often * losses()).sum().backward()
        optimizer.step()
    with torch.no_grad():
        return float((often * losses()).sum()), float(losses()[-1])


def test_ablation_orthogonalizing_learns_rare_facts_as_fast_as_frequent_ones():
    # p(σ) = σ leaves normalized momentum. Rates are set so that both reach the same mean loss.
    mean_with, rare_with = losses_of_facts((3.4445, -4.7750, 2.0315), lr=0.5)
    mean_without, rare_without = losses_of_facts((1.0, 0.0, 0.0), lr=5.0)
    assert 0.4 < mean_without < mean_with < 0.55
    assert rare_with < 1.2 * mean_with
    assert rare_without > 5 * mean_without
