"""How far a matrix has moved: its singular values, and its singular directions."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Drift:
    """What an adaptation did to one matrix, or on average to a stack of them.

    Attributes
    ----------
    values      ΔΣ = mean |σ_i − σ_i⁰|.
    directions  ΔD = 1 − mean (|⟨u_i, u_i⁰⟩| + |⟨v_i, v_i⁰⟩|) / 2, in [0, 1].
    """

    values: float
    directions: float


def drift(before: torch.Tensor, after: torch.Tensor) -> Drift:
    """ΔΣ and ΔD between matrices (…, m, n).

    Source   Cao 2024, arXiv 2409.00055. Directions of equal singular values are arbitrary, and count as moved.
    """
    double = torch.complex128 if before.is_complex() else torch.float64
    (u0, s0, v0), (u1, s1, v1) = (
        torch.linalg.svd(matrix.detach().cpu().to(double), full_matrices=False) for matrix in (before, after)
    )
    kept = (u0.conj() * u1).sum(-2).abs() + (v0 * v1.conj()).sum(-1).abs()
    return Drift(float((s1 - s0).abs().mean()), float(1 - kept.mean() / 2))
