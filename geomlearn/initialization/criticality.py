"""The weight and bias variances under which a deep network neither explodes nor dies, for any activation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import brentq

from geomlearn.core.errors import ParameterError
from geomlearn.initialization.gaussian import Activation, Means, find_activation

_SCALE_TOLERANCE = 1e-12
_KERNELS = np.geomspace(1e-3, 1e3, 61)


@dataclass(frozen=True)
class Criticality:
    """A critical point: z^{l+1} = b + W σ(z^l) [+ γ z^l] with Var b = c_b and Var W = c_w/fan_in.

    Attributes
    ----------
    kind    "scale-invariant", "zero" (the kernel decays as 1/depth) or "half-stable".
    kernel  K*, the variance of preactivations that stays; any for scale-invariant, where it is 1; 0 for "zero".
    nu      V/(n K²) grows by nu/n per layer; the depth that is still near Gaussian is n/nu.
    decay   for "zero": K → 1/(decay·depth); else 0.
    perp    for "zero": 1 − χ_perp → perp/depth; else 0.
    """

    kind: str
    c_b: float
    c_w: float
    kernel: float
    nu: float
    decay: float = 0.0
    perp: float = 0.0

    @property
    def start_kernel(self) -> float:
        """The variance that preactivations should have in the first layer: K*, or 1 where K* is 0."""
        return self.kernel or 1.0


def critical_point(activation: str | Activation, gamma: float = 0.0) -> Criticality:
    """Find (C_b, C_W) with χ_par(K*) = χ_perp(K*) = 1 and K* = C_b + C_W⟨σ²⟩ [+ γ²K*]          (equation 1).

    With χ_par = C_W⟨zσσ'⟩/K [+ γ²], the growth of a change of length, and χ_perp = C_W⟨σ'²⟩ [+ γ²], the growth of a
    difference in direction and of gradients.

    Parameters
    ----------
    activation   a name, or any function of float64 tensors that acts entry by entry and has derivatives.
    gamma        weight of residual connections.

    Raises
    ------
    ParameterError   the activation has no critical point (sigmoid, softplus, ELU, SELU), or none with γ > 0.

    Use when    a deep network has no normalization layers.
    Avoid when  every layer is normalized, or Adam trains a shallow one: they hide the difference.
    Source   Roberts, Yaida & Hanin 2021, arXiv 2106.10165, chapter 5; numbers of each class checked by quadrature.
    """
    sigma = find_activation(activation)
    share = 1 - gamma**2
    signs = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    down, up = (-sigma(signs)[0]).item(), sigma(signs)[1].item()
    if _is_scale_invariant(sigma):
        a2, a4 = (up**2 + down**2) / 2, (up**4 + down**4) / 2
        nu = share * (share * (3 * a4 / a2**2 - 1) + 4 * (1 - share))
        return Criticality("scale-invariant", 0.0, share / a2, 1.0, nu)
    s0, s1, s2, s3 = _derivatives(sigma)
    if abs(s0) < 1e-12 and abs(s1) > 1e-12:
        a1, b1 = (0.75 * s2**2 + s1 * s3) / s1**2, (s2**2 + s1 * s3) / s1**2
        if a1 < 0:
            return Criticality("zero", 0.0, share / s1**2, 0.0, 2 / 3 * (1 - gamma**4), -a1 * share, b1 / a1)
    kernel = _balanced_kernel(sigma)
    if kernel is None:
        raise ParameterError(
            "This activation has no critical point: lengths and directions never keep their size together.",
            "Use normalization layers, or another activation such as tanh, relu or gelu.",
        )
    means = Means(sigma, kernel)
    c_w = share / means.d2
    source = c_w**2 * (means.s4 - means.s2**2) + 2 * gamma**2 * c_w * (means.z2s2 - kernel * means.s2)
    return Criticality("half-stable", share * kernel - c_w * means.s2, c_w, kernel, source / kernel**2)


def _is_scale_invariant(sigma: Activation) -> bool:
    z = torch.linspace(-3, 3, 25, dtype=torch.float64)
    return all(bool((sigma(c * z) - c * sigma(z)).abs().max() < _SCALE_TOLERANCE) for c in (0.3, 2.7))


@torch.enable_grad()
def _derivatives(sigma: Activation) -> tuple[float, ...]:
    """σ and its first three derivatives at zero."""
    z = torch.zeros((), dtype=torch.float64, requires_grad=True)
    values = [sigma(z)]
    for _ in range(3):
        if not values[-1].requires_grad:
            values.append(torch.zeros_like(z))
            continue
        (slope,) = torch.autograd.grad(values[-1], z, create_graph=True, allow_unused=True)
        values.append(torch.zeros_like(z) if slope is None else slope)
    return tuple(float(value.detach()) for value in values)


def _balanced_kernel(sigma: Activation) -> float | None:
    """K* where ⟨σ'²⟩K = ⟨zσσ'⟩ and the bias variance it takes is not negative, or None."""

    def excess(log_kernel: float) -> float:
        kernel = math.exp(log_kernel)
        means = Means(sigma, kernel)
        return means.d2 * kernel / means.zsd - 1 if means.zsd > 0 else math.inf

    values = [excess(math.log(kernel)) for kernel in _KERNELS]
    for left, right, low, high in zip(_KERNELS, _KERNELS[1:], values, values[1:], strict=False):
        if math.isfinite(low) and math.isfinite(high) and low * high < 0:
            kernel = math.exp(brentq(excess, math.log(left), math.log(right), xtol=1e-15, rtol=1e-14))
            means = Means(sigma, kernel)
            if kernel >= means.s2 / means.d2:
                return kernel
    return None
