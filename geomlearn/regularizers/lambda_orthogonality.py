"""λ-orthogonality: a penalty on matrices that sets in once their Gram matrix is farther than λ from the identity."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SizeMismatch

# ‖·‖_F has no derivative at zero; this keeps it finite there and changes r = 1 by 5e-13.
_EPS = 1e-12


def gram_distance(matrix: Tensor) -> Tensor:
    """r(W) = ‖WWᴴ − I‖_F of a square matrix (m, m): real, in at least single precision, inside autocast too.

    Raises
    ------
    SizeMismatch   the matrix is not square.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise SizeMismatch(f"A matrix of shape {tuple(matrix.shape)} is not square.", "Cut the longer side first.")
    matrix = matrix.float() if matrix.dtype in (torch.bfloat16, torch.float16) else matrix
    with torch.autocast(matrix.device.type, enabled=False):
        gram = matrix @ matrix.mH
    residual = gram - torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    return (residual.abs().square().sum() + _EPS).sqrt()


def lambda_orthogonality(matrix: Tensor, limit: float, sharpness: float = 10.0) -> Tensor:
    """L_λ = σ(α(r − λ))·r with r = ‖WWᴴ − I‖_F and the logistic σ (equation 1).

    Its slope dL/dr = σ + α r σ(1 − σ) is positive everywhere, 1/2 + αλ/4 at r = λ, and small below (equation 2), so a
    task pulling with slope g comes to rest at `stationary_distance`.

    Parameters
    ----------
    matrix      (m, m), real or complex.
    limit       λ, the Gram distance that is free; `limit_for` gives it for a size.
    sharpness   α; the limit of large α is `lambda_orthogonality_hard`.

    Use when    a map should adapt but keep the geometry of what it maps: feature spaces, functional maps.
    Avoid when  the map must be orthogonal (parametrize it), or W starts far from orthogonal: r is O(√m) there.
    Source   Ricci et al. 2025, arXiv 2509.16664.
    Differs  The text says the penalty is off above λ; the formula, figures and results have it on, as here.
    """
    r = gram_distance(matrix)
    return torch.sigmoid(sharpness * (r - limit)) * r


def lambda_orthogonality_hard(matrix: Tensor, limit: float) -> Tensor:
    """H(r − λ)·r: the penalty alone beyond the limit."""
    r = gram_distance(matrix)
    return torch.where(r > limit, r, torch.zeros_like(r))


def penalty_slope(r: float, limit: float, sharpness: float) -> float:
    """dL_λ/dr, equation 2."""
    sigma = 1 / (1 + math.exp(-sharpness * (r - limit)))
    return sigma + sharpness * r * sigma * (1 - sigma)


def stationary_distance(limit: float, sharpness: float, pull: float) -> float:
    """Where a task that pulls outward with slope g balances the penalty: r* ≈ λ − ln((1 + αλ)/g)/α (equation 3).

    Raises
    ------
    ParameterError   the pull is no weaker than the slope at λ: nothing holds it below.

    Source   ours; from the decay of equation 2 below λ.
    """
    if not 0 < pull < penalty_slope(limit, limit, sharpness):
        raise ParameterError(
            f"A pull of {pull} is not held below λ = {limit}: the penalty's slope there is "
            f"{penalty_slope(limit, limit, sharpness):.3g}.",
            "Raise the sharpness or the weight of the penalty.",
        )
    return max(0.0, limit - math.log((1 + sharpness * limit) / pull) / sharpness)


def limit_for(size: int, limit_rel: float = 0.53) -> float:
    """λ = λ_rel·√m: equal distortion at every size; 0.53 gives the published 12 at m = 512."""
    return limit_rel * math.sqrt(size)


def length_distortion(matrix: Tensor) -> tuple[float, float]:
    """Mean and variance of ‖Wx‖² − 1 over x uniform on the unit sphere (equation 4).

    With A = WᵀW − I: tr(A)/m, and 2(‖A‖²_F − tr(A)²/m)/(m(m + 2)); about 2r²/m² for a traceless A.
    """
    m = matrix.shape[1]
    excess = matrix.T @ matrix - torch.eye(m, dtype=matrix.dtype, device=matrix.device)
    trace = float(excess.trace())
    return trace / m, 2 * (float(excess.square().sum()) - trace**2 / m) / (m * (m + 2))
