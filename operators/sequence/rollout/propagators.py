"""Dynamic mode decomposition: the best that a fixed matrix can do from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError


@dataclass(frozen=True, eq=False)
class DMD:
    """a_{t+1} = A [a_t, a_{t−1}, …], fitted by least squares on delay-embedded frames.

    Attributes
    ----------
    matrix  (delays k, delays k) one step of the embedded state, newest frame first.
    delays  how many frames the state holds.
    """

    matrix: np.ndarray
    delays: int

    def roll(self, history: np.ndarray, n_frames: int) -> np.ndarray:
        """(n_frames, k) what follows the frames (T, k)."""
        k = history.shape[1]
        state = history[::-1][: self.delays].ravel()
        found = []
        for _ in range(n_frames):
            state = self.matrix @ state
            found.append(state[:k])
        return np.array(found)


def fit_dmd(series: Sequence[np.ndarray], delays: int = 1, tolerance: float = 1e-3, *, clip: bool = True) -> DMD:
    """Fit one propagator to series of frames (T, k).

    Parameters
    ----------
    delays     frames in the state.
    tolerance  singular values of the data below this share of the largest are dropped.
    clip       eigenvalues beyond the unit circle are brought back to it, so that no forecast grows for ever.

    Raises
    ------
    ParameterError   a series has no more frames than delays.

    Source   Schmid 2010; with delays, Arbabi & Mezić 2017, arXiv 1611.06664.
    """
    if delays < 1 or min(len(one) for one in series) <= delays:
        raise ParameterError(f"{delays} delays need more frames than that.", "Give longer series, or fewer delays.")
    k = series[0].shape[1]
    before, after = [], []
    for one in series:
        embedded = np.concatenate([one[delays - 1 - d : len(one) - d] for d in range(delays)], axis=1)
        before.append(embedded[:-1])
        after.append(one[delays:])
    u, size, vt = np.linalg.svd(np.concatenate(before), full_matrices=False)
    kept = size > tolerance * size[0] if size[0] > 0 else np.zeros(len(size), bool)
    rule = (vt[kept].T / size[kept]) @ (u[:, kept].T @ np.concatenate(after))
    matrix = np.zeros((delays * k, delays * k))
    matrix[:k] = rule.T
    matrix[k:, : (delays - 1) * k] = np.eye((delays - 1) * k)
    return DMD(_clipped(matrix) if clip else matrix, delays)


def _clipped(matrix: np.ndarray) -> np.ndarray:
    lam, vecs = np.linalg.eig(matrix)
    outside = np.abs(lam) > 1.0
    if not outside.any():
        return matrix
    lam = lam / np.maximum(np.abs(lam), 1.0)
    return np.real(vecs * lam @ np.linalg.pinv(vecs))
