"""Attention by products of features: what all kernels in linear time share."""

from __future__ import annotations

import torch

EPS = 1e-6


def linear_attention(
    query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """o_t = φ(q_t) Σ_j m_j φ(k_j)ᵀ v_j / (φ(q_t) · Σ_j m_j φ(k_j) + ε).

    Parameters
    ----------
    query    (…, t, f) features φ(q) ≥ 0.
    key      (…, n, f) features φ(k) ≥ 0, of these tokens or of others.
    values   (…, n, c).
    weight   (…, n, 1) shares m_j of the tokens, which add up to one: areas make the sums integrals, which tend to a
             limit as sampling is refined. 1/n when None.

    Returns
    -------
    (…, t, c), in time and memory that grow with t + n.
    """
    shares = key / key.shape[-2] if weight is None else key * weight
    mixed = shares.transpose(-2, -1) @ values
    total = (query * shares.sum(-2, keepdim=True)).sum(-1, keepdim=True)
    return query @ mixed / (total + EPS)


def causal_attention(query: torch.Tensor, key: torch.Tensor, values: torch.Tensor, chunk: int = 64) -> torch.Tensor:
    """The same where token t sees those up to t only, chunk by chunk with running sums.

    Parameters
    ----------
    query, key   (…, n, f);  values  (…, n, c).
    chunk        tokens whose products are formed at once.
    """
    out = []
    state = values.new_zeros(*key.shape[:-2], key.shape[-1], values.shape[-1])
    total = key.new_zeros(*key.shape[:-2], key.shape[-1], 1)
    for start in range(0, key.shape[-2], chunk):
        q, k, v = (part[..., start : start + chunk, :] for part in (query, key, values))
        inside = (q @ k.transpose(-2, -1)).tril()
        over = q @ total + inside.sum(-1, keepdim=True)
        out.append((q @ state + inside @ v) / (over + EPS))
        state = state + k.transpose(-2, -1) @ v
        total = total + k.sum(-2, keepdim=True).transpose(-2, -1)
    return torch.cat(out, -2)


def signed(values: torch.Tensor) -> torch.Tensor:
    """[relu(x); relu(−x)], twice the width: opposite signs meet in no product."""
    return torch.cat([values.relu(), (-values).relu()], -1)
