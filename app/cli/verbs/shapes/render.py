"""`geomlearn render`: a picture of a shape, of a field on it, or of a correspondence; needs no screen."""

from __future__ import annotations

import shlex
from dataclasses import replace
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
from geomlearn.app.cli.verbs.shapes.picture import ColorMap, Looks, Shown, Side
from geomlearn.app.figures.figure import Figure, Motion, Up

if TYPE_CHECKING:
    from geomlearn.app.figures.plot import Plot
    from geomlearn.core.progress import Progress
    from geomlearn.shapes.shape import Shape

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
    vectors: Annotated[
        tuple[str, ...],
        Parameter(
            negative="",
            metavar="FILE[:KEY]",
            help="Arrows: three numbers for each vertex, or for each face; on every panel.",
        ),
    ] = (),
    curves: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", metavar="FILE[:KEY]", help="A curve through points (p, 3), or a graph of points and edges."
        ),
    ] = (),
    map: Annotated[
        tuple[str, ...],
        Parameter(
            negative="",
            metavar="MAP",
            help="A map from FILE to B: line i, vertex of B for i. Several methods stand side by side, several "
            "shapes below one another, where {} in the names of the maps stands for the shape's.",
        ),
    ] = (),
    target: Annotated[str | None, Parameter(metavar="B", help="The shape the map leads to.")] = None,
    truth: Annotated[
        str | None,
        Parameter(metavar="TRUTH", help="The true map, or builtin: draw the curves of the maps' errors instead."),
    ] = None,
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
    size: Annotated[
        str | None,
        Parameter(group=_PICTURE, metavar="WxH", help="Width and height in pixels; else 1600x1200, of films 960x720."),
    ] = None,
    film: Annotated[
        Motion | None,
        Parameter(group=_PICTURE, help="What a film shows: all moments of the fields, or a turn about the axis up."),
    ] = None,
    fps: Annotated[
        float, Parameter(group=_PICTURE, help="Pictures a second of a film.", validator=Number(gte=1, lte=60))
    ] = 25,
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
    from B; with several maps, and with --truth the curves of their errors,
    methods are compared. In .svg, .pdf and .eps text stays sharp; also .png, .jpg, .tif.
    An .html is a page in which the shapes can be turned, a .glb a scene, an
    .mp4 or .gif a film of the moments of a field, or of a turn.
    """
    require_display(view)
    what = Shown(field, map, target, truth, checker, cmap, range, symmetric, vectors, curves)
    looks = Looks(size, dpi, transparent, up, side, turn, film, fps)
    if is_many([file, *files]) and not what.compares:
        if what != Shown() or view:
            raise UsageError("Fields, arrows, curves, maps and --view are for one shape.", "Give one file.")

        def once(one: str, target: Path, speech: Speech) -> None:
            _draw((one,), target, what, looks, speech.terminal(), force=force)

        return each([file, *files], output, suffix_of(format), once, common, force=force)
    _draw((file, *files), output, what, looks, common.terminal(), force=force)
    open_window(view, *_on_stage(file, field[0] if field else None, map[0] if map else None, target))
    return DONE


def _draw(files: tuple[str, ...], output: Path, what: Shown, looks: Looks, terminal: Terminal, *, force: bool) -> None:
    """One picture; it keeps the line that draws it again."""
    from geomlearn.app.figures.child import PICTURES, SCENES, draw_figures, write_figure
    from geomlearn.app.figures.films.encode import FILMS
    from geomlearn.app.figures.films.film import write_film

    kinds = PICTURES if what.truth else (*PICTURES, *SCENES, *FILMS)
    output = claim(output, kinds, "Curves" if what.truth else "A picture", force=force)
    is_film = output.suffix.lower() in FILMS
    if looks.film and not is_film:
        raise UsageError(f"--film is for {' and '.join(FILMS)}.", "Give -o such a name.")
    pixels = looks.pixels or ((960, 720) if is_film else (1600, 1200))
    shapes = [load(file, terminal) for file in files]
    up = _upward(files[0], shapes[0]) if looks.up == "auto" else looks.up
    command = _command(files, output.name, {**vars(what), **vars(looks), "up": up, "fps": looks.fps if is_film else 0})
    with terminal.progress("drawing") as progress:
        if what.truth:
            plot = replace(_plot(files, shapes, what, terminal, progress), size=pixels, dpi=looks.dpi, command=command)
            draw_figures({output: replace(plot, transparent=looks.transparent)}, force=force, progress=progress)
            labels = [line.label for line in plot.lines]
        else:
            figure = _figure(shapes, what, looks, up, terminal, moving=is_film or output.suffix.lower() == ".html")
            figure = replace(figure, size=pixels, command=command)
            if is_film:
                write_film(output, figure, looks.film, looks.fps, force=force, progress=progress)
            else:
                write_figure(output, figure, force=force, progress=progress)
            labels = [panel.scaled.label if panel.scaled else panel.shape.name for panel in figure.panels]
    said = " and ".join(labels) if len(labels) < 4 else f"{len(labels)} panels, {labels[0]} to {labels[-1]}"
    terminal.wrote(output, said)
    terminal.finish({"file": files[0], "output": output, "size": pixels, "up": up, "shows": said})


def _figure(shapes: list[Shape], what: Shown, looks: Looks, up: Up, terminal: Terminal, *, moving: bool) -> Figure:
    """What the flags show, as they say."""
    from geomlearn.app.figures.camera import eye_of

    if what.target:
        panels, columns = what.map_panels(shapes, load(what.target, terminal), up), len(what.map) + 1
    else:
        panels, columns = what.panels(shapes[0], up, moving=moving), 0
    eye = eye_of(looks.side, up) if looks.side else None
    figure = Figure(panels, up=up, turn=looks.turn, eye=eye, transparent=looks.transparent, dpi=looks.dpi)
    return replace(figure, columns=columns)


def _plot(files: tuple[str, ...], shapes: list[Shape], what: Shown, terminal: Terminal, progress: Progress) -> Plot:
    """The curves of the errors of maps."""
    from geomlearn.app.cli.verbs.matching.evaluate import truth_of
    from geomlearn.app.cli.verbs.shapes.correspondences import STEM, error_plot

    target = load(str(what.target), terminal)
    known = None if what.truth == "builtin" else str(what.truth)
    truths = [
        truth_of(known and known.replace(STEM, shape.name), file, str(what.target), shape, target)
        for file, shape in zip(files, shapes, strict=True)
    ]
    return error_plot(shapes, target, what.map, truths, progress)


def _command(files: tuple[str, ...], output: str, given: dict[str, Any]) -> str:
    """The line that draws the picture again."""
    words = ["geomlearn", "render", *files]
    for name, value in given.items():
        if value is True:
            words.append(f"--{name}")
        elif name == "range" and value:
            words += ["--range", *(f"{end:.9g}" for end in value)]
        elif value:
            for one in value if isinstance(value, tuple) else (value,):
                words += [f"--{name}", str(one)]
    return shlex.join([*words, "-o", output])


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
