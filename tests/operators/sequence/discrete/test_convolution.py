"""Impulse responses and convolutions against their sums (card 6.7)."""

import pytest
import torch

from geomlearn.operators.sequence.discrete.convolution import (
    causal_convolution,
    impulse_response,
    two_sided_convolution,
)


def drawn(m, dtype, seed=0):
    generator = torch.Generator().manual_seed(seed)
    radius, angle = torch.rand(2, 3, m, generator=generator, dtype=torch.float64)
    lam_bar = torch.polar(0.9 + 0.0999 * radius, 6.0 * angle)
    return torch.randn(3, m, generator=generator, dtype=torch.complex128).to(dtype), lam_bar.to(dtype)


@pytest.mark.parametrize("length", [1, 2, 3, 64, 65, 1000])
def test_the_split_vandermonde_is_the_naive_one(length):
    for dtype, tolerance in ((torch.complex128, 1e-12), (torch.complex64, 1e-5)):
        coefficients, lam_bar = drawn(8, dtype)
        exponents = torch.arange(length, dtype=torch.float64)
        naive = (coefficients[..., None] * lam_bar.to(torch.complex128)[..., None] ** exponents).sum(-2).real
        found = impulse_response(coefficients, lam_bar, length)
        assert found.shape == (3, length)
        assert (found - naive).abs().max() < tolerance * naive.abs().max()


def test_its_gradient_is_the_slope():
    values = tuple(value.requires_grad_() for value in drawn(2, torch.complex128))
    assert torch.autograd.gradcheck(lambda c, lam: impulse_response(c, lam, 11), values)


@pytest.mark.parametrize("length", [1, 2, 9])
def test_both_convolutions_are_their_sums(length):
    generator = torch.Generator().manual_seed(length)
    u, ahead, behind = torch.randn(3, length, generator=generator, dtype=torch.float64)
    causal = [sum(ahead[t - s] * u[s] for s in range(t + 1)) for t in range(length)]
    later = [sum(behind[s - t - 1] * u[s] for s in range(t + 1, length)) for t in range(length)]
    torch.testing.assert_close(causal_convolution(u, ahead), torch.stack(causal))
    both = torch.stack(causal) + torch.tensor([float(value) for value in later], dtype=torch.float64)
    torch.testing.assert_close(two_sided_convolution(u, ahead, behind), both)
