"""What a step of cleaning gives back, and how fields follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from geomlearn.core.errors import SizeMismatch
from geomlearn.shapes.nearest import nearest_on
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True)
class Cleaned:
    """A shape after one step, or after several.

    Attributes
    ----------
    shape         the new shape, with the normals and colours that followed.
    source_index  (n,) for each vertex its index before the step; −1 where it is new.
    weights       (n, n_before) rows that sum to 1: how values at the old vertices make those at the new ones. The row
                  of an old vertex holds a single 1, that of a new one the corners of the nearest old face.
    actions       what was done, one sentence a step.
    numbers       the same as numbers, by name.
    """

    shape: Shape
    source_index: np.ndarray
    weights: csr_matrix
    actions: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    def follow(self, values: np.ndarray) -> np.ndarray:
        """Values (n_before,) or (n_before, c) at the vertices before, at those of `shape`.

        Floats are interpolated, all else (labels, indices, words) is taken from the vertex that weighs most.

        Raises
        ------
        SizeMismatch   there is not one row for each vertex before.
        """
        values = np.asarray(values)
        if values.ndim == 0 or len(values) != self.weights.shape[1]:
            raise SizeMismatch(
                f"Values have shape {values.shape}, but there were {self.weights.shape[1]} vertices.",
                "Give one row per vertex of the shape that was cleaned.",
            )
        if np.issubdtype(values.dtype, np.floating):
            kept = self.source_index >= 0
            flat = values.reshape(len(values), -1)
            out = np.empty((len(self.source_index), flat.shape[1]), values.dtype)
            out[kept] = flat[self.source_index[kept]]  # not through the product: 0 · NaN of a neighbour is NaN
            out[~kept] = self.weights[~kept] @ flat
            return out.reshape(-1, *values.shape[1:])
        return values[np.asarray(self.weights.argmax(axis=1)).ravel()]

    def then(self, step: Cleaned) -> Cleaned:
        """This step and the next as one."""
        known = step.source_index >= 0
        index = np.where(known, self.source_index[np.where(known, step.source_index, 0)], -1)
        weights = csr_matrix(step.weights @ self.weights)
        return Cleaned(step.shape, index, weights, self.actions + step.actions, {**self.numbers, **step.numbers})

    @classmethod
    def nothing(cls, shape: Shape, action: str = "") -> Self:
        """No change."""
        return cls.same(shape, shape, action)

    @classmethod
    def same(cls, before: Shape, after: Shape, action: str = "", **numbers: float) -> Self:
        """The vertices are the same ones, perhaps elsewhere."""
        return cls._of(before, after, np.arange(before.n_vertices), action, numbers)

    @classmethod
    def chosen(cls, before: Shape, kept: np.ndarray, faces: np.ndarray, action: str = "", **numbers: float) -> Self:
        """Some of the vertices, given by their indices (n,) or a mask; `faces` index what is kept."""
        index = np.flatnonzero(kept) if kept.dtype == bool else np.asarray(kept, np.int64)
        columns = {word: getattr(before, word) for word in ("normals", "colors")}
        columns = {word: None if values is None else values[index] for word, values in columns.items()}
        after = before.replace(vertices=before.vertices[index], faces=faces, warnings=(), **columns)
        return cls._of(before, after, index, action, numbers)

    @classmethod
    def anew(cls, before: Shape, vertices: np.ndarray, faces: np.ndarray, action: str = "", **numbers: float) -> Self:
        """New vertices near the old shape: colours follow, normals are left out. What has not moved is not new."""
        corners, shares, distances = nearest_on(before, vertices)
        rows = np.repeat(np.arange(len(vertices)), 3)
        weights = csr_matrix((shares.ravel(), (rows, corners.ravel())), (len(vertices), before.n_vertices))
        main = corners[np.arange(len(vertices)), shares.argmax(axis=1)]
        still = (distances <= 1e-12 * before.diagonal) & (shares.max(axis=1) > 1 - 1e-9)
        colors = None if before.colors is None else np.clip(weights @ before.colors, 0, 1)
        after = Shape(vertices, faces, before.name, colors=colors)
        return cls(after, np.where(still, main, -1), weights, (action,) if action else (), numbers)

    @classmethod
    def _of(cls, before: Shape, after: Shape, index: np.ndarray, action: str, numbers: Mapping[str, float]) -> Self:
        ones = (np.ones(len(index)), (np.arange(len(index)), index))
        weights = csr_matrix(ones, (len(index), before.n_vertices))
        return cls(after, index, weights, (action,) if action else (), numbers)


def many(count: int, one: str, several: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
