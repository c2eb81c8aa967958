"""A smooth closed surface as the union of tapered limbs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Limb:
    """A segment with a radius that tapers along it, the brick of every creature.

    Attributes
    ----------
    start, end        ends of the axis, metres.
    radius_start, radius_end   metres.
    bulge    added to the radius half way, metres.
    scale    factors of the cross-section along x, y, z: (1, 1, 0.7) flattens it from front to back.
    blend    distance over which it melts into its neighbours, metres.
    detail   edge length wanted here, relative to the rest of the body.
    """

    start: Sequence[float]
    end: Sequence[float]
    radius_start: float
    radius_end: float
    bulge: float = 0.0
    scale: Sequence[float] = (1.0, 1.0, 1.0)
    blend: float = 0.02
    detail: float = 1.0

    def mirrored(self) -> Limb:
        """Its counterpart on the other side of the plane x = 0."""
        start, end = ((-point[0], point[1], point[2]) for point in (self.start, self.end))
        return Limb(start, end, self.radius_start, self.radius_end, self.bulge, self.scale, self.blend, self.detail)


class Flesh:
    """The set where the limbs' potentials, each exp(−distance / blend), sum to one.

    Smooth wherever no limb ends inside it abruptly: radii level off at both ends, so the gradient is continuous.

    Parameters
    ----------
    limbs   the bricks, in metres.
    """

    def __init__(self, limbs: Sequence[Limb]) -> None:
        self._limbs = tuple(_Prepared(limb) for limb in limbs)
        corners = np.array([[limb.start, limb.end] for limb in limbs])
        margin = max(max(limb.radius_start, limb.radius_end) * max(limb.scale) for limb in limbs) * 1.5
        self.lower = corners.min(axis=(0, 1)) - margin
        self.upper = corners.max(axis=(0, 1)) + margin

    def value(self, points: np.ndarray) -> np.ndarray:
        """(n,) roughly the signed distance to the surface, metres, negative inside."""
        total, blend = np.full((2, len(points)), _NOTHING)
        blend *= _BLEND
        for limb, (near, potential, _) in self._potentials(points, gradient=False):
            total[near] += potential
            blend[near] += limb.blend * potential
        return -blend / total * np.log(total)

    def value_and_gradient(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) the value and (n, 3) its gradient, exact on the surface and close to it near by."""
        total, blend = np.full((2, len(points)), _NOTHING)
        blend *= _BLEND
        slope = np.zeros((len(points), 3))
        for limb, (near, potential, gradient) in self._potentials(points, gradient=True):
            total[near] += potential
            blend[near] += limb.blend * potential
            slope[near] += gradient
        # The blend in force varies too, but on the surface the logarithm it multiplies is zero.
        blend /= total
        return -blend * np.log(total), -(blend / total)[:, None] * slope

    def project(self, points: np.ndarray, steps: int = 2) -> np.ndarray:
        """(n, 3) the points moved onto the surface along the gradient by Newton steps."""
        points = points.copy()
        for _ in range(steps):
            value, gradient = self.value_and_gradient(points)
            square = np.einsum("ij,ij->i", gradient, gradient)
            points -= (value / np.maximum(square, 1e-6))[:, None] * gradient
        return points

    def normals(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) outward unit normals of the level set through each point."""
        gradient = self.value_and_gradient(points)[1]
        return gradient / np.linalg.norm(gradient, axis=1, keepdims=True)

    def detail(self, points: np.ndarray) -> np.ndarray:
        """(n,) the edge length wanted at each point, relative to the rest of the body."""
        return self._blended(points, [limb.detail for limb in self._limbs])

    def girth(self, points: np.ndarray) -> np.ndarray:
        """(n,) half the thickness of the body part at each point, metres, averaged along the part."""
        return self._blended(points, [limb.girth for limb in self._limbs])

    def _blended(self, points: np.ndarray, values: Sequence[float]) -> np.ndarray:
        total = np.full(len(points), _NOTHING)
        sums = np.full(len(points), _NOTHING)
        for value, (_, (near, potential, _)) in zip(values, self._potentials(points, gradient=False), strict=True):
            total[near] += potential
            sums[near] += value * potential
        return sums / total

    def _potentials(self, points: np.ndarray, *, gradient: bool) -> Iterator[tuple[_Prepared, tuple]]:
        for limb in self._limbs:
            offset = points - limb.middle
            near = np.flatnonzero(np.einsum("ij,ij->i", offset, offset) < limb.reach**2)
            yield limb, (near, *limb.potential(points[near], gradient))


# Keep the logarithm finite far away, where no limb is felt.
_NOTHING = 1e-12
_BLEND = 0.02
# Potentials below exp(−16), 1e-7, are left out: that moves the surface by some nanometres.
_FELT = 16.0


class _Prepared:
    """A limb with what its potential needs computed once."""

    def __init__(self, limb: Limb) -> None:
        self.start = np.asarray(limb.start, float)
        self.axis = np.asarray(limb.end, float) - self.start
        self.length2 = float(self.axis @ self.axis)
        self.squeeze = 1 / np.asarray(limb.scale, float)
        self.factor = float(np.prod(limb.scale) ** (1 / 3))
        self.radii = (limb.radius_start, limb.radius_end - limb.radius_start, 16 * limb.bulge)
        self.blend, self.detail = limb.blend, limb.detail
        self.girth = (limb.radius_start + limb.radius_end) / 2 * self.factor
        self.middle = self.start + self.axis / 2
        thickest = max(limb.radius_start, limb.radius_end) + max(limb.bulge, 0)
        stretch = max(limb.scale)
        self.reach = np.sqrt(self.length2) / 2 + stretch * (thickest + _FELT * limb.blend / self.factor)

    def potential(self, points: np.ndarray, gradient: bool) -> tuple[np.ndarray, np.ndarray | None]:
        """(n,) exp(−distance / blend), and (n, 3) its gradient where asked."""
        offset = points - self.start
        along = offset @ self.axis / self.length2 if self.length2 else np.zeros(len(points))
        inside = (along > 0) & (along < 1)
        along = along.clip(0, 1)
        offset -= along[:, None] * self.axis
        offset *= self.squeeze
        distance = np.sqrt(np.einsum("ij,ij->i", offset, offset)) + 1e-12
        rest = 1 - along
        start, taper, bulge = self.radii
        radius = start + taper * along**2 * (3 - 2 * along) + bulge * (along * rest) ** 2
        potential = np.exp(np.minimum((radius - distance) * (self.factor / self.blend), 60.0))
        if not gradient:
            return potential, None
        direction = offset * (self.squeeze / distance[:, None])
        if self.length2:
            growth = 6 * taper * along * rest + 2 * bulge * along * rest * (1 - 2 * along)
            turn = np.where(inside, (direction @ self.axis + growth) / self.length2, 0.0)
            direction -= turn[:, None] * self.axis
        return potential, direction * (-self.factor / self.blend * potential)[:, None]
