"""Pictures in files, and the window."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from geomlearn.core.errors import ParameterError

if TYPE_CHECKING:
    from geomlearn.app.figures.pages.inline import InlinePage
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
    what     a shape, or whatever `as_shape` takes; a `Match`, drawn as two shapes in the same colours; or `Curves`.
    field    (n,) numbers, shown by a colour map with a scale, or (n, 3) colours in [0, 1]; or a `Field`, its last
             frame; or `Vectors` and `Curves`, drawn over all panels. Three columns with a negative number, or as
             many rows as faces, are vectors. It may be left out: ``render(cat, "cat.png")``.
    path     png, jpg, tif, svg, pdf, eps; or html, a page in which it can be turned; or glb, a scene; or mp4
             and gif, a film of the moments of a field, else of a turn.
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
    from geomlearn.app.figures.given import panels_of

    if path is None and isinstance(field, str | PathLike):
        field, path = None, field
    if path is None:
        raise ParameterError("There is no file to draw into.", 'Give one: gl.render(shape, field, "picture.png").')
    panels = panels_of(what, _given(field, fields), up, limits, colormap)
    return write_figure(Path(path), Figure(panels, (size[0], size[1]), up, turn, transparent=transparent), force=force)


@overload
def show(
    what: Any,
    field: Any = None,
    *,
    fields: Mapping[str, Any] | None = None,
    hidden: bool = False,
    inline: Literal[False] = False,
) -> LiveWindow: ...


@overload
def show(
    what: Any, field: Any = None, *, fields: Mapping[str, Any] | None = None, inline: Literal[True]
) -> InlinePage: ...


def show(
    what: Any,
    field: Any = None,
    *,
    fields: Mapping[str, Any] | None = None,
    hidden: bool = False,
    inline: bool = False,
) -> LiveWindow | InlinePage:
    """Open a window on shapes, fields on them or a correspondence; the program goes on at once.

    Parameters
    ----------
    what     a shape or whatever `as_shape` takes, a list of these, a mapping from names to these, or a `Match`.
    field    on the first shape: (n,) numbers, (n, 3) colours in [0, 1], (t, n) moments, a `Field`; or `Vectors`,
             drawn as arrows, and `Curves`. Three columns with a negative number, or as many rows as faces, are vectors.
    fields   several by name.
    hidden   draw without a screen, for pictures (Linux).
    inline   open no window: what is returned shows itself in the cell of a notebook, can be turned there, and needs no
             server; ``save("page.html")`` keeps it.

    Returns
    -------
    The window: ``w["u"] = values``, ``w.add(…)``, ``w.screenshot()``, ``w.scene``, ``w.selection``,
    ``w.desk.match(a, b)``; ``w.wait()`` stays until it is closed and returns what is selected. With `inline` the page.

    Raises
    ------
    ParameterError   `hidden` and `inline` at once.
    SizeMismatch     a field has another length than the shape has vertices.
    DeviceError      there is no display.
    """
    if inline and hidden:
        raise ParameterError("A page opens no window that could be hidden.", "Leave out hidden or inline.")
    if inline:
        from geomlearn.app.figures.figure import Figure
        from geomlearn.app.figures.given import panels_of
        from geomlearn.app.figures.pages.inline import InlinePage

        return InlinePage(Figure(panels_of(what, _given(field, fields))))
    from geomlearn.app.window.live import show as show_live

    return show_live(what, field, fields=fields, hidden=hidden)


def _given(field: Any, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**({} if field is None else {"value": field}), **(fields or {})}
