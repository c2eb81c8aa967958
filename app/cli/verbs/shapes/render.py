"""`geomlearn render`: a picture of a shape, of a field on it, or of a correspondence; needs no screen."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal
from geomlearn.app.figures.figure import Figure, Panel, Up

if TYPE_CHECKING:
    from geomlearn.shapes.shape import Shape

_MOST_PIXELS = 8192


def render(
    file: Spec,
    /,
    *,
    output: Output,
    field: Annotated[
        str | None,
        Parameter(metavar="FILE[:KEY]", help="Numbers to show: basis.npz:evecs:5, heat.npz:12, data.npz:NAME."),
    ] = None,
    map: Annotated[
        str | None, Parameter(metavar="MAP", help="A map from FILE to the target: line i, vertex of B for i.")
    ] = None,
    target: Annotated[str | None, Parameter(metavar="B", help="The shape the map leads to.")] = None,
    size: Annotated[str, Parameter(metavar="WxH", help="Width and height in pixels.")] = "1600x1200",
    up: Annotated[Up, Parameter(help="The axis of the shape that points up in the picture.")] = "y",
    turn: Annotated[
        float, Parameter(metavar="DEGREES", help="Turn the shapes about that axis; 180 shows the back.")
    ] = 0,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> None:
    """Draw a shape, a field on it, or a correspondence.

    It needs no screen. With --field the numbers appear as colours, with a
    scale that names them. With --map and --target two shapes stand side by
    side: B coloured by position, FILE in the colours that the map fetches
    from B. In .svg, .pdf and .eps text stays sharp; also .png, .jpg, .tif.
    """
    from geomlearn.app.figures.child import PICTURES, draw_figures

    require_display(view)
    terminal = common.terminal()
    output = claim(output, PICTURES, "A picture", force=force)
    pixels = _pixels(size)
    if bool(map) != bool(target):
        raise UsageError("--map and --target belong together.", "Give the map and the shape it leads to.")
    if map and field:
        raise UsageError("--map and --field make two different pictures.", "Draw them one after the other.")
    shape = load(file, terminal)
    panels = _correspondence(shape, map, target, up, terminal) if map else _single(shape, field)
    with terminal.progress("drawing") as progress:
        draw_figures({output: Figure(panels, pixels, up, turn)}, force=force, progress=progress)
    what = " and ".join(panel.values.label if panel.values else panel.shape.name for panel in panels)
    terminal.wrote(output, what)
    terminal.finish({"file": file, "output": output, "size": pixels, "shows": what})
    open_window(view, *_on_stage(file, field, map, target))


def _on_stage(file: str, field: str | None, map: str | None, target: str | None) -> tuple[list[str], list[str]]:
    """The files that show in the window what the picture shows, and the line that colours them so."""
    if map and target:
        return [file, target, map], []
    if not field:
        return [file], []
    from geomlearn.app.cli.values import window_column
    from geomlearn.app.model.scene import label_of, unique

    path, column = window_column(field)
    shape = label_of(file)
    line = shlex.join(["paint", shape, unique(label_of(path), [shape]), f"column={column}"])
    return [file, path], [line]


def _single(shape: Shape, field: str | None) -> tuple[Panel, ...]:
    from geomlearn.app.cli.values import read_values

    return (Panel(shape, read_values(field, shape.n_vertices) if field else None, shape.colors),)


def _correspondence(shape: Shape, map_file: str, target_spec: str, up: Up, terminal: Terminal) -> tuple[Panel, ...]:
    from geomlearn.matching.io.maps import read_map

    target = load(target_spec, terminal)
    read = read_map(map_file, n_source=shape.n_vertices, n_target=target.n_vertices)
    return correspondence_panels(shape, target, read.map_ab, up)


def correspondence_panels(shape: Shape, target: Shape, map_ab, up: Up = "y") -> tuple[Panel, Panel]:
    """The picture of a map: B coloured by position, A by the colours fetched from B."""
    from geomlearn.app.figures.colors import position_colors

    colors = position_colors(target.vertices, up)
    return (
        Panel(shape, colors=colors[map_ab], caption=f"A: {shape.name}, colours fetched from B by the map A → B"),
        Panel(target, colors=colors, caption=f"B: {target.name}, coloured by position"),
    )


def _pixels(size: str) -> tuple[int, int]:
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise UsageError(f"--size {size} is not a size.", "Write width x height in pixels, such as 1600x1200.")
    pixels = int(width), int(height)
    if not all(64 <= side <= _MOST_PIXELS for side in pixels):
        raise UsageError(f"--size {size} is out of range.", f"Each side takes 64 to {_MOST_PIXELS} pixels.")
    return pixels
