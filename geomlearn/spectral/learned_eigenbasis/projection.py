"""Projections on the prefixes of a basis: the orthonormal columns, the training loss, the mass."""

from __future__ import annotations

import torch

# Added to the diagonal of Gram matrices scaled to ones there: far above rounding of float64, far below any angle.
_JITTER = 1e-10
COLLAPSE = 1.5
"""Coefficient of variation of the masses, relative to that of the sampling, beyond which they have collapsed."""


def ordered_qr(columns: torch.Tensor) -> torch.Tensor:
    """Orthonormal columns in the order given, by Gram–Schmidt with positive pivots.

    Parameters
    ----------
    columns   (…, n, k), k ≤ n, linearly independent.

    Returns
    -------
    (…, n, k) Q with QᵀQ = I to rounding of the given precision, Q = Z R⁻¹ with a positive diagonal of R.

    Source   Velich et al. 2026, arXiv 2512.01103, section 4.
    Differs  the sign is fixed by the diagonal of R, so that Q depends continuously on Z.
    """
    q, r = torch.linalg.qr(columns)
    diagonal = torch.diagonal(r, dim1=-2, dim2=-1)
    return q * torch.where(diagonal < 0, -1.0, 1.0).to(q.dtype).unsqueeze(-2)


def prefix_errors(columns: torch.Tensor, probes: torch.Tensor, mass: torch.Tensor | None = None) -> torch.Tensor:
    """Squared error of every probe after projection on the first j columns, for j = 1 … k.

    One Gram matrix and one right-hand side: the leading blocks of a Cholesky factor are the factors of the leading
    blocks, so all k projections come from a cumulative sum.

    Parameters
    ----------
    columns   (…, n, k) any independent columns; only the spans of their prefixes matter.
    probes    (…, n, m) functions.
    mass      (…, n) weights in which to project, None for equal ones. The error is always the plain norm: projecting
              with learned weights and measuring without them is what keeps the weights from collapsing.

    Returns
    -------
    (…, k, m) squared errors in float64, non-increasing in j when `mass` is None.

    Source   Velich et al. 2026, arXiv 2512.01103, section 4 and its released loss.
    Differs  evaluated without the k projectors of size n × k.
    """
    total = torch.linalg.vector_norm(probes, dim=-2, keepdim=True).double().square()
    # Gram matrices in double, for their factors; the large products with the probes in the precision they come in.
    accurate = columns.double()
    products = (columns.mT @ probes).double()
    if mass is None:
        coefficients = _whiten(accurate.mT @ accurate, products)
        return (total - coefficients.square().cumsum(-2)).clamp_min(0.0)
    weights = mass.unsqueeze(-1)
    gram = (weights.double() * accurate).mT @ accurate
    coefficients = _whiten(gram, ((weights * columns).mT @ probes).double())
    plain_gram = _whiten(gram, _whiten(gram, accurate.mT @ accurate).mT)
    plain_products = _whiten(gram, products)
    # ‖f − UC‖² = ‖f‖² − 2 Σ C·(Uᵀf) + Σ Σ C C (UᵀU) over i, j in the prefix; the last grows by one row and column.
    below = torch.tril(plain_gram, -1) @ coefficients
    diagonal = torch.diagonal(plain_gram, dim1=-2, dim2=-1).unsqueeze(-1) * coefficients
    growth = coefficients * (2 * below + diagonal - 2 * plain_products)
    return (total + growth.cumsum(-2)).clamp_min(0.0)


def reconstruction_loss(columns: torch.Tensor, probes: torch.Tensor, mass: torch.Tensor | None = None) -> torch.Tensor:
    """Mean over prefixes and probes of the squared error, relative to the probes: (…,) in [0, 1]."""
    errors = prefix_errors(columns, probes, mass)
    return errors.mean(-2).sum(-1) / torch.linalg.vector_norm(probes, dim=(-2, -1)).double().square()


def mass_of(q: torch.Tensor) -> torch.Tensor:
    """(…, n) masses q₁∘q₁ from orthonormal columns; they sum to one."""
    return q[..., 0].square()


def variation(mass: torch.Tensor) -> torch.Tensor:
    """(…,) coefficient of variation of the masses."""
    return mass.std(-1, correction=0) / mass.mean(-1)


def _whiten(gram: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """L⁻¹ right, with L Lᵀ the Gram matrix."""
    diagonal = torch.diagonal(gram, dim1=-2, dim2=-1)
    lower = torch.linalg.cholesky(gram + torch.diag_embed(_JITTER * diagonal))
    return torch.linalg.solve_triangular(lower, right, upper=False)
