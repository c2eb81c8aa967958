"""What a person gives to `gl.render` and `gl.show`, checked at the door, as panels of a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from geomlearn.app.figures.colors import GREY, position_colors
from geomlearn.app.figures.figure import Panel, Up, Values
from geomlearn.app.figures.moments import frames, moments
from geomlearn.app.figures.over import overlay
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.exchange import as_shapes
from geomlearn.shapes.shape import Shape

Named = np.ndarray | Vectors | Curves | tuple[Values, ...]
"""What is drawn on a shape under a name: numbers or colours, arrows, curves, moments."""


def panels_of(
    what: Any,
    fields: Mapping[str, Any],
    up: Up = "y",
    limits: tuple[float, float] | None = None,
    colors: str = "",
) -> tuple[Panel, ...]:
    """One panel for each field on the first shape, arrows and curves over each; one for each further shape.

    Raises
    ------
    SizeMismatch, MeshError, ParameterError   it cannot be drawn, or does not belong together.
    """
    if hasattr(what, "map_ab") and hasattr(what, "shape_a"):
        if fields:
            raise ParameterError("A match is drawn in its own colours.", "Draw the fields on each of its shapes.")
        places = position_colors(what.shape_b.vertices, up)
        a, b = what.shape_a, what.shape_b
        fetched = np.nan_to_num(what.pull(places), nan=GREY)
        return Panel(a, colors=fetched, caption=a.name), Panel(b, colors=places, caption=b.name)
    if isinstance(what, Curves):
        # A graph by itself is its points, and its edges on them.
        what, fields = Shape(what.points, name="points"), {"edges": what, **fields}
    (name, first), *others = as_shapes(what).items()
    shown = _with_fields(first, _named(fields, first), limits, colors)
    if not others:
        return shown
    named = (replace(panel, caption=name) for panel in shown)
    return *named, *(Panel(shape, colors=shape.colors, caption=name) for name, shape in others)


def _with_fields(
    shape: Shape, named: Mapping[str, Named], limits: tuple[float, float] | None, colors: str
) -> tuple[Panel, ...]:
    drawn = {name: one for name, one in named.items() if isinstance(one, Vectors | Curves)}
    panels = [_panel(shape, name, one, limits, colors) for name, one in named.items() if name not in drawn]
    panels = panels or [Panel(shape, colors=shape.colors)]
    return tuple(
        replace(panel, over=tuple(overlay(name, one, shape, colored=panel.is_colored) for name, one in drawn.items()))
        for panel in panels
    )


def _panel(shape: Shape, name: str, one: Any, limits: tuple[float, float] | None, colors: str) -> Panel:
    if isinstance(one, np.ndarray) and one.ndim == 2:
        return Panel(shape, colors=one)
    shown = one if isinstance(one, tuple) else (Values(one, name),)
    if limits or colors:
        given = (*(limits or shown[0].limits), colors or shown[0].color_map)
        shown = tuple(replace(values, given=given) for values in shown)
    return Panel(shape, shown[-1], frames=shown if len(shown) > 1 else ())


def _named(fields: Mapping[str, Any], shape: Shape) -> dict[str, Named]:
    """Every field by name, checked."""
    found: dict[str, Named] = {}
    for name, given in fields.items():
        if hasattr(given, "times"):
            found |= {(one if name == "value" else name): shown for one, shown in moments(given).items()}
        else:
            found[name] = given if isinstance(given, Vectors | Curves) else _numbers(name, given)
    return {name: _checked(name, values, shape) for name, values in found.items()}


def _numbers(name: str, given: Any) -> np.ndarray:
    try:
        return np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} holds no numbers.", "Give an array (n,), or (t, n) for moments.") from None


def _checked(name: str, values: Named, shape: Shape) -> Named:
    n = shape.n_vertices
    if isinstance(values, np.ndarray) and values.shape in ((n, 3), (shape.n_faces, 3)):
        # As in the window: colours have no negative parts, and stand on vertices.
        values = values if len(values) == n and not np.nanmin(values) < 0 else Vectors(values)
    elif isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] == n:
        values = frames(values, [f"{name}, {number}" for number in range(len(values))])
    if isinstance(values, Vectors):
        values.place(shape, name)
    numbers = values[0].values if isinstance(values, tuple) else values
    if isinstance(numbers, np.ndarray) and numbers.shape not in ((n,), (n, 3)):
        what = f"{name} has shape {numbers.shape} for {n} vertices."
        raise SizeMismatch(what, "Give (n,) numbers, (n, 3) colours, (t, n) moments, or vectors on vertices or faces.")
    return values
