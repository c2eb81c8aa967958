"""Polygons with any number of corners, and their triangles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Polygons:
    """Faces with any number of corners.

    Attributes
    ----------
    corners  (c,) vertex of each corner, polygon after polygon.
    counts   (p,) corners of each polygon, summing to c.
    """

    corners: np.ndarray
    counts: np.ndarray

    @classmethod
    def uniform(cls, faces: np.ndarray) -> Self:
        """Polygons from a (p, k) array: all with k corners."""
        return cls(np.ascontiguousarray(faces).reshape(-1), np.broadcast_to(np.int64(faces.shape[1]), len(faces)))

    @classmethod
    def none(cls) -> Self:
        """No polygons."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """The polygons of all parts, one part after the other."""
        parts = [part for part in parts if part.n] or [cls.none()]
        if len(parts) == 1:
            return parts[0]
        return cls(np.concatenate([p.corners for p in parts]), np.concatenate([p.counts for p in parts]))

    @property
    def n(self) -> int:
        """How many polygons."""
        return len(self.counts)

    @property
    def common_count(self) -> int | None:
        """The corners of every polygon when that is stored once for all, else None."""
        return int(self.counts[0]) if self.n and self.counts.strides == (0,) else None

    @cached_property
    def starts(self) -> np.ndarray:
        """(p,) where each polygon begins in `corners`."""
        return np.cumsum(self.counts) - self.counts

    def refers_below(self, n: int) -> bool:
        """Whether all corners are vertices of n."""
        # As unsigned numbers the negative ones are the largest, so one comparison finds both kinds.
        return len(self.corners) == 0 or bool(self.corners.astype(np.int64, copy=False).view(np.uint64).max() < n)

    def keep(self, mask: np.ndarray) -> Self:
        """The polygons where `mask` (p,) is true."""
        if mask.all():
            return self
        return type(self)(self.corners[np.repeat(mask, self.counts)], self.counts[mask])

    def of_size(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The polygons with k corners as (q, k), and their places (q,)."""
        places = np.flatnonzero(self.counts == k)
        return self.corners[self.starts[places][:, None] + np.arange(k)], places


def triangulate(points: np.ndarray, polygons: Polygons) -> np.ndarray:
    """Triangles that cover polygons, in the polygons' order and with their orientation.

    A quad is cut along the diagonal that leaves no fold, the shorter one when both do; a convex polygon becomes a fan;
    a concave one is cut ear by ear.

    Parameters
    ----------
    points    (n, 3)
    polygons  each with at least three corners.

    Returns
    -------
    (m, 3) faces, with m the sum of corner counts minus two.
    """
    if polygons.common_count == 3 or (polygons.counts == 3).all():
        return polygons.corners.reshape(-1, 3).astype(np.int64, copy=False)
    triangles, owners = [], []
    for k in np.unique(polygons.counts):
        corners, places = polygons.of_size(int(k))
        cut = corners[:, None] if k == 3 else _quads(points, corners) if k == 4 else _larger(points, corners)
        triangles.append(cut.reshape(-1, 3))
        owners.append(np.repeat(places, k - 2))
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.concatenate(triangles)[order].astype(np.int64, copy=False)


def _area_vectors(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(q, 3) sums of the fans' cross products: twice the area along the mean normal of each polygon."""
    spokes = points[corners[:, 1:]] - points[corners[:, :1]]
    return np.cross(spokes[:, :-1], spokes[:, 1:]).sum(axis=1)


def _quads(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(q, 2, 3) triangles of (q, 4) quads."""
    a, b, c, d = (points[corners[:, i]] for i in range(4))
    ups = _area_vectors(points, corners)

    def worst(p: np.ndarray, q: np.ndarray, r: np.ndarray, s: np.ndarray) -> np.ndarray:
        first = np.einsum("ij,ij->i", np.cross(q - p, r - p), ups)
        second = np.einsum("ij,ij->i", np.cross(r - p, s - p), ups)
        return np.minimum(first, second)

    along_ac, along_bd = worst(a, b, c, d), worst(b, c, d, a)
    shorter_bd = np.linalg.norm(b - d, axis=1) < np.linalg.norm(a - c, axis=1) * (1 - 1e-9)
    use_bd = np.where((along_ac > 0) & (along_bd > 0), shorter_bd, along_bd > along_ac)
    split_ac, split_bd = corners[:, [0, 1, 2, 0, 2, 3]], corners[:, [1, 2, 3, 1, 3, 0]]
    return np.where(use_bd[:, None], split_bd, split_ac).reshape(-1, 2, 3)


def _larger(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(q, k - 2, 3) triangles of (q, k) polygons."""
    k = corners.shape[1]
    middle = np.arange(1, k - 1)
    fans = np.stack(
        [np.broadcast_to(corners[:, :1], (len(corners), k - 2)), corners[:, middle], corners[:, middle + 1]], -1
    )
    ups = _area_vectors(points, corners)
    around = points[corners]
    turns = np.cross(around - np.roll(around, 1, axis=1), np.roll(around, -1, axis=1) - around)
    concave = (np.einsum("qkd,qd->qk", turns, ups) < 0).any(axis=1)
    for place in np.flatnonzero(concave & (np.linalg.norm(ups, axis=1) > 0)):
        fans[place] = _ears(around[place], ups[place], corners[place])
    return fans


# Cutting ears costs the square of the corners; a polygon beyond this is a fan, however it bends.
_MOST_CORNERS = 2000


def _ears(around: np.ndarray, up: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(k - 2, 3) triangles of one polygon, cut off at convex corners that contain no other corner."""
    k = len(corners)
    # The plane in which the polygon turns counter-clockwise, dropping the axis it is most orthogonal to.
    axis = int(np.argmax(np.abs(up)))
    flat = around[:, [(axis + 1) % 3, (axis + 2) % 3]] * np.array([1.0, np.sign(up[axis])])
    left, out = list(range(k)), []
    while len(left) > 3 and k <= _MOST_CORNERS:
        ear = next((i for i in range(len(left)) if _is_ear(flat, left, i)), None)
        if ear is None:
            break
        out.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    out += [(left[0], left[i], left[i + 1]) for i in range(1, len(left) - 1)]
    return corners[np.array(out)]


def _is_ear(flat: np.ndarray, left: list[int], i: int) -> bool:
    a, b, c = flat[left[i - 1]], flat[left[i]], flat[left[(i + 1) % len(left)]]

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[0] - p[0]) * (r[..., 1] - p[1]) - (q[1] - p[1]) * (r[..., 0] - p[0])

    if side(a, b, c) <= 0:
        return False
    others = flat[[v for j, v in enumerate(left) if j not in {i, (i - 1) % len(left), (i + 1) % len(left)}]]
    inside = (side(a, b, others) >= 0) & (side(b, c, others) >= 0) & (side(c, a, others) >= 0)
    return not inside.any()
