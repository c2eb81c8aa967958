"""The polar factor: the nearest matrix with orthonormal rows or columns, and where a linear function is largest."""

from __future__ import annotations

import numpy as np


def polar(matrix: np.ndarray) -> np.ndarray:
    """U Vᵀ of the singular value decomposition U Σ Vᵀ.

    Parameters
    ----------
    matrix (…, m, n)

    Returns
    -------
    (…, m, n) with orthonormal rows (m ≤ n) or columns. Among all matrices of spectral norm at most 1 it has the largest
    inner product with `matrix`, the nuclear norm. Where singular values vanish the completion is one of many.
    """
    u, _, vt = np.linalg.svd(matrix, full_matrices=False)
    return u @ vt
