"""Learned proximal networks: what makes them proximal maps, and their prior."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.lpn_training import matching_loss, train_lpn
from geomlearn.restoration.options import LpnOptions, LpnTraining
from tests.restoration.networks import given, network


def rows(n: int, count: int = 40, seed: int = 1, size: float = 3.0) -> torch.Tensor:
    return size * torch.randn(count, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("positive", ["clip", "softplus"])
def test_it_is_monotone_at_least_as_alpha_says_and_its_jacobian_is_symmetric(positive):
    """Property 1: ⟨f(a) − f(b), a − b⟩ ≥ 2α‖a − b‖²; ‖J − Jᵀ‖ < 1e-6 ‖J‖; J is positive."""
    made, a, b = network(positive=positive), rows(5), rows(5, seed=2)
    inner = ((made(a) - made(b)) * (a - b)).sum(1)
    assert bool((inner >= 2 * 0.05 * ((a - b) ** 2).sum(1) - 1e-6).all())
    jacobian = torch.autograd.functional.jacobian(lambda x: made(x[None])[0], a[0])
    assert float((jacobian - jacobian.T).norm()) < 1e-6 * float(jacobian.norm())
    assert float(torch.linalg.eigvalsh(jacobian)[0]) >= 0.1 - 1e-9


def test_psi_is_convex_along_segments_and_f_is_its_gradient():
    """Property 2: ψ at the middle is at most the mean of the ends, to 1e-7."""
    made, a, b = network(), rows(5), rows(5, seed=2)
    psi = made.potential
    assert bool((psi((a + b) / 2) <= (psi(a) + psi(b)) / 2 + 1e-7).all())
    a.requires_grad_()
    by_autograd = torch.autograd.grad(psi(a).sum(), a)[0]
    # torch takes softplus for linear from 20 on: e⁻²⁰ is what may differ.
    torch.testing.assert_close(made(a), by_autograd.detach(), rtol=0, atol=5e-9)


def test_a_weight_between_layers_that_is_negative_breaks_convexity():
    made, a, b = network(positive="clip"), rows(5, 200), rows(5, 200, seed=2)
    made.potential.last.raw.data.fill_(-1.0)
    psi = made.potential
    assert not bool((psi((a + b) / 2) <= (psi(a) + psi(b)) / 2 + 1e-7).all())


def test_the_inverse_is_one():
    """Property 3: ‖f(f⁻¹(x)) − x‖ < 1e-5."""
    made, x = network(), rows(5, size=10.0)
    assert float((made(made.inverse(x)) - x).detach().norm(dim=1).max()) < 1e-5


def test_f_minimizes_what_a_proximal_map_minimizes():
    """Property 4: ½‖y − x‖² + R(x) is least at x = f(y), against points near and far, to 1e-6."""
    made, y = network(), rows(5, 12)
    x = made(y)
    lowest = 0.5 * ((y - x) ** 2).sum(1) + made.prior(x)
    for size in (0.01, 0.3, 4.0):
        other = x + rows(5, 12, seed=3, size=size)
        assert bool((0.5 * ((y - other) ** 2).sum(1) + made.prior(other) >= lowest - 1e-6).all())


def test_priors_that_are_known_are_read():
    """Property 5: ψ = ½‖x‖² has R constant; ψ = ½(|x| − 1)₊² has R = |x| up to a constant, to 1e-6."""
    grid = torch.linspace(-3, 3, 25, dtype=torch.float64)[:, None]
    flat = given(lambda x: 0.5 * (x**2).sum(1))
    torch.testing.assert_close(flat(grid), grid)
    assert float(flat.prior(grid).abs().max()) < 1e-6
    soft = given(lambda x: 0.5 * (x.abs() - 1).clamp(min=0).square().sum(1))
    away = torch.linspace(0.2, 3, 25, dtype=torch.float64)[:, None]
    torch.testing.assert_close(soft.prior_at(away + 1), away[:, 0], rtol=0, atol=1e-6)


def trained(draw, n: int, loss: str, steps: int, **options) -> LearnedProximal:
    torch.manual_seed(0)
    made = LearnedProximal(n, LpnOptions(hidden=24, layers=2, convexity=0.0))
    made.potential.start_from(torch.full((n,), 0.5))
    settings = {"batch_size": 300, "rate": 5e-3, **options}
    return train_lpn(made, draw, LpnTraining(loss=loss, steps=steps, **settings)).value


def test_proximal_matching_makes_the_soft_threshold_of_the_laplace_prior():
    """Property 6: b = 1, σ = 1, RMS to soft thresholding below half of that of least squares, .224.

    Expectations are sums over a grid here, so that a short training shows where each loss leads; trainings on samples
    are in benchmarks.
    """
    grid = torch.linspace(-4, 4, 161)[:, None]
    soft = grid.sign() * (grid.abs() - 1).clamp(min=0)
    x = torch.linspace(-9, 9, 361)
    posterior = torch.exp(-0.5 * (grid - x) ** 2 - x.abs())
    posterior /= posterior.sum(1, keepdim=True)

    def far(loss, widths):
        torch.manual_seed(0)
        made = LearnedProximal(1, LpnOptions(hidden=24, layers=2, convexity=0.0)).train()
        made.potential.start_from(torch.full((1,), 0.5))
        rule = torch.optim.Adam(made.parameters(), lr=1e-2)
        for width in widths:
            for _ in range(150):
                error = (made(grid) - x)[..., None]
                rule.zero_grad()
                (posterior * loss(error, width)).sum(1).mean().backward()
                rule.step()
        return float((made.eval()(grid).detach() - soft).square().mean().sqrt())

    least_squares = far(lambda error, _: (error**2).sum(-1), (0, 0))
    assert least_squares == pytest.approx(0.224, abs=0.02)
    assert far(matching_loss, (2.0, 1.0, 0.5, 0.25, 0.12)) < 0.5 * least_squares


@pytest.mark.parametrize("loss", ["l2", "l1", "proximal"])
def test_gaussian_data_give_the_same_map_by_every_loss(loss):
    """Property 7: f(y) = y s²/(s² + σ²), here 0.8, begun at 0.5; RMS < 0.03."""
    made = trained(
        lambda g, count: 2 * torch.randn(count, 1, generator=g), 1, loss, 300, rate=2e-2, gamma=0.8, first=0.3
    )
    grid = torch.linspace(-1.5, 1.5, 61)[:, None]
    assert float((made(grid) - 0.8 * grid).detach().square().mean().sqrt()) < 0.03


def test_weights_that_are_cut_are_not_negative_after_any_step():
    """Property 9."""
    torch.manual_seed(0)
    made = LearnedProximal(2, LpnOptions(hidden=6, layers=2, positive="clip"))
    train_lpn(
        made, lambda g, c: torch.randn(c, 2, generator=g), LpnTraining(loss="l2", steps=5, rate=1.0, batch_size=8)
    )
    raws = [made.potential.last.raw, made.potential.bend.raw, *(w.raw for w in made.potential.weights)]
    assert all(bool((raw >= 0).all()) for raw in raws)
    assert any(bool((raw == 0).any()) for raw in raws)


def test_the_slope_of_the_matching_loss_is_that_of_its_formula():
    """Property 10: ∇m_γ(e) = 2e/γ² exp(−‖e‖²/γ²)."""
    e = rows(4, 6, size=0.5).requires_grad_()
    gradient = torch.autograd.grad(matching_loss(e, 0.7).sum(), e)[0]
    by_hand = 2 * e / 0.49 * torch.exp(-(e**2).sum(1, keepdim=True) / 0.49)
    torch.testing.assert_close(gradient, by_hand.detach())


def test_a_smaller_noise_is_the_proximal_map_of_a_smaller_prior():
    """Equation 3 against brute force on a line: prox of t·|x| is soft thresholding at t."""
    soft = given(lambda x: 0.5 * (x.abs() - 1).clamp(min=0).square().sum(1))
    y = torch.linspace(-3, 3, 13, dtype=torch.float64)[:, None]
    x, _, u = soft.proximal(y, 0.3)
    torch.testing.assert_close(x, y.sign() * (y.abs() - 0.3).clamp(min=0), rtol=0, atol=1e-6)
    torch.testing.assert_close(0.3 * u + 0.7 * x, y)


def test_convolutions_are_convex_too():
    torch.manual_seed(0)
    made = LearnedProximal(64, LpnOptions(hidden=3), images=True).double()
    a, b = rows(64, 20), rows(64, 20, seed=2)
    inner = ((made(a) - made(b)) * (a - b)).sum(1)
    assert bool((inner >= 2 * 0.01 * ((a - b) ** 2).sum(1) - 1e-6).all())
    assert float((made(made.inverse(a)) - a).detach().norm(dim=1).max()) < 1e-5


def test_a_batch_is_a_loop():
    made, x = network(), rows(5, 6)
    one_by_one = torch.cat([made.prior(x[i : i + 1]) for i in range(6)])
    np.testing.assert_allclose(made.prior(x), one_by_one, atol=1e-7)


def test_what_cannot_be_is_said():
    made = network()
    with pytest.raises(SizeMismatch, match=r"must be \(b, 5\)"):
        made(rows(4))
    with pytest.raises(ParameterError, match="2 times"):
        made.proximal(rows(5), 4.0)
    with pytest.raises(ParameterError, match="α = 0"):
        network(convexity=0.0).inverse(rows(5))
    with pytest.raises(ParameterError, match="no square"):
        LearnedProximal(12, images=True)
    with pytest.raises(ParameterError, match="not finite"):
        train_lpn(made.float(), lambda g, c: torch.full((c, 5), math.nan), LpnTraining(steps=1))
