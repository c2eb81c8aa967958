"""Projection heads on arrays: from the features of tokens (n, d) to small vectors (n, k)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import erf

from geomlearn.collections.retrieval.options import HeadOptions
from geomlearn.core.errors import ParameterError

Weights = Mapping[str, np.ndarray]
# Standard deviations beyond which an input says no more, on arrays and in training.
CLIP = 5.0

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def head_shapes(options: HeadOptions, width: int) -> dict[str, tuple[int, int]]:
    """Names and shapes (in, out) of the matrices of a head that reads `width` features."""
    inner, size = options.scale * width, options.size
    if options.kind == "linear" or (options.kind == "ffn" and options.depth == 1):
        return {"down": (width, size)}
    shapes = {"up": (width, inner)}
    if options.kind == "glu":
        shapes["gate"] = (width, inner)
    else:
        shapes |= {f"inner{i}": (inner, inner) for i in range(options.depth - 2)}
    if options.residual:
        shapes["around"] = (width, inner)
    return {**shapes, "down": (inner, size)}


def project(features: np.ndarray, weights: Weights, options: HeadOptions) -> np.ndarray:
    """The head, before vectors are brought to unit length.

    linear        x W                                                                                 (equation 1)
    ffn           σ(… σ(x W₁) …) W₂                                                                   (equation 2)
    glu           ((x W_a) ⊙ σ(x W_g)) W_o                                                            (equation 3)
    residual      (block(x) + x R) W₂, and layers of equal width add what they read                   (equation 4)

    Parameters
    ----------
    weights   by the names of `head_shapes`, each (in, out).
    """
    act = ACTIVATIONS[options.activation]
    if "up" not in weights:
        return features @ weights["down"]
    if options.kind == "glu":
        inside = (features @ weights["up"]) * act(features @ weights["gate"])
    else:
        inside = act(features @ weights["up"])
    if options.residual:
        inside = inside + features @ weights["around"]
    for i in range(options.depth - 2 if options.kind == "ffn" else 0):
        deeper = act(inside @ weights[f"inner{i}"])
        inside = deeper + inside if options.residual else deeper
    return inside @ weights["down"]


def merged(weights: Weights, options: HeadOptions) -> np.ndarray:
    """The one matrix (d, k) that a head without activation amounts to, (W₁ + R) W₂ for two layers (equation 5).

    Raises
    ------
    ParameterError   the head has an activation or a gate.
    """
    if options.kind == "glu" or options.activation != "identity":
        raise ParameterError("A head with a gate or an activation is no single matrix.", "Use it as it is.")
    return project(np.eye(len(weights["up" if "up" in weights else "down"])), weights, options)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows at unit length."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def effective_rank(matrix: np.ndarray) -> float:
    """exp of the entropy of the normalised singular values: how many directions a matrix really uses."""
    values = np.linalg.svd(matrix, compute_uv=False)
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-300))).sum()))
