"""Curves and graphs in space: paths on a shape, skeletons, edges between points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geomlearn.core.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Curves:
    """Points and the straight pieces between them.

    Attributes
    ----------
    points  (p, 3), in the axes and the unit of the shape they belong to.
    edges   (e, 2) indices of points; by default each point and the next, one curve through all of them.

    Raises
    ------
    ParameterError   the points are not finite rows of three, or an edge refers to a missing one.
    """

    points: np.ndarray
    edges: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.int64))

    def __post_init__(self) -> None:
        points = _numbers(self.points)
        edges = np.array(self.edges, np.int64).reshape(-1, 2) if np.size(self.edges) else _chain(len(points))
        if len(edges) == 0 or edges.min() < 0 or edges.max() >= len(points):
            what = f"The edges refer to points 0 to {edges.max(initial=0)}, and there are {len(points)}."
            raise ParameterError(what, "Edges count from 0; a curve needs two points.")
        for name, array in (("points", points), ("edges", edges)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def of(cls, paths: Iterable[Any]) -> Curves:
        """Several curves, each an array (p, 3) of at least two points.

        Raises
        ------
        ParameterError   there is none, or one is no curve.
        """
        curves = [cls(path) for path in paths]
        if not curves:
            raise ParameterError("There is no curve.", "Give a list of arrays (p, 3).")
        starts = np.cumsum([0, *(len(curve.points) for curve in curves[:-1])])
        edges = [curve.edges + start for curve, start in zip(curves, starts, strict=True)]
        return cls(np.concatenate([curve.points for curve in curves]), np.concatenate(edges))


def _numbers(points: Any) -> np.ndarray:
    try:
        array = np.array(points, np.float64)
    except (TypeError, ValueError):
        raise ParameterError("The points of a curve are no numbers.", "Give an array (p, 3).") from None
    if array.ndim != 2 or array.shape[1] != 3 or not np.isfinite(array).all():
        what = f"The points of a curve have the shape {array.shape}" if array.ndim != 2 or array.shape[1] != 3 else ""
        raise ParameterError(f"{what or 'A point of a curve is not finite'}.", "Give finite rows (p, 3).")
    return array


def _chain(n: int) -> np.ndarray:
    return np.stack([np.arange(n - 1), np.arange(1, n)], axis=1) if n > 1 else np.zeros((0, 2), np.int64)
