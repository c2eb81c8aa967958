"""Soft maps between shapes: the few places of A that each place of B may belong to, with areas as masses."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.matching.sparse_transport.options import SparseTransportOptions
from geomlearn.matching.sparse_transport.plan import SparsePlan
from geomlearn.matching.sparse_transport.transport import sparse_transport


def soft_map(
    rows_a: np.ndarray,
    rows_b: np.ndarray,
    mass_a: np.ndarray,
    mass_b: np.ndarray,
    options: SparseTransportOptions = SparseTransportOptions(),  # noqa: B008 (frozen)
    *,
    progress: Progress = SILENT,
) -> Result[SparsePlan]:
    """Candidates on A for places of B, from embeddings in which partners lie near each other.

    Parameters
    ----------
    rows_a (m, d), rows_b (n, d)   spectral embeddings, of B carried to A by a functional map, or learned features;
                                   hundreds or few thousands of well-spread samples, as the cost is a dense (m, n).
    mass_a (m,), mass_b (n,)       areas the samples stand for; scaled to one sum.

    Returns
    -------
    Result[SparsePlan]   columns are places of B: `candidates`, `confidence`, `carried` functions.

    Raises
    ------
    SizeMismatch   embeddings differ in their number of columns.
    """
    if rows_a.ndim != 2 or rows_b.ndim != 2 or rows_a.shape[1] != rows_b.shape[1]:
        raise SizeMismatch(
            f"Embeddings of {rows_a.shape} and {rows_b.shape} do not compare.", "Give (m, d) and (n, d)."
        )
    cost = (rows_a**2).sum(axis=1)[:, None] + (rows_b**2).sum(axis=1) - 2 * rows_a @ rows_b.T
    return sparse_transport(
        np.maximum(cost, 0), mass_a / mass_a.sum(), mass_b / mass_b.sum(), options, progress=progress
    )
