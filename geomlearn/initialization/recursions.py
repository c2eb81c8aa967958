"""From layer to layer: the kernel, its response, the four-point vertex and the tangent kernel of wide networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from geomlearn.initialization.gaussian import Activation, Means, find_activation, pair_mean


@dataclass(frozen=True, eq=False)
class Flow:
    """Theory by layer, arrays (depth,); index 0 is the first layer.

    Attributes
    ----------
    kernel      K, variance of a preactivation at infinite width.
    chi_par, chi_perp   growth, from this layer to the next, of changes in length, and in direction.
    vertex      V of E[z_i²z_j²] − E[z_i²]E[z_j²] = V/n;  `third` T of E[z_i z_j²] = T/n, zero without residuals.
    correction  G1 of the variance K + G1/n at width n.
    tangent     Θ, the neural tangent kernel of one input with itself.
    """

    kernel: np.ndarray
    chi_par: np.ndarray
    chi_perp: np.ndarray
    vertex: np.ndarray
    third: np.ndarray
    correction: np.ndarray
    tangent: np.ndarray

    @property
    def excess(self) -> np.ndarray:
        """V/K²: over the width, how far from Gaussian the layer is."""
        return self.vertex / self.kernel**2


def theory_flow(
    activation: str | Activation,
    c_b: float,
    c_w: float,
    depth: int,
    kernel: float = 1.0,
    gamma: float = 0.0,
    lambda_b: float | Sequence[float] = 1.0,
    lambda_w: float | Sequence[float] = 1.0,
) -> Flow:
    """Follow one input through `depth` layers of equal width.

    K' = C_b + C_W⟨σ²⟩ + γ²K                                                                    (equation 1)
    V' = C_W²(⟨σ⁴⟩ − ⟨σ²⟩²) + 2γ²C_W(⟨z²σ²⟩ − K⟨σ²⟩) + χ_par²V + 2 C_W⟨zσ²⟩/K · χ_par T          (equation 2)
    T' = γ(C_W⟨zσ²⟩ + χ_par T)                                                                  (equation 3)
    G1' = χ_par G1 + C_W/8 ⟨σ²(z⁴/K² − 6z²/K + 3)⟩ V/K²                                         (equation 4)
    Θ' = λ_b + λ_W⟨σ²⟩ + χ_perp Θ, from Θ¹ = λ_b + λ_W (K¹ − C_b)/C_W                            (equation 5)

    Parameters
    ----------
    kernel   K of the first layer.
    lambda_b, lambda_w   learning rates of biases, and of weights times fan-in; one number, or one per layer.

    Source   Roberts, Yaida & Hanin 2021, arXiv 2106.10165, chapters 4, 8; the terms of equations 2 and 3 in γ are
             derived here and checked by simulation: one-sided activations need T, which is left out elsewhere.
    """
    sigma = find_activation(activation)
    rates_b, rates_w = (np.broadcast_to(np.asarray(rate, float), depth) for rate in (lambda_b, lambda_w))
    k, v, t, g1 = kernel, 0.0, 0.0, 0.0
    theta = rates_b[0] + rates_w[0] * (kernel - c_b) / c_w
    rows = []
    for layer in range(depth):
        means = Means(sigma, k)
        chi = c_w * means.zsd / k + gamma**2
        chi_perp = c_w * means.d2 + gamma**2
        rows.append((k, chi, chi_perp, v, t, g1, theta))
        if layer == depth - 1:
            break
        hermite = means.z4s2 / k**2 - 6 * means.z2s2 / k + 3 * means.s2
        odd = c_w * means.zs2
        g1 = chi * g1 + c_w / 8 * hermite * v / k**2
        source = c_w**2 * (means.s4 - means.s2**2) + 2 * gamma**2 * c_w * (means.z2s2 - k * means.s2)
        v = source + chi**2 * v + 2 * odd / k * chi * t
        t = gamma * (odd + chi * t)
        theta = rates_b[layer + 1] + rates_w[layer + 1] * means.s2 + chi_perp * theta
        k = c_b + c_w * means.s2 + gamma**2 * k
    return Flow(*np.array(rows).T)


def cosine_flow(
    activation: str | Activation, c_b: float, c_w: float, depth: int, kernel: float = 1.0, cosine: float = 0.5
) -> np.ndarray:
    """The correlation (depth,) of two inputs of equal length, layer by layer: how long they stay apart."""
    sigma, k, cosines = find_activation(activation), kernel, [cosine]
    for _ in range(depth - 1):
        k_next = c_b + c_w * Means(sigma, k).s2
        cosines.append((c_b + c_w * pair_mean(sigma, k, cosines[-1])) / k_next)
        k = k_next
    return np.array(cosines)


class DrawnVariance(NamedTuple):
    """What random networks did, by layer: mean variance (l,), V/(n K²) (l,), and the standard errors of both (l,)."""

    variance: np.ndarray
    spread: np.ndarray
    variance_error: np.ndarray
    spread_error: np.ndarray


@torch.no_grad()
def simulated_flow(
    activation: str | Activation,
    c_b: float,
    c_w: float,
    depth: int,
    width: int,
    n_nets: int,
    kernel: float = 1.0,
    gamma: float = 0.0,
    seed: int = 0,
    chunk: int = 250,
) -> DrawnVariance:
    """The same by drawing `n_nets` random networks: mean variance, V/(n K²), and the standard errors of both, by layer.

    V comes from the spread of S = Σ z²/n between networks: V/(nK²) = (Var S/E[S]² − 2/n)/(1 + 2/n).
    """
    sigma, generator = find_activation(activation), torch.Generator().manual_seed(seed)
    sums = []
    for start in range(0, n_nets, chunk):
        count = min(chunk, n_nets - start)
        z = kernel**0.5 * torch.randn(count, width, 1, generator=generator)
        rows = [z.square().mean((1, 2))]
        for _ in range(depth - 1):
            weights = torch.randn(count, width, width, generator=generator) * (c_w / width) ** 0.5
            biases = torch.randn(count, width, 1, generator=generator) * c_b**0.5
            z = weights @ sigma(z) + biases + gamma * z
            rows.append(z.square().mean((1, 2)))
        sums.append(torch.stack(rows, 1))
    s = torch.cat(sums).double().numpy()
    resampled = [_spread(s[np.random.default_rng(seed + 1 + i).integers(0, n_nets, n_nets)], width) for i in range(100)]
    error = s.std(0) / n_nets**0.5
    return DrawnVariance(s.mean(0), _spread(s, width), error, np.std(resampled, axis=0))


def _spread(s: np.ndarray, width: int) -> np.ndarray:
    return (s.var(0) / s.mean(0) ** 2 - 2 / width) / (1 + 2 / width)
