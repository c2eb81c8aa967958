"""Pictures in files, and the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.exchange import as_shape
from geomlearn.shapes.shape import Shape

if TYPE_CHECKING:
    from geomlearn.app.figures.figure import Overlay, Panel
    from geomlearn.app.window.live.client import LiveWindow

Named = np.ndarray | Vectors | Curves
"""What is drawn on a shape under a name."""


def render(
    what: Any,
    field: Any = None,
    path: str | PathLike[str] | None = None,
    *,
    fields: Mapping[str, Any] | None = None,
    limits: tuple[float, float] | None = None,
    colormap: str = "",
    size: tuple[int, int] = (1600, 1200),
    up: Literal["x", "y", "z"] = "y",
    turn: float = 0.0,
    transparent: bool = False,
    force: bool = False,
) -> Path:
    """Draw a shape, fields on it, or a correspondence, into a file; needs no screen.

    Parameters
    ----------
    what     a shape, or whatever `as_shape` takes; a `Match`, drawn as two shapes in the same colours; or `Curves`.
    field    (n,) numbers, shown by a colour map with a scale, or (n, 3) colours in [0, 1]; or a `Field`, its last
             frame; or `Vectors` and `Curves`, drawn over all panels. Three columns with a negative number, or as
             many rows as faces, are vectors. It may be left out: ``render(cat, "cat.png")``.
    path     png, jpg, tif, svg, pdf, eps; or html, a page in which it can be turned.
    fields   several by name, side by side; vectors and curves over each.
    limits   lowest and highest number of the colours, for all fields alike; each field's own when None.
    colormap "balance", "ember", "viridis" …; chosen from the numbers when empty.
    size     width and height in pixels.
    up, turn   the axis that points up, and degrees by which the shape turns about it.

    Raises
    ------
    SizeMismatch   a field has another length than the shape has vertices.
    DeviceError    nothing on this machine can draw.
    GeomError      the file exists and `force` is false.
    """
    from geomlearn.app.figures.child import write_figure
    from geomlearn.app.figures.figure import Figure

    if path is None and isinstance(field, str | PathLike):
        field, path = None, field
    if path is None:
        raise ParameterError("There is no file to draw into.", 'Give one: gl.render(shape, field, "picture.png").')
    if isinstance(what, Curves):
        # A graph by itself is its points, and its edges on them.
        what, fields = Shape(what.points, name="points"), {"edges": what, **(fields or {})}
    panels = _panels(what, _named(what, field, fields or {}), up, limits, colormap)
    return write_figure(Path(path), Figure(panels, (size[0], size[1]), up, turn, transparent=transparent), force=force)


def show(what: Any, field: Any = None, *, fields: Mapping[str, Any] | None = None, hidden: bool = False) -> LiveWindow:
    """Open a window on shapes, fields on them or a correspondence; the program goes on at once.

    Parameters
    ----------
    what     a shape or whatever `as_shape` takes, a list of these, a mapping from names to these, or a `Match`.
    field    on the first shape: (n,) numbers, (n, 3) colours in [0, 1], (t, n) moments, a `Field`; or `Vectors`,
             drawn as arrows, and `Curves`. Three columns with a negative number, or as many rows as faces, are vectors.
    fields   several by name.
    hidden   draw without a screen, for pictures (Linux).

    Returns
    -------
    The window: ``w["u"] = values``, ``w.add(…)``, ``w.screenshot()``, ``w.scene``, ``w.selection``,
    ``w.desk.match(a, b)``; ``w.wait()`` stays until it is closed and returns what is selected.

    Raises
    ------
    SizeMismatch   a field has another length than the shape has vertices.
    DeviceError    there is no display.
    """
    from geomlearn.app.window.live import show as show_live

    return show_live(what, field, fields=fields, hidden=hidden)


def _is_match(what: Any) -> bool:
    from geomlearn.matching.prepared import ShapeMatch

    return isinstance(what, ShapeMatch)


def _panels(
    what: Any,
    named: Mapping[str, Named],
    up: Literal["x", "y", "z"],
    limits: tuple[float, float] | None,
    colors: str,
) -> tuple[Panel, ...]:
    from geomlearn.app.figures.colors import position_colors
    from geomlearn.app.figures.figure import Panel, Values

    if _is_match(what):
        places = position_colors(what.shape_b.vertices, up)
        a, b = what.shape_a, what.shape_b
        return Panel(a, colors=what.pull(places), caption=a.name), Panel(b, colors=places, caption=b.name)
    shape = as_shape(what)
    drawn = {name: one for name, one in named.items() if isinstance(one, Vectors | Curves)}
    panels = []
    for name, values in named.items():
        if isinstance(values, Vectors | Curves):
            continue
        plain = Values(values, name)
        if values.ndim == 2:
            panels.append(Panel(shape, colors=values))
        else:
            given = (*(limits or plain.limits), colors or plain.color_map) if limits or colors else None
            panels.append(Panel(shape, replace(plain, given=given)))
    panels = panels or [Panel(shape, colors=shape.colors)]
    return tuple(replace(panel, over=_over(panel, drawn)) for panel in panels)


def _over(panel: Panel, drawn: Mapping[str, Vectors | Curves]) -> tuple[Overlay, ...]:
    from geomlearn.app.figures.over import overlay

    colored = panel.values is not None or panel.colors is not None
    return tuple(overlay(name, one, panel.shape, colored=colored) for name, one in drawn.items())


def _named(what: Any, field: Any, fields: Mapping[str, Any]) -> dict[str, Named]:
    """Every field by name, (n,) or (n, 3) colours, checked; vectors and curves as they are."""
    given = {**({} if field is None else {"value": field}), **fields}
    found: dict[str, Named] = {}
    for name, values in given.items():
        if hasattr(values, "frame"):
            found |= {(one if name == "value" else name): array for one, array in values.frame(-1).items()}
        else:
            found[name] = values if isinstance(values, Vectors | Curves) else np.asarray(values, np.float64)
    if not found:
        return found
    if _is_match(what):
        raise ParameterError("A match is drawn in its own colours.", "Draw the fields on each of its shapes.")
    shape = as_shape(what)
    return {name: _checked(name, values, shape) for name, values in found.items()}


def _checked(name: str, values: Named, shape: Shape) -> Named:
    n = shape.n_vertices
    if isinstance(values, np.ndarray) and (values.shape == (shape.n_faces, 3) or values.shape == (n, 3)):
        # As in the window: colours have no negative parts, and stand on vertices.
        values = values if len(values) == n and not np.nanmin(values) < 0 else Vectors(values)
    if isinstance(values, Vectors):
        values.place(shape, name)
    elif isinstance(values, np.ndarray) and values.shape not in ((n,), (n, 3)):
        what = f"{name} has shape {values.shape} for {n} vertices."
        raise SizeMismatch(what, "Give (n,) numbers, (n, 3) colours, or vectors on vertices or faces.")
    return values
