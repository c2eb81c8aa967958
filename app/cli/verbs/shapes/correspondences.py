"""Pictures of maps: of one pair, of several methods on several shapes, and the curves of their errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.app.figures.figure import Panel, Up
from geomlearn.app.figures.plot import Line, Plot

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress
    from geomlearn.matching.evaluation import Truth
    from geomlearn.shapes.shape import Shape

STEM = "{}"
"""In the name of a map or a truth: the stem of the shape's file."""


def correspondence_panels(
    shape: Shape, target: Shape, map_ab: np.ndarray, up: Up = "y", *, checker: bool = False
) -> tuple[Panel, Panel]:
    """The picture of a map: B coloured by position, A by the colours fetched from B, grey where it has no partner."""
    from geomlearn.app.figures.colors import fetched_colors

    colors = _colors(target, up, checker)
    grey = "; grey has no partner" if (map_ab < 0).any() else ""
    caption = f"A: {shape.name}, colours fetched from B by the map A → B{grey}"
    return (
        Panel(shape, colors=fetched_colors(colors, map_ab), caption=caption),
        Panel(target, colors=colors, caption=f"B: {target.name}, coloured by {'a checker' if checker else 'position'}"),
    )


def compared_panels(
    shapes: Sequence[Shape], target: Shape, maps: Sequence[str], up: Up = "y", *, checker: bool = False
) -> tuple[Panel, ...]:
    """Row after row, a shape each: B, then the shape in the colours that each map fetches from B."""
    from geomlearn.app.figures.colors import fetched_colors

    colors = _colors(target, up, checker)
    panels = []
    for shape in shapes:
        panels.append(Panel(target, colors=colors, caption=f"B: {target.name}"))
        for name, method in zip(maps, methods_of(maps), strict=True):
            caption = f"{shape.name}, {method}"
            fetched = fetched_colors(colors, map_for(name, shape, target))
            panels.append(Panel(shape, colors=fetched, caption=caption))
    return tuple(panels)


def error_plot(
    shapes: Sequence[Shape], target: Shape, maps: Sequence[str], truths: Sequence[Truth], progress: Progress
) -> Plot:
    """The share of points within each distance of the true one, a curve for each method: the mean over the shapes."""
    from geomlearn.matching.evaluation import THRESHOLDS, evaluate_map

    lines, count = [], len(maps) * len(shapes)
    for number, (name, method) in enumerate(zip(maps, methods_of(maps), strict=True)):
        measured = []
        for place, (shape, truth) in enumerate(zip(shapes, truths, strict=True)):
            at = number * len(shapes) + place
            stretch = progress.part(at / count, (at + 1) / count)
            found = map_for(name, shape, target)
            measured.append(evaluate_map(found, truth, target, progress=stretch))
        mean = np.mean([one.mean_error for one in measured])
        curve = 100 * np.mean([one.curve for one in measured], axis=0)
        lines.append(Line(f"{method}, mean {mean:.3g}", 100 * THRESHOLDS, curve))
    words = "geodesic distance to the true point [% of √area of B]", "share of the points [%]"
    return Plot(tuple(lines), *words, (0.0, float(100 * THRESHOLDS[-1])), (0.0, 100.0))


def methods_of(maps: Sequence[str]) -> list[str]:
    """What the maps are called: the names of their files without the shape's, or those of the folders they lie in."""
    stems = [PurePath(name).stem.replace(STEM, "").strip(" -_.") for name in maps]
    if all(stems) and len(set(stems)) == len(stems):
        return stems
    return [PurePath(name).parent.name or stem for name, stem in zip(maps, stems, strict=True)]


def map_for(name: str, shape: Shape, target: Shape) -> np.ndarray:
    """(n,) the map of this name from a shape to B; -1 without an image.

    Raises
    ------
    FormatError, SizeMismatch   there is none, or it is that of other shapes.
    """
    from geomlearn.matching.io.maps import read_map

    path = name.replace(STEM, shape.name)
    return read_map(path, n_source=shape.n_vertices, n_target=target.n_vertices, unmatched=True).map_ab


def _colors(target: Shape, up: Up, checker: bool) -> np.ndarray:
    from geomlearn.app.figures.colors import checker_colors, position_colors

    return (checker_colors if checker else position_colors)(target.vertices, up)
