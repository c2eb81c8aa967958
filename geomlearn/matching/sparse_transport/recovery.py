"""From potentials to plans whose marginals are exact: averaged over late iterates, or by a linear program."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array

from geomlearn.core.errors import SolverError
from geomlearn.matching.sparse_transport.conjugates import largest, simplex_conjugate
from geomlearn.matching.sparse_transport.options import SparseTransportOptions

# Entries this far below the k-th largest of their column (of costs of at most 1) are candidates; widened until a plan
# with exact marginals lies among them.
NEAR, WIDER, ATTEMPTS = 1e-3, 4.0, 8


def averaged(
    cost: np.ndarray, sources: np.ndarray, targets: np.ndarray, alpha: np.ndarray, options: SparseTransportOptions
) -> csc_array:
    """The mean of the k-sparse plans of supergradient steps from the potentials (m,) found.

    Steps are of one length η, so the mean's error in the sources' marginals is ‖α_last − α_first‖ / (η count): it
    vanishes as potentials stay where they are.
    """
    m, n = cost.shape
    step = options.gamma * m / (options.k * n)
    alpha, mean = alpha.copy(), csc_array((m, n))
    across = np.broadcast_to(np.arange(n), (min(options.k, m), n)).ravel()
    for _ in range(options.n_averaged):
        columns = simplex_conjugate(alpha[:, None] - cost, targets, options.k, options.gamma)
        rows, entries = columns.rows.ravel(), columns.entries.ravel()
        kept = entries > 0
        mean = mean + csc_array((entries[kept] / options.n_averaged, (rows[kept], across[kept])), shape=(m, n))
        alpha += step * (sources - np.bincount(rows, entries, minlength=m))
    return csc_array(mean)


def polished(cost: np.ndarray, sources: np.ndarray, targets: np.ndarray, scores: np.ndarray, k: int) -> csc_array:
    """The cheapest plan on the entries whose score is among the k largest of their column, or nearly.

    Raises
    ------
    SolverError   no plan with these marginals lies on the candidates.
    """
    least = largest(scores, k)[1][-1]
    near = NEAR
    for _ in range(ATTEMPTS):
        rows, columns = np.nonzero(scores >= least - near)
        found = _cheapest(cost[rows, columns], rows, columns, sources, targets)
        if found is not None:
            kept = found > 0
            return csc_array((found[kept], (rows[kept], columns[kept])), shape=cost.shape)
        near *= WIDER
    raise SolverError(
        f"No plan with these marginals has its entries among the {k} best of each target.",
        "Raise k, or use recovery averaged.",
    )


def _cheapest(
    cost: np.ndarray, rows: np.ndarray, columns: np.ndarray, sources: np.ndarray, targets: np.ndarray
) -> np.ndarray | None:
    """(e,) masses on entries (e,), or None when marginals cannot be met."""
    m, n, count = len(sources), len(targets), np.arange(len(rows))
    ones = np.ones(2 * len(rows))
    marginals = coo_array((ones, (np.concatenate([rows, m + columns]), np.tile(count, 2))), shape=(m + n, len(rows)))
    found = linprog(cost, A_eq=marginals.tocsc(), b_eq=np.concatenate([sources, targets]), method="highs")
    return found.x if found.status == 0 else None
