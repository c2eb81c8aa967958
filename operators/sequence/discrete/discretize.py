"""From continuous modes to one step of length dt."""

from __future__ import annotations

import torch

from geomlearn.operators.sequence.options import Discretization


def discretize(lam: torch.Tensor, dt: torch.Tensor, method: Discretization) -> tuple[torch.Tensor, torch.Tensor]:
    """One-step multiplier and input gain of x' = λx + v for each mode: x₊ = lam_bar x + gain v.

    Parameters
    ----------
    lam   (…, m) complex, Re < 0.
    dt    broadcastable with lam, > 0.
    method  zoh: exact for v constant over the step; bilinear: the trapezoidal rule.

    Returns
    -------
    lam_bar, gain   complex, |lam_bar| < 1.
    """
    z = lam * dt
    if method == "bilinear":
        inverse = 1.0 / (1.0 - z / 2.0)
        return (1.0 + z / 2.0) * inverse, dt * inverse
    # eᶻ − 1 in real functions: subtracting 1 from eᶻ would lose half the digits of a small step.
    x, y = z.real, z.imag
    grown = torch.complex(torch.expm1(x) * torch.cos(y) - 2.0 * torch.sin(y / 2.0) ** 2, torch.exp(x) * torch.sin(y))
    return torch.exp(z), grown / lam
