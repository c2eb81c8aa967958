"""Products of tall bases, cut into slabs that a few threads share.

A sparse solver that works on one core and threaded BLAS waiting for it in a spin loop slow each other down several
times when the machine has other work. Here BLAS keeps to one thread and the slabs are handed to threads that sleep.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from itertools import pairwise
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from geomlearn.core.threads import n_threads

# Columns per slab at most, as a rotation in place copies no more than this many at once; and how narrow slabs may be to
# be enough for the threads.
WIDEST, NARROWEST = 8192, 1024
ENOUGH = 8
# Below this many entries of the basis a product takes less time than waking a thread.
WORTH_A_THREAD = 1_000_000


def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


_Part = TypeVar("_Part")


class Slabs:
    """A context in which rows (r, n) are multiplied slab by slab along their length n.

    There are as many threads as cores are free. The slabs do not go by that, nor does the order in which what they give
    is added: results are the same to the bit beside any load.
    """

    def __init__(self, n: int) -> None:
        self.n_threads = n_threads()
        n_slabs = max(-(-n // WIDEST), min(ENOUGH, n // NARROWEST), 1)
        edges = np.linspace(0, n, n_slabs + 1).astype(int)
        self._slabs = [slice(int(a), int(b)) for a, b in pairwise(edges)]
        self._pool = ThreadPoolExecutor(self.n_threads) if self.n_threads > 1 else None

    def __enter__(self) -> Self:
        self._limit = _blas().limit(limits=1)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        self._limit.restore_original_limits()

    def products(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """left @ right.T for rows (p, n) and (q, n)."""
        if left.size < WORTH_A_THREAD:
            return left @ right.T
        return reduce(np.add, self._each(left.size, lambda slab: left[:, slab] @ right[:, slab].T))

    def subtract_projection(self, rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """Take from `rows` (b, n), in place, their part along the orthonormal `basis` (p, n); returns it as (p, b)."""
        part = self.products(basis, rows)

        def subtract(slab: slice) -> None:
            rows[:, slab] -= part.T @ basis[:, slab]

        self._each(basis.size, subtract)
        return part

    def combine(self, basis: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """basis.T @ weights, (n, k), for rows (p, n) and weights (p, k)."""
        columns = np.empty((basis.shape[1], weights.shape[1]))

        def combine(slab: slice) -> None:
            np.matmul(basis[:, slab].T, weights, out=columns[slab])

        self._each(basis.size, combine)
        return columns

    def rotate(self, basis: np.ndarray, weights: np.ndarray) -> None:
        """Replace the leading rows of `basis` (p, n) by weights.T @ basis, for weights (p, q), q ≤ p."""
        rotation = np.ascontiguousarray(weights.T)

        def rotate(slab: slice) -> None:
            basis[: len(rotation), slab] = rotation @ basis[:, slab]

        self._each(basis.size, rotate)

    def _each(self, size: int, work: Callable[[slice], _Part]) -> list[_Part]:
        if self._pool is None or size < WORTH_A_THREAD:
            return [work(slab) for slab in self._slabs]
        return list(self._pool.map(work, self._slabs))
