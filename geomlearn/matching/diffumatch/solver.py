"""Functional maps from features, raw and regularised by a mask: differentiable, all rows at once."""

from __future__ import annotations

import torch


def raw_map(a: torch.Tensor, b: torch.Tensor, ridge: float = 1e-4) -> torch.Tensor:
    """C (k_b, k_a) = B Aᵀ (A Aᵀ + r I)⁻¹: what the features alone say.

    Parameters
    ----------
    a (k_a, c), b (k_b, c)  coefficients of corresponding features.
    ridge                   r over the mean diagonal of A Aᵀ, which is often near-singular.
    """
    gram = a @ a.T
    level = ridge * gram.diagonal().mean()
    system = gram + level * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    return torch.linalg.solve(system, a @ b.T).T


def masked_map(a: torch.Tensor, b: torch.Tensor, mask: torch.Tensor, weight: float) -> torch.Tensor:
    """C (k_b, k_a) minimising ‖C A − B‖² / s + λ Σ_ij M_ij C_ij², s the mean diagonal of A Aᵀ.

    Parameters
    ----------
    mask (k_b, k_a)  M ≥ 0;  weight  λ, without unit: features twice as large leave the answer as it is.

    Row i solves (A Aᵀ / s + λ diag M_i) c_i = A b_i / s; one batched solve for all.
    """
    gram = a @ a.T
    scale = gram.diagonal().mean()
    systems = gram / scale + weight * torch.diag_embed(mask)
    return torch.linalg.solve(systems, (b @ a.T / scale).unsqueeze(-1)).squeeze(-1)
