"""Impulse responses of diagonal systems and long convolutions with them."""

from __future__ import annotations

import torch

from geomlearn.operators.sequence.discrete.scan import powers


def impulse_response(coefficients: torch.Tensor, lam_bar: torch.Tensor, length: int) -> torch.Tensor:
    """K_l = Re Σ_m coefficients_m lam_bar_mˡ for l = 0 … length − 1.

    Parameters
    ----------
    coefficients, lam_bar   (…, m) complex, broadcastable, with as many axes.

    Returns
    -------
    (…, length) real.

    The exponent is split, l = i·s + j with s ≈ √length: a Vandermonde matrix (m, length) becomes a product of two
    with √length columns each, real and imaginary parts stacked so that one real product gives the real part.
    """
    size = 1 << (max(length - 1, 1).bit_length() + 1) // 2
    n_blocks = -(-length // size)
    fine = powers(lam_bar, size)
    coarse = powers(fine[-1] * lam_bar, n_blocks) * coefficients
    left = torch.cat([coarse.real, -coarse.imag], dim=-1).movedim(0, -2)
    right = torch.cat([fine.real, fine.imag], dim=-1).movedim(0, -1)
    return (left @ right).flatten(-2)[..., :length]


def causal_convolution(u: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """y_t = Σ_{s ≤ t} kernel_{t−s} u_s along the last axis, by FFT; u (…, L), kernel broadcastable (…, L)."""
    length = u.shape[-1]
    size = 2 * length
    return torch.fft.irfft(torch.fft.rfft(u, size) * torch.fft.rfft(kernel, size), size)[..., :length]


def two_sided_convolution(u: torch.Tensor, ahead: torch.Tensor, behind: torch.Tensor) -> torch.Tensor:
    """y_t = Σ_{s ≤ t} ahead_{t−s} u_s + Σ_{s > t} behind_{s−t−1} u_s: no sample is counted twice."""
    length = u.shape[-1]
    size = 2 * length
    kernel = torch.cat([ahead, behind.flip(-1)], dim=-1)
    return torch.fft.irfft(torch.fft.rfft(u, size) * torch.fft.rfft(kernel, size), size)[..., :length]
