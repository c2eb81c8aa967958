"""Means over Gaussian preactivations, to near machine precision, for any activation."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError

Activation = Callable[[Tensor], Tensor]
# Beyond 14 deviations a Gaussian holds 1e-44.
_REACH, _PANELS, _NODES = 14.0, 20, 12

ACTIVATIONS: dict[str, Activation] = {
    "linear": lambda z: z,
    "relu": torch.relu,
    "leaky-relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "tanh": torch.tanh,
    "sin": torch.sin,
    "erf": torch.erf,
    "gelu": torch.nn.functional.gelu,
    "gelu-tanh": lambda z: torch.nn.functional.gelu(z, approximate="tanh"),
    "silu": torch.nn.functional.silu,
    "mish": torch.nn.functional.mish,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "elu": torch.nn.functional.elu,
    "selu": torch.nn.functional.selu,
}


def find_activation(activation: str | Activation) -> Activation:
    """The function of this name, or the function itself.

    Raises
    ------
    ParameterError   no activation has the name.
    """
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ParameterError(
            f"There is no activation called {activation}.",
            f"Choose one of {', '.join(ACTIVATIONS)}, or give a function.",
        )
    return ACTIVATIONS[activation]


@lru_cache(maxsize=1)
def nodes() -> tuple[Tensor, Tensor]:
    """Points x and weights w with Σ w f(x) = E f(x), x standard normal; panels meet at 0, where activations kink."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(-_REACH, _REACH, 2 * _PANELS + 1)
    half = (edges[1] - edges[0]) / 2
    x = (edges[:-1, None] + half * (1 + points)).ravel()
    w = np.tile(half * weights, 2 * _PANELS) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return torch.tensor(x), torch.tensor(w)


class Means:
    """Averages ⟨·⟩_K of an activation σ(z) over z ~ N(0, K).

    Attributes
    ----------
    s2 = ⟨σ²⟩, s4 = ⟨σ⁴⟩, d2 = ⟨σ'²⟩, zsd = ⟨zσσ'⟩, zs2 = ⟨zσ²⟩, z2s2 = ⟨z²σ²⟩, z4s2 = ⟨z⁴σ²⟩.
    """

    def __init__(self, activation: Activation, kernel: float) -> None:
        x, w = nodes()
        z = (x * kernel**0.5).requires_grad_()
        with torch.enable_grad():
            value = activation(z)
            slope = torch.autograd.grad(value.sum(), z)[0]
        value, z = value.detach(), z.detach()
        square = value.square()
        self.s2 = float((w * square).sum())
        self.s4 = float((w * square.square()).sum())
        self.d2 = float((w * slope.square()).sum())
        self.zsd = float((w * z * value * slope).sum())
        self.zs2 = float((w * z * square).sum())
        self.z2s2 = float((w * z.square() * square).sum())
        self.z4s2 = float((w * z**4 * square).sum())


def pair_mean(f: Activation, kernel: float, cosine: float) -> float:
    """⟨f(z_a) f(z_b)⟩ for two preactivations of variance K and this correlation, by a product rule in the plane."""
    x, w = nodes()
    a, b = x[:, None], x[None, :]
    # Symmetric in both: kinks at 0 lie on lines through the origin, at the same angle to each axis.
    plus, minus = (0.5 + 0.5 * cosine) ** 0.5, max(0.5 - 0.5 * cosine, 0.0) ** 0.5
    root = kernel**0.5
    return float((w[:, None] * w[None, :] * f(root * (plus * a + minus * b)) * f(root * (plus * a - minus * b))).sum())
