"""What a person demands of the places: required, forbidden, so many in a region, apart from each other, cheap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch


@dataclass(frozen=True, eq=False)
class Region:
    """So many sensors in a part of the shape.

    Attributes
    ----------
    inside   (n,) true for the points of the part.
    count    at most so many, or exactly.
    exactly  whether fewer are refused as well.
    name     for sentences.
    """

    inside: np.ndarray
    count: int
    exactly: bool = False
    name: str = "the region"


@dataclass(frozen=True, eq=False)
class Constraints:
    """Demands on a set of places on n points.

    Attributes
    ----------
    required        indices that belong to the set.
    forbidden       (n,) true where nothing may be placed, or None.
    regions         parts with a count each.
    distances_from  vertex ↦ (n,) distances along the shape, for a least distance between places.
    cost            (n,) ≥ 0 what a sensor costs at each point, or None.
    """

    required: tuple[int, ...] = ()
    forbidden: np.ndarray | None = None
    regions: tuple[Region, ...] = ()
    distances_from: Callable[[int], np.ndarray] | None = None
    cost: np.ndarray | None = None

    def factor(self, n_points: int, cost_weight: float) -> np.ndarray:
        """(n,) how welcome a sensor is at each point: 0 where forbidden, less than 1 where it costs."""
        factor = np.ones(n_points)
        if self.cost is not None and self.cost.mean() > 0:
            factor = np.exp(-cost_weight * (self.cost - self.cost.min()) / self.cost.mean())
        if self.forbidden is not None:
            factor[self.forbidden] = 0.0
        return factor

    def check(self, n_points: int, n: int, *, repeats: bool) -> None:
        """Refuse what no set can meet, before anything is drawn.

        Raises
        ------
        SizeMismatch     an array belongs to another number of points.
        ParameterError   the demands contradict each other, or leave room for fewer than n places.
        """
        arrays = {"forbidden": self.forbidden, "cost": self.cost, **{r.name: r.inside for r in self.regions}}
        for name, array in arrays.items():
            if array is not None and len(array) != n_points:
                raise SizeMismatch(f"{name} has {len(array)} values for {n_points} points.", "Give one a point.")
        if self.cost is not None and not (np.isfinite(self.cost).all() and (self.cost >= 0).all()):
            raise ParameterError("A cost is negative or not finite.", "Give one cost ≥ 0 for each point.")
        self._check_required(n_points, n)
        allowed = np.ones(n_points, bool) if self.forbidden is None else ~self.forbidden
        if not repeats and allowed.sum() < n:
            raise ParameterError(f"{n} sensors do not fit on {allowed.sum()} allowed points.", "Ask for fewer.")
        self._check_regions(n, allowed, repeats)

    def _check_required(self, n_points: int, n: int) -> None:
        required = np.array(self.required, np.int64)
        outside = (required < 0) | (required >= n_points)
        if outside.any():
            raise ParameterError(
                f"Required vertex {required[outside][0]} is not on the shape, which has {n_points}.", "Count from 0."
            )
        if len(np.unique(required)) < len(required):
            raise ParameterError("A required vertex is named twice.", "Name each once.")
        if len(required) > n:
            raise ParameterError(f"{len(required)} vertices are required, but only {n} sensors.", "Ask for more.")
        if self.forbidden is not None and self.forbidden[required].any():
            bad = int(required[self.forbidden[required]][0])
            raise ParameterError(f"Vertex {bad} is both required and forbidden.", "Choose one of the two.")

    def _check_regions(self, n: int, allowed: np.ndarray, repeats: bool) -> None:
        required = np.array(self.required, np.int64)
        for region in self.regions:
            inside = int(region.inside[required].sum())
            if inside > region.count:
                raise ParameterError(
                    f"{inside} required vertices lie in {region.name}, which takes {region.count}.", "Allow more there."
                )
            room = int((region.inside & allowed).sum())
            if region.exactly and (room == 0 if repeats else room < region.count) and region.count > 0:
                raise ParameterError(
                    f"{region.count} sensors do not fit in {region.name}, which has {room} allowed points.",
                    "Ask for fewer there.",
                )
            if region.exactly and region.count > n:
                raise ParameterError(f"{region.name} needs {region.count} of {n} sensors.", "Ask for more sensors.")
        outside = allowed.copy()
        for region in self.regions:
            outside &= ~region.inside
        room = sum(region.count for region in self.regions)
        if self.regions and room < n and not outside.any():
            raise ParameterError(f"The regions take {room} sensors and cover all that is allowed.", "Ask for fewer.")


class Places:
    """A set in the making, and where its next place may lie."""

    def __init__(self, constraints: Constraints, factor: np.ndarray, *, distance: float, repeats: bool) -> None:
        self._constraints, self._distance, self._repeats = constraints, distance, repeats
        self.available = factor > 0
        self.taken: list[int] = []
        self._close_full_regions()

    def take(self, point: int) -> None:
        """Add a place, and close what it closes.

        Raises
        ------
        ParameterError   the place was not available.
        """
        if not self.available[point]:
            raise ParameterError(
                f"Vertex {point} is nearer than {self._distance:g} to another required one, or its region is full.",
                "Lower the distance, or require fewer.",
            )
        self.taken.append(point)
        if not self._repeats:
            self.available[point] = False
        if self._distance > 0 and self._constraints.distances_from is not None:
            self.available &= self._constraints.distances_from(point) >= self._distance
        self._close_full_regions()

    def missing(self, region: Region) -> int:
        """How many places a region still lacks."""
        return region.count - int(region.inside[self.taken].sum())

    def _close_full_regions(self) -> None:
        for region in self._constraints.regions:
            if self.missing(region) <= 0:
                self.available &= ~region.inside


def polygon_region(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """(n,) whether points (n, 2) lie inside a polygon (c, 2), by the even-odd rule."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        rise = y1 - y0 if y1 != y0 else np.inf
        inside ^= crosses & (x < x0 + (x1 - x0) * (y - y0) / rise)
    return inside
