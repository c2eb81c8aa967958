"""How deep a network of some width should be, and how its learning rates should vary with depth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.initialization.criticality import Criticality, critical_point
from geomlearn.initialization.gaussian import Activation, Means, find_activation

# Beyond this times the best ratio fluctuations between networks drown the signal; below the other, depth does little.
_TOO_DEEP, _NEARLY_KERNEL = 1.5, 0.1


@dataclass(frozen=True)
class DepthAdvice:
    """What theory says of a network of this depth and width.

    Attributes
    ----------
    ratio, best_ratio   depth over width, as it is and as it would be best.
    excess              V/(nK²) at the output: how far from Gaussian; perturbation theory needs it below 1.
    best_depth          for this width;  least_width: for this depth.
    gamma               residual weight that makes this ratio the best one; 0 where none is needed.
    verdict             a sentence.
    """

    ratio: float
    best_ratio: float
    excess: float
    best_depth: float
    least_width: float
    gamma: float
    verdict: str


def best_ratio(nu: float, n_out: int) -> float:
    """r* = 4/((20 + 3 n_L)ν): where the information between two halves of n_L outputs is largest (equation 1)."""
    return math.inf if nu == 0 else 4 / ((20 + 3 * n_out) * nu)


def mutual_information(excess: float, n_a: int, n_b: int) -> float:
    """I = n_A n_B/8 · (v² − (20 + 3 n_L)/6 · v³) between groups of final neurons, v = V/(nK²), to this order."""
    return n_a * n_b / 8 * (excess**2 - (20 + 3 * (n_a + n_b)) / 6 * excess**3)


def effective_nu(activation: str | Activation, gamma: float = 0.0) -> float:
    """ν with residual weight γ far down the network: ν(γ) + 2γ C_W²⟨zσ²⟩²/(K³(1 − γ)).

    The second term is the three-point correlator of one-sided activations; it vanishes for odd ones.
    """
    point = critical_point(activation, gamma)
    if gamma == 0 or point.kind == "zero":
        return point.nu
    odd = point.c_w * Means(find_activation(activation), point.kernel).zs2
    return point.nu + 2 * gamma * odd**2 / (point.kernel**3 * (1 - gamma))


def residual_weight(nu: float, activation: str | Activation = "relu") -> float:
    """γ with ν(γ) = ν, for scale-invariant activations and those of the zero class, three-point terms left out.

    Raises
    ------
    ParameterError   the activation is of another class, or its ν is below this already.
    """
    point = critical_point(activation)
    if point.kind == "half-stable":
        raise ParameterError("ν(γ) has no inverse in closed form for this activation.", "Use relu or tanh.")
    if not 0 <= nu <= point.nu:
        raise ParameterError(f"ν = {nu:g} lies outside 0 … {point.nu:g}.", "Give one between them.")
    if point.kind == "zero":
        return (1 - 1.5 * nu) ** 0.25
    # (c − 4)y² + 4y − ν = 0 with y = 1 − γ² and c = ν(0); the root that is ν/4 for small ν.
    y = nu / (2 + math.sqrt(4 + (point.nu - 4) * nu))
    return math.sqrt(max(0.0, 1 - y))


def advise(width: int, depth: int, n_out: int, activation: str | Activation, gamma: float = 0.0) -> DepthAdvice:
    """Judge a network's shape by the theory at initialization.

    Source   Roberts, Yaida & Hanin 2021, arXiv 2106.10165, appendix A; the cubic term derived anew.
    """
    nu = effective_nu(activation, gamma)
    ratio, best = depth / width, best_ratio(nu, n_out)
    wanted, point = 0.0, critical_point(activation)
    if ratio > best and point.kind != "half-stable":
        wanted = residual_weight(4 / ((20 + 3 * n_out) * ratio), activation)
    if ratio > _TOO_DEEP * best:
        verdict = "Too deep for its width: outputs will differ wildly from one start to another."
    elif ratio < _NEARLY_KERNEL * best:
        verdict = "Very wide for its depth: it will act nearly as a fixed kernel."
    else:
        verdict = "Depth and width suit each other."
    return DepthAdvice(ratio, best, nu * (depth - 1) / width, best * width, depth / best, wanted, verdict)


def rate_multipliers(point: Criticality, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """λ_b and λ_W by layer (depth,), under which every layer adds equally to a tangent kernel that depth leaves alone.

    Scale-invariant and half-stable: 1/L each. Zero class with 1 − χ_perp → p/l: λ_b = (1/l)^p L^{p−1} and
    λ_W = (L/l)^{p−1}. The step of weights is the learning rate times λ_W/fan_in.
    """
    if point.kind != "zero":
        return np.full(depth, 1 / depth), np.full(depth, 1 / depth)
    layers, p = np.arange(1, depth + 1, dtype=float), point.perp
    return layers**-p * depth ** (p - 1), (depth / layers) ** (p - 1)
