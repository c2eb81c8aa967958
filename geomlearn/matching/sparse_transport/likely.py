"""The few places one point may belong to, by a functional map, with their shares."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.sparse_transport.conjugates import sparse_simplex

# Places whose squared distance exceeds the least one by this many squared spacings get no share.
WIDTH = 4.0


def likely_places(row: np.ndarray, rows: np.ndarray, k: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """At most k rows near one row, heaviest first, and shares (≤ k,) of sum 1: the column P_k of the transport plan.

    Parameters
    ----------
    row (d,), rows (n, d)   embeddings in which partners lie near each other; rows well spread, so that several are not
                            one place.

    Raises
    ------
    SizeMismatch   they have different dimensions, or there are no rows.
    """
    if rows.ndim != 2 or len(rows) == 0 or row.shape != rows.shape[1:]:
        raise SizeMismatch(f"A row {row.shape} and rows {rows.shape} do not compare.", "Give (d,) and (n, d).")
    squares = ((rows - row) ** 2).sum(axis=1)
    spacing = cKDTree(rows).query(rows, k=min(2, len(rows)))[0].reshape(len(rows), -1)[:, -1]
    gamma = max(WIDTH * float(np.median(spacing**2)), np.finfo(float).tiny)
    shares = sparse_simplex(-squares[:, None] / gamma, np.ones(1), k)[:, 0]
    order = np.argsort(-shares, kind="stable")[:k]
    order = order[shares[order] > 0]
    return order, shares[order]
