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

    @cached_property
    def centre(self) -> np.ndarray:
        """(3,) the middle of the bounding box."""
        vertices = self._shape().vertices
        return (vertices.min(axis=0) + vertices.max(axis=0)) / 2

    @cached_property
    def vertices(self) -> np.ndarray:
        """(n, 3) vertices centred and scaled to a box of diagonal 1."""
        shape = self._shape()
        return (shape.vertices - self.centre) / (shape.diagonal or 1.0)

    @cached_property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest corner (3,)."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    @cached_property
    def normals(self) -> np.ndarray:
        """(n, 3) normals of the vertices, weighted by the areas of their faces; zero on a cloud without normals."""
        shape = self._shape()
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


_KNOWN: weakref.WeakKeyDictionary[Shape, Geometry] = weakref.WeakKeyDictionary()


def geometry_of(shape: Shape) -> Geometry:
    """The geometry of a shape, the same object each time."""
    if shape not in _KNOWN:
        _KNOWN[shape] = Geometry(shape)
    return _KNOWN[shape]
