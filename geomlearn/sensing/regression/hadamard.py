"""The Walsh–Hadamard transform along the first axis, and the sketches made of it."""

from __future__ import annotations

from functools import cache

import numpy as np

from geomlearn.core.errors import SizeMismatch

# Factors of this size keep the transform in matrix products, which run at the speed of the processor.
_FACTOR = 64


def walsh_hadamard(rows: np.ndarray) -> np.ndarray:
    """H X for X (n, …), n a power of two, with the ±1 matrix H in Sylvester's order: H H = n I.

    Source   H_{ab} = H_a ⊗ H_b, as products with factors of up to 64.

    Raises
    ------
    SizeMismatch   n is no power of two.
    """
    n = len(rows)
    if n & (n - 1) or n == 0:
        raise SizeMismatch(f"{n} rows are no power of two.", "Pad with rows of zeros.")
    shape, done = rows.shape, 1
    while done < n:
        factor = min(_FACTOR, n // done)
        # Index (left, middle, rest): the middle one is transformed; left holds what was done already.
        rows = np.matmul(_matrix(factor, rows.dtype.char), rows.reshape(done, factor, -1))
        done *= factor
    return rows.reshape(shape)


@cache
def _matrix(n: int, char: str) -> np.ndarray:
    matrix = np.ones((1, 1), char)
    while len(matrix) < n:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    matrix.setflags(write=False)
    return matrix
