"""Arrows and curves as overlays of a panel."""

from __future__ import annotations

from geomlearn.app.figures.figure import Overlay, Values
from geomlearn.app.model.view.arrows import ARROW_COLORS, INK, Solid, arrow_solid, curve_solid, longest
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.shape import Shape


def overlay(name: str, given: Vectors | Curves, shape: Shape, *, colored: bool) -> Overlay:
    """Arrows or curves on a shape; on one that is `colored` itself arrows are dark, else coloured by their lengths.

    Raises
    ------
    SizeMismatch   there is not one vector for each vertex, or for each face.
    """
    if isinstance(given, Curves):
        solid = curve_solid(shape, given)
        return Overlay(_triangles(solid, name), colors=solid.colors(1.0))
    given.place(shape, name)
    solid, top = arrow_solid(shape, given), longest(given)
    if colored or not len(solid.faces):
        return Overlay(_triangles(solid, name), colors=solid.colors(top, INK))
    return Overlay(
        _triangles(solid, name), Values(solid.lengths, f"{name}, length", given=(0.0, top or 1.0, ARROW_COLORS))
    )


def _triangles(solid: Solid, name: str) -> Shape:
    return Shape(solid.vertices, solid.faces, name)
