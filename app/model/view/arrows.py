"""Arrows and curves as coloured triangles, in the axes of their shape: the same for the window, pictures and pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.geometry import geometry_of
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.glyphs import arrows, spread_indices, tubes
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.shape import Shape

MOST_ARROWS = 800
"""More hide the shape, and each other."""
LENGTH = 0.06
"""Of the longest arrow, as a part of the diagonal."""
INK = (0.13, 0.14, 0.18)
"""Of arrows on a shape that is coloured itself."""
CURVE = (0.80, 0.20, 0.24)
ARROW_COLORS = "viridis"
_LIFT, _TUBE = 0.004, 0.0035
"""Parts of the diagonal: how far arrows float above a surface, so that it does not hide them; radius of a curve."""


@dataclass(frozen=True, eq=False)
class Solid:
    """Triangles to draw beside a shape.

    Attributes
    ----------
    vertices, faces   (v, 3) and (f, 3).
    lengths           (v,) of the vectors that the arrows stand for; empty on curves.
    """

    vertices: np.ndarray
    faces: np.ndarray
    lengths: np.ndarray

    def colors(self, top: float, color: tuple[float, float, float] | None = None) -> np.ndarray:
        """(v, 3): one colour, or by length up to `top`."""
        if color is not None or not len(self.lengths):
            return np.tile(color or CURVE, (len(self.vertices), 1))
        level = np.round(255 * np.clip(self.lengths / (top or 1.0), 0, 1)).astype(int)
        return colormap(ARROW_COLORS)[level]


def arrow_solid(shape: Shape, vectors: Vectors, length: float = LENGTH) -> Solid:
    """At most `MOST_ARROWS` evenly spread arrows, the longest of them `length` diagonals of the shape.

    Raises
    ------
    SizeMismatch   there is not one vector for each vertex, or for each face.
    """
    at_faces = vectors.place(shape) == "faces"
    bases, normals = _on_faces(shape) if at_faces else (shape.vertices, geometry_of(shape).normals)
    values = vectors.values
    if vectors.tangent:
        values = values - (values * normals).sum(axis=1, keepdims=True) * normals
    there = np.flatnonzero(np.isfinite(values).all(axis=1))
    there = there[spread_indices(bases[there], MOST_ARROWS)]
    values, diagonal = values[there], shape.diagonal or 1.0
    sizes = np.linalg.norm(values, axis=1)
    drawn = values * (length * diagonal / (sizes.max() or 1.0))
    seen = np.linalg.norm(drawn, axis=1) > 1e-4 * diagonal * length
    starts = bases[there] + _LIFT * diagonal * normals[there]
    vertices, faces, owner = arrows(starts[seen], drawn[seen], 0.024 * length * diagonal)
    return Solid(vertices, faces, sizes[seen][owner])


def longest(vectors: Vectors) -> float:
    """The length of the longest vector."""
    return float(np.nanmax(np.linalg.norm(vectors.values, axis=1)))


def curve_solid(shape: Shape, curves: Curves, width: float = 1.0) -> Solid:
    """Tubes along curves; `width` multiplies the usual one."""
    vertices, faces, _ = tubes(curves.points, curves.edges, _TUBE * width * (shape.diagonal or 1.0))
    return Solid(vertices, faces, np.zeros(0))


def _on_faces(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """(m, 3) middles of the faces, and their unit normals."""
    corners = shape.vertices[shape.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=1, keepdims=True)
    return corners.mean(axis=1), normals / np.where(size > 0, size, 1.0)
