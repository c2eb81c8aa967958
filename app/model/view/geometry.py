"""A shape as it is drawn: centred, of unit size, with normals. Computed once per shape, not once per change."""

from __future__ import annotations

import weakref
from functools import cached_property

import numpy as np

from geomlearn.shapes.shape import Shape


class Geometry:
    """What is drawn of one shape, each part computed when it is first asked for."""

    def __init__(self, shape: Shape) -> None:
        # The table below holds it as long as the shape lives: it must not keep the shape alive itself.
        self._shape = weakref.ref(shape)

    def _alive(self) -> Shape:
        shape = self._shape()
        if shape is None:
            raise ReferenceError("The shape is gone.")
        return shape

    @cached_property
    def centre(self) -> np.ndarray:
        """(3,) the middle of the bounding box."""
        vertices = self._alive().vertices
        return (vertices.min(axis=0) + vertices.max(axis=0)) / 2

    @cached_property
    def vertices(self) -> np.ndarray:
        """(n, 3) vertices centred and scaled to a box of diagonal 1."""
        shape = self._alive()
        return (shape.vertices - self.centre) / (shape.diagonal or 1.0)

    @cached_property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest corner (3,)."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    @cached_property
    def normals(self) -> np.ndarray:
        """(n, 3) normals of the vertices, weighted by the areas of their faces; zero on a cloud without normals."""
        shape = self._alive()
        if shape.normals is not None:
            return shape.normals
        corners = shape.vertices[shape.faces]
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros_like(shape.vertices)
        for corner in range(3):
            for axis in range(3):
                normals[:, axis] += np.bincount(shape.faces[:, corner], faces[:, axis], shape.n_vertices)
        if np.vdot(normals, shape.vertices - self.centre) < 0:
            # Turned inside out, as many files are: what faces the eye is decided by the outside.
            normals = -normals
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        return normals / np.where(length > 0, length, 1.0)

    @cached_property
    def is_flat(self) -> bool:
        """Whether all vertices lie in one plane: what lies in a plane needs no light to be understood."""
        if len(self.vertices) < 3:
            return False
        spread = np.linalg.eigvalsh(np.cov(self.vertices.T))
        return bool(spread[0] <= FLAT * spread[-1])

    @cached_property
    def cells(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(4 n, 3) corners and (n, 4) faces of a rectangle round each vertex, where the vertices are a regular grid
        in a plane of two axes; None where they are not.
        """
        flat_axis = int(np.argmin(np.ptp(self.vertices, axis=0)))
        if not self.is_flat or np.ptp(self.vertices[:, flat_axis]) > FLAT:
            return None
        one, two = (axis for axis in range(3) if axis != flat_axis)
        lines = [_lines(self.vertices[:, axis]) for axis in (one, two)]
        n = len(self.vertices)
        if len(lines[0][0]) * len(lines[1][0]) != n or len(np.unique(lines[0][1] * n + lines[1][1])) != n:
            return None
        corners = np.repeat(self.vertices[:, None], 4, axis=1)
        for axis, (places, which), ends in zip((one, two), lines, ((0, 1, 1, 0), (0, 0, 1, 1)), strict=True):
            bounds = _between(places)
            corners[:, :, axis] = bounds[which[:, None] + np.array(ends)]
        return corners.reshape(-1, 3), np.arange(4 * n).reshape(-1, 4)


FLAT = 1e-9
"""Of a unit shape: a smaller extent is none."""


def _lines(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct numbers, ascending, and for each of all which of them it is."""
    found, which = np.unique(np.round(numbers, 7), return_inverse=True)
    return found, which.ravel()


def _between(places: np.ndarray) -> np.ndarray:
    """The ends of the cells round ascending places: half way between neighbours, as far again outside."""
    if len(places) == 1:
        return places[0] + np.array([-0.5, 0.5])
    middle = (places[1:] + places[:-1]) / 2
    return np.concatenate([[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]])


_KNOWN: weakref.WeakKeyDictionary[Shape, Geometry] = weakref.WeakKeyDictionary()


def geometry_of(shape: Shape) -> Geometry:
    """The geometry of a shape, the same object each time."""
    if shape not in _KNOWN:
        _KNOWN[shape] = Geometry(shape)
    return _KNOWN[shape]
