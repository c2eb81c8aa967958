"""How well places determine the modes: the Gram matrix of a weighted set, and fewer places that keep it high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stability:
    """What a set of weighted places promises.

    Attributes
    ----------
    lambda_min    smallest eigenvalue of G = (1/n) Σ w φφᵀ; 1 is ideal, 0 leaves a mode undetermined.
    condition     condition number of the weighted matrix √w φ.
    error_factor  √(E‖f − v̂‖²) over the best error in the space, when what the space cannot express is spread evenly
                  and independent from place to place: √(1 + ‖L‖²_F) with v̂ = L y.
    noise_gain    root mean square of the field's error per unit of noise in every measurement: ‖L‖_F.
    """

    lambda_min: float
    condition: float
    error_factor: float
    noise_gain: float


def gram(functions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """G (m, m) = (1/n) Σ w_i φ_i φ_iᵀ of places with functions (n, m)."""
    return functions.T @ (weights[:, None] * functions) / len(weights)


def stability(functions: np.ndarray, weights: np.ndarray) -> Stability:
    """The promise of places with functions (n, m), orthonormal in the mean over the shape, and weights (n,)."""
    n, m = functions.shape
    left, strengths, right = np.linalg.svd(np.sqrt(weights / n)[:, None] * functions, full_matrices=False)
    if n < m or strengths[-1] <= 1e-12 * strengths[0]:
        return Stability(0.0, np.inf, np.inf, np.inf)
    pseudo = (right.T / strengths) @ (left.T * np.sqrt(weights / n))
    gain = float(np.linalg.norm(pseudo))
    return Stability(
        float(strengths[-1] ** 2), float(strengths[0] / strengths[-1]), float(np.hypot(1.0, gain)), float(gain)
    )


def noise_field(functions: np.ndarray, at: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n_points,) standard deviation of the rebuilt field where every reading errs by one, independently.

    Parameters
    ----------
    functions    (n_points, m) where the field is wanted.
    at, weights  (n, m) and (n,) of the places; infinite everywhere when these leave a mode undetermined.
    """
    left, strengths, right = np.linalg.svd(np.sqrt(weights)[:, None] * at, full_matrices=False)
    if len(at) < at.shape[1] or strengths[-1] <= 1e-12 * strengths[0]:
        return np.full(len(functions), np.inf)
    solve = (right.T / strengths) @ (left.T * np.sqrt(weights))
    covariance = solve @ solve.T
    return np.sqrt(np.maximum(np.einsum("ij,ij->i", functions @ covariance, functions), 0.0))


def greedy_reduction(
    functions: np.ndarray, weights: np.ndarray, *, keep: int = 0, floor: float = 0.0, locked: np.ndarray | None = None
) -> np.ndarray:
    """Drop places one by one, always the one whose loss leaves λ_min(G) largest.

    Parameters
    ----------
    functions, weights   (n, m) and (n,) of the places.
    keep    stop at this many places, at least m.
    floor   stop before λ_min of the rest, weighted 1/|rest|, falls below this.
    locked  (n,) true for places that stay.

    Returns
    -------
    (n',) indices of the places kept, ascending; λ_min ≥ floor if it was so before.

    Source   Haberstich, Nouy & Perrin 2022, arXiv 1912.07075, algorithm 2 (boosted least squares).
    Differs  λ_min after each possible loss is the root of a secular equation, found for all places at once.
    """
    rows = np.sqrt(weights)[:, None] * functions
    kept = np.arange(len(rows))
    while len(kept) > max(keep, rows.shape[1], 1):
        values = smallest_without(rows[kept])
        if locked is not None:
            values = np.where(locked[kept], -1.0, values)
        best = int(values.argmax())
        if values[best] < 0 or values[best] / (len(kept) - 1) < floor:
            break
        kept = np.delete(kept, best)
    return kept


def smallest_without(rows: np.ndarray) -> np.ndarray:
    """(n,) smallest eigenvalue of RᵀR − r_i r_iᵀ for each row i of R (n, m): roots of 1 = Σ_j z_j² / (λ_j − t)."""
    values, vectors = np.linalg.eigh(rows.T @ rows)
    squared = (rows @ vectors) ** 2
    low, high = np.zeros(len(rows)), np.full(len(rows), values[0])
    for _ in range(50):
        middle = (low + high) / 2
        distance = np.maximum(values - middle[:, None], np.finfo(float).tiny)
        above = (squared / distance).sum(axis=1) > 1
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return low
