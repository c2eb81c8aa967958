"""Subsampled randomised Hadamard transforms: few random mixtures of very many rows, also of rows that stream by."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.regression.hadamard import walsh_hadamard

# Rows transformed together: the block stays in the cache.
BLOCK = 4096


def srht(rows: np.ndarray, m: int, rng: np.random.Generator, *, replace: bool = True) -> np.ndarray:
    """S X (m, d) for X (n, d), S = P H D / √m: random signs D, Hadamard H, m rows picked uniformly by P.

    Padded with rows of zeros to a power of two. E[SᵀS] = I, and every entry of S is ±1/√m: no row of X can hide.

    Parameters
    ----------
    replace   pick rows independently; without, m of all, and SᵀS = I when that is all of them.

    Raises
    ------
    ParameterError   more rows asked without replacement than there are.

    Source   Ailon & Chazelle 2009; the bound it gives here: Song, Ye, Yin & Zhang 2023, arXiv 2302.00248.
    """
    mixed = walsh_hadamard(_signed(rows, rng))
    n = len(mixed)
    if not replace and m > n:
        raise ParameterError(f"{m} of {n} rows cannot be picked without replacement.", f"Ask for m ≤ {n}.")
    return mixed[rng.choice(n, m, replace=replace)] / np.asarray(np.sqrt(m), rows.dtype)


class StreamingSketch:
    """S [A b] of rows that come in blocks of any size, each block by an SRHT of its own; the state has a fixed size.

    The sum of independent SRHTs of the blocks is a sketch of all rows: cross terms vanish in the mean by the signs.

    Parameters
    ----------
    m     rows of the sketch.
    width columns of [A b].
    seed  of signs and picks; the k-th block always gets the same, so that equal streams have equal sketches.
    dtype of the state; float32 is enough for a preconditioner.
    """

    def __init__(self, m: int, width: int, *, seed: int = 0, dtype: type = np.float64) -> None:
        self.sketch: np.ndarray = np.zeros((m, width), dtype)
        self.n_rows = 0
        self._seed, self._n_blocks = seed, 0

    def add(self, rows: np.ndarray) -> StreamingSketch:
        """Take in rows (n, width).

        Raises
        ------
        SizeMismatch     the stream changed its width; the sketch keeps what it had.
        ParameterError   a row holds NaN or infinity; likewise.
        """
        if rows.ndim != 2 or rows.shape[1] != self.sketch.shape[1]:
            raise SizeMismatch(
                f"Rows of shape {rows.shape} came to a sketch of {self.sketch.shape[1]} columns.",
                "A stream keeps its width; begin another sketch for another one.",
            )
        if not np.isfinite(rows).all():
            raise ParameterError("A row of the stream is not finite.", "Leave that row out.")
        for first in range(0, len(rows), BLOCK):
            rng = np.random.default_rng([self._seed, self._n_blocks])
            block = np.asarray(rows[first : first + BLOCK], self.sketch.dtype)
            self.sketch += srht(block, len(self.sketch), rng)
            self._n_blocks += 1
        self.n_rows += len(rows)
        return self


def tensor_srht(
    left: np.ndarray, right: np.ndarray, values: np.ndarray, m: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sketch of a fit in a product basis, (A₁ ⊗ A₂) x ≈ vec(B), that forms neither.

    Parameters
    ----------
    left, right   A₁ (n₁, d₁) and A₂ (n₂, d₂), such as times and places.
    values        B (n₁, n₂); vec runs along its rows.
    m             rows of the sketch.

    Returns
    -------
    S (A₁ ⊗ A₂) (m, d₁ d₂), whose rows are products of a row of H D₁ A₁ and one of H D₂ A₂ at random pairs, and
    S vec(B) (m,), both scaled by 1/√m.

    Source   Song, Ye, Yin & Zhang 2023, arXiv 2302.00248, TensorSRHT.
    """
    if values.shape != (len(left), len(right)):
        raise SizeMismatch(f"Values {values.shape} belong to {len(left)} × {len(right)} samples.", "Transpose them.")
    signs_left, signs_right = _signs(len(left), rng), _signs(len(right), rng)
    mixed_left = walsh_hadamard(_padded(signs_left[:, None] * left))
    mixed_right = walsh_hadamard(_padded(signs_right[:, None] * right))
    mixed = walsh_hadamard(_padded(signs_left[:, None] * values * signs_right))
    mixed = walsh_hadamard(_padded(mixed.T)).T
    i, j = rng.integers(len(mixed_left), size=m), rng.integers(len(mixed_right), size=m)
    rows = (mixed_left[i][:, :, None] * mixed_right[j][:, None, :]).reshape(m, -1)
    return rows / np.sqrt(m), mixed[i, j] / np.sqrt(m)


def _signed(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    signs = _signs(len(rows), rng).astype(rows.dtype)
    return _padded(signs.reshape(-1, *[1] * (rows.ndim - 1)) * rows)


def _signs(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(2, size=n) * 2.0 - 1.0


def _padded(rows: np.ndarray) -> np.ndarray:
    missing = (1 << max(len(rows) - 1, 0).bit_length()) - len(rows)
    return np.pad(rows, [(0, missing)] + [(0, 0)] * (rows.ndim - 1)) if missing else rows
