"""How much vectors depend on objects of which only the distances are known."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch

# Numbers of one block of centres kept in memory at once.
_BLOCK = 20_000_000


class Balls:
    """For every centre i and sample j the ball around i through j, as an order of the samples; made once per data set.

    Parameters
    ----------
    distances (n, n)   between responses; only the order within each column counts, and equal distances are one ball.

    Raises
    ------
    SizeMismatch     not square.
    ParameterError   a distance is negative or not a number.
    """

    def __init__(self, distances: np.ndarray) -> None:
        distances = np.asarray(distances, float)
        if distances.ndim != 2 or distances.shape[0] != distances.shape[1]:
            raise SizeMismatch(f"Distances must be (n, n); got {distances.shape}.", "Give one row and column a sample.")
        if np.isnan(distances).any() or (distances < 0).any():
            raise ParameterError("Distances must be numbers, none negative.", "Leave out samples without them.")
        self.order = np.argsort(distances, axis=0, kind="stable").T.astype(np.int32)
        ranked = np.take_along_axis(distances.T, self.order.astype(np.int64), 1)
        n = len(distances)
        # Ties: the ball through j holds all that are as far as j.
        self.last = np.stack([np.searchsorted(ranked[i], distances[:, i], side="right") - 1 for i in range(n)])

    def __len__(self) -> int:
        return len(self.order)


def covariance_matrix(values: np.ndarray, balls: Balls) -> np.ndarray:
    """M̂ = (1/n²) Σ_ij c_ij c_ijᵀ,  c_ij = (1/n) Σ_k (z_k − z̄) 1{D_ki ≤ D_ji}  (equation 1), in O(n² log n).

    Parameters
    ----------
    values (n, d)   the vectors z; its trace is the Fréchet cumulative covariance, zero in the limit when the mean of z
                    does not depend on the response.

    Returns
    -------
    (d, d) positive semi-definite.

    Raises
    ------
    SizeMismatch   another number of samples than the balls have.

    Source   Yuan, Wang & Yu 2025, arXiv 2502.15374; the cumulative covariance of real responses, Zhou & Zhu 2023.
    Differs  the paper's integrating measure was not at hand: balls around each sample through each sample weigh alike.
    """
    values = np.asarray(values, float)
    values = values[:, None] if values.ndim == 1 else values
    n, d = values.shape
    if n != len(balls):
        raise SizeMismatch(f"{n} vectors, but distances of {len(balls)} responses.", "Give one of each a sample.")
    centred = values - values.mean(0)
    total = np.zeros((d, d))
    block = max(1, _BLOCK // (n * d))
    for first in range(0, n, block):
        sums = np.cumsum(centred[balls.order[first : first + block]], axis=1) / n
        within = np.take_along_axis(sums, balls.last[first : first + block, :, None], 1).reshape(-1, d)
        total += within.T @ within
    return total / n**2


def permutation_p_values(values: np.ndarray, balls: Balls, n_permutations: int = 200, *, seed: int = 0) -> np.ndarray:
    """(d,) p-value of each column: how often samples in random order depend on the responses at least as much."""
    values = np.asarray(values, float)
    random = np.random.default_rng(seed)
    found = np.diag(covariance_matrix(values, balls))
    above = np.zeros(values.shape[1])
    for _ in range(n_permutations):
        above += np.diag(covariance_matrix(values[random.permutation(len(values))], balls)) >= found
    return (1 + above) / (1 + n_permutations)
