"""Pictures in files, and the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.exchange import as_shape

if TYPE_CHECKING:
    from geomlearn.app.figures.figure import Panel
    from geomlearn.app.window.live.client import LiveWindow


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
    what     a shape, or whatever `as_shape` takes; or a `Match`, drawn as two shapes in the same colours.
    field    (n,) numbers, shown by a colour map with a scale, or (n, 3) colours in [0, 1]; or a `Field`, its last
             frame. It may be left out: ``render(cat, "cat.png")``.
    path     png, jpg, tif, svg, pdf, eps; or html, a page in which it can be turned.
    fields   several by name, side by side.
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
    panels = _panels(what, _named(what, field, fields or {}), up, limits, colormap)
    return write_figure(Path(path), Figure(panels, (size[0], size[1]), up, turn, transparent=transparent), force=force)


def show(what: Any, field: Any = None, *, fields: Mapping[str, Any] | None = None, hidden: bool = False) -> LiveWindow:
    """Open a window on shapes, fields on them or a correspondence; the program goes on at once.

    Parameters
    ----------
    what     a shape or whatever `as_shape` takes, a list of these, a mapping from names to these, or a `Match`.
    field    (n,) numbers on the first shape, (n, 3) colours in [0, 1], (t, n) moments, or a `Field`.
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
    named: Mapping[str, np.ndarray],
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
    if not named:
        return (Panel(shape, colors=shape.colors),)
    panels = []
    for name, values in named.items():
        plain = Values(values, name)
        if values.ndim == 2:
            panels.append(Panel(shape, colors=values))
        else:
            given = (*(limits or plain.limits), colors or plain.color_map) if limits or colors else None
            panels.append(Panel(shape, replace(plain, given=given)))
    return tuple(panels)


def _named(what: Any, field: Any, fields: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Every field by name, (n,) or (n, 3), checked."""
    given = {**({} if field is None else {"value": field}), **fields}
    found: dict[str, np.ndarray] = {}
    for name, values in given.items():
        if hasattr(values, "frame"):
            found |= {(one if name == "value" else name): array for one, array in values.frame(-1).items()}
        else:
            found[name] = np.asarray(values, np.float64)
    n = 0 if _is_match(what) or not found else as_shape(what).n_vertices
    for name, values in found.items():
        if values.shape not in ((n,), (n, 3)):
            raise SizeMismatch(
                f"{name} has shape {values.shape} for {n} vertices.", "Give (n,) numbers or (n, 3) colours."
            )
    return found
