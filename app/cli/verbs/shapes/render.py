"""`geomlearn render`: a picture of a shape, of a field on it, or of a correspondence; needs no screen."""

from __future__ import annotations

import builtins
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, Speech, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal
from geomlearn.app.cli.verbs.collections.each import Format, each, is_many, suffix_of
from geomlearn.app.figures.figure import Figure, Panel, Up, Values

if TYPE_CHECKING:
    from geomlearn.shapes.shape import Shape

_MOST_PIXELS, _MOST_PANELS = 8192, 24
ColorMap = Literal["balance", "ember", "viridis", "cividis", "magma", "inferno", "plasma", "gray", "phase"]
Side = Literal["front", "back", "left", "right", "top", "bottom"]
_COLOURS, _VIEWPOINT, _PICTURE = (
    Group(title, sort_key=place) for place, title in enumerate(("Colours", "Viewpoint", "The file"), 3)
)


def render(
    file: Spec,
    /,
    *files: Spec,
    output: Output,
    format: Format = "png",
    field: Annotated[
        tuple[str, ...],
        Parameter(
            name=("--field", "--panel"),
            negative="",
            metavar="FILE[:KEY]",
            help="Numbers to show: basis.npz:evecs:5, heat.npz:12, data.npz:NAME; several side by side, also :1-12.",
        ),
    ] = (),
    map: Annotated[
        str | None, Parameter(metavar="MAP", help="A map from FILE to the target: line i, vertex of B for i.")
    ] = None,
    target: Annotated[str | None, Parameter(metavar="B", help="The shape the map leads to.")] = None,
    checker: Annotated[
        bool, Parameter(group=_COLOURS, negative="", help="A checkerboard, two-handed, instead of colours by position.")
    ] = False,
    cmap: Annotated[ColorMap | None, Parameter(group=_COLOURS, help="The colour map.")] = None,
    range: Annotated[
        tuple[float, float] | None,
        Parameter(group=_COLOURS, metavar="LOW HIGH", help="The values at the ends of the colours."),
    ] = None,
    symmetric: Annotated[
        bool, Parameter(group=_COLOURS, negative="", help="The same range on both sides of zero.")
    ] = False,
    size: Annotated[str, Parameter(group=_PICTURE, metavar="WxH", help="Width and height in pixels.")] = "1600x1200",
    dpi: Annotated[
        int, Parameter(group=_PICTURE, help="Dots per inch, written into the file.", validator=Number(gte=1, lte=2400))
    ] = 300,
    transparent: Annotated[
        bool, Parameter(group=_PICTURE, negative="", help="No background, in .png and .tif.")
    ] = False,
    up: Annotated[
        Up | Literal["auto"],
        Parameter(group=_VIEWPOINT, help="The axis of the shape that points up; auto judges by the shape."),
    ] = "auto",
    side: Annotated[
        Side | None,
        Parameter(group=_VIEWPOINT, help="The side that is seen; a little from the right and above if not given."),
    ] = None,
    turn: Annotated[
        float,
        Parameter(group=_VIEWPOINT, metavar="DEGREES", help="Turn the shapes about the axis up; 180 shows the back."),
    ] = 0,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> int:
    """Draw a shape, fields on it, or a correspondence; or each of a folder.

    It needs no screen. With --field the numbers appear as colours, with a
    scale that names them. With --map and --target two shapes stand side by
    side: B coloured by position, FILE in the colours that the map fetches
    from B. In .svg, .pdf and .eps text stays sharp; also .png, .jpg, .tif.
    """
    from geomlearn.app.figures.camera import eye_of
    from geomlearn.app.figures.child import PICTURES, draw_figures

    require_display(view)
    if is_many([file, *files]):
        if map or target or field or view or checker:
            raise UsageError("--field, --map and --view are for one shape.", "Give one file.")

        def once(one: str, target: Path, speech: Speech) -> None:
            looks: dict[str, Any] = {
                "size": size,
                "dpi": dpi,
                "transparent": transparent,
                "up": up,
                "side": side,
                "turn": turn,
            }
            render(one, output=target, force=force, common=speech, **looks)

        return each([file, *files], output, suffix_of(format), once, common, force=force)
    terminal = common.terminal()
    output = claim(output, PICTURES, "A picture", force=force)
    pixels = _pixels(size)
    if bool(map) != bool(target):
        raise UsageError("--map and --target belong together.", "Give the map and the shape it leads to.")
    if map and field:
        raise UsageError("--map and --field make two different pictures.", "Draw them one after the other.")
    if checker and field:
        raise UsageError("--checker and --field make two different pictures.", "Draw them one after the other.")
    if (cmap or range or symmetric) and not field:
        raise UsageError("--cmap, --range and --symmetric say how a field is shown.", "Give one with --field.")
    shape = load(file, terminal)
    axis = _upward(file, shape) if up == "auto" else up
    scale = Scale(cmap, range, symmetric)
    if map and target:
        panels = _correspondence(shape, map, target, axis, terminal, checker=checker)
    else:
        panels = _single(shape, field, scale, axis, checker=checker)
    eye = eye_of(side, axis) if side else None
    given: dict[str, Any] = {
        "field": field,
        "map": map,
        "target": target,
        "checker": checker,
        "cmap": cmap,
        "range": range,
    }
    given |= {"symmetric": symmetric, "size": size, "transparent": transparent, "up": axis, "side": side, "turn": turn}
    figure = Figure(panels, pixels, axis, turn, eye, transparent, dpi, _command(file, output.name, given))
    with terminal.progress("drawing") as progress:
        draw_figures({output: figure}, force=force, progress=progress)
    shown = [panel.values.label if panel.values else panel.shape.name for panel in panels]
    what = " and ".join(shown) if len(shown) < 4 else f"{len(shown)} panels, {shown[0]} to {shown[-1]}"
    terminal.wrote(output, what)
    terminal.finish({"file": file, "output": output, "size": pixels, "up": axis, "shows": what})
    open_window(view, *_on_stage(file, field[0] if field else None, map, target))
    return DONE


def _command(file: str, output: str, given: dict[str, Any]) -> str:
    """The line that draws the picture again, kept in it."""
    words = ["geomlearn", "render", file]
    for name, value in given.items():
        if value is True:
            words.append(f"--{name}")
        elif name == "range" and value:
            words += ["--range", *(f"{end:.9g}" for end in value)]
        elif value:
            for one in value if isinstance(value, tuple) else (value,):
                words += [f"--{name}", str(one)]
    return shlex.join([*words, "-o", output])


@dataclass(frozen=True)
class Scale:
    """How numbers become colours, where the person says so."""

    cmap: str | None
    range: tuple[float, float] | None
    symmetric: bool

    def applied(self, values: Values) -> Values:
        """The values, shown so."""
        if not (self.cmap or self.range or self.symmetric):
            return values
        low, high = self.range or values.limits
        if not low < high and self.range:
            raise UsageError(f"--range {low:g} {high:g} is empty.", "Give the lower end first.")
        if self.symmetric:
            high = max(abs(low), abs(high))
            low = -high
        colors = self.cmap or ("balance" if self.symmetric else values.color_map)
        return replace(values, given=(low, high if high > low else low + 1.0, colors))


def _upward(file: str, shape: Shape) -> Up:
    """The axis that points up, as the window judges it."""
    from geomlearn.app.model.items import ShapeItem
    from geomlearn.app.model.results import viewed
    from geomlearn.app.model.view.upright import up_of

    return up_of([viewed(ShapeItem(label=shape.name, shape=shape, source=file.partition("@")[0])).leaning])


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


def _single(shape: Shape, fields: tuple[str, ...], scale: Scale, up: Up, *, checker: bool) -> tuple[Panel, ...]:
    from geomlearn.app.cli.values import read_values
    from geomlearn.app.figures.colors import checker_colors

    if checker:
        return (Panel(shape, colors=checker_colors(shape.vertices, up)),)
    if not fields:
        return (Panel(shape, None, shape.colors),)
    specs = [one for spec in fields for one in _each(spec)]
    if len(specs) > _MOST_PANELS:
        raise UsageError(f"{len(specs)} panels are too many for one picture.", f"Ask for at most {_MOST_PANELS}.")
    return tuple(Panel(shape, scale.applied(read_values(spec, shape.n_vertices))) for spec in specs)


def _each(spec: str) -> list[str]:
    """FILE:KEY:1-12 as twelve."""
    head, colon, last = spec.rpartition(":")
    first, dash, end = last.partition("-")
    if colon and dash and first.isdigit() and end.isdigit() and int(first) <= int(end):
        return [f"{head}:{number}" for number in builtins.range(int(first), int(end) + 1)]
    return [spec]


def _correspondence(
    shape: Shape, map_file: str, target_spec: str, up: Up, terminal: Terminal, *, checker: bool
) -> tuple[Panel, ...]:
    from geomlearn.matching.io.maps import read_map

    target = load(target_spec, terminal)
    read = read_map(map_file, n_source=shape.n_vertices, n_target=target.n_vertices)
    return correspondence_panels(shape, target, read.map_ab, up, checker=checker)


def correspondence_panels(
    shape: Shape, target: Shape, map_ab, up: Up = "y", *, checker: bool = False
) -> tuple[Panel, Panel]:
    """The picture of a map: B coloured by position, A by the colours fetched from B."""
    from geomlearn.app.figures.colors import checker_colors, position_colors

    colors = (checker_colors if checker else position_colors)(target.vertices, up)
    return (
        Panel(shape, colors=colors[map_ab], caption=f"A: {shape.name}, colours fetched from B by the map A → B"),
        Panel(target, colors=colors, caption=f"B: {target.name}, coloured by {'a checker' if checker else 'position'}"),
    )


def _pixels(size: str) -> tuple[int, int]:
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise UsageError(f"--size {size} is not a size.", "Write width x height in pixels, such as 1600x1200.")
    pixels = int(width), int(height)
    if not all(64 <= side <= _MOST_PIXELS for side in pixels):
        raise UsageError(f"--size {size} is out of range.", f"Each side takes 64 to {_MOST_PIXELS} pixels.")
    return pixels
