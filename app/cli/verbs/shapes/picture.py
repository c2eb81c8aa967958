"""What a picture of `geomlearn render` shows, and how it looks: flags that belong together."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.verbs.shapes.correspondences import STEM, compared_panels, correspondence_panels, map_for
from geomlearn.app.figures.figure import Motion, Overlay, Panel, Up, Values

if TYPE_CHECKING:
    from geomlearn.shapes.drawn.curves import Curves
    from geomlearn.shapes.drawn.vectors import Vectors
    from geomlearn.shapes.shape import Shape

_MOST_PIXELS, _MOST_PANELS = 8192, 24
ColorMap = Literal["balance", "ember", "viridis", "cividis", "magma", "inferno", "plasma", "gray", "phase"]
Side = Literal["front", "back", "left", "right", "top", "bottom"]


@dataclass(frozen=True)
class Looks:
    """How a picture looks, whatever it shows; the names are those of the flags."""

    size: str | None
    dpi: int
    transparent: bool
    up: Up | Literal["auto"]
    side: Side | None
    turn: float
    film: Motion | None
    fps: float

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height; None where the person did not say.

        Raises
        ------
        UsageError   the size is none, or out of range.
        """
        if self.size is None:
            return None
        width, cross, height = self.size.lower().partition("x")
        if not (cross and width.isdigit() and height.isdigit()):
            raise UsageError(f"--size {self.size} is not a size.", "Write width x height in pixels, such as 1600x1200.")
        pixels = int(width), int(height)
        if not all(64 <= side <= _MOST_PIXELS for side in pixels):
            raise UsageError(f"--size {self.size} is out of range.", f"Each side takes 64 to {_MOST_PIXELS} pixels.")
        return pixels


@dataclass(frozen=True)
class Shown:
    """What is drawn: the shape alone, fields on it, or a map; the names are those of the flags.

    Raises
    ------
    UsageError   flags that do not go together.
    """

    field: tuple[str, ...] = ()
    map: tuple[str, ...] = ()
    target: str | None = None
    truth: str | None = None
    checker: bool = False
    cmap: ColorMap | None = None
    range: tuple[float, float] | None = None
    symmetric: bool = False
    vectors: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.map) != bool(self.target):
            raise UsageError("--map and --target belong together.", "Give the map and the shape it leads to.")
        if self.truth and not self.map:
            raise UsageError("--truth belongs to maps.", "Give --map and --target, and get the curves of their errors.")
        if self.field and (self.map or self.checker):
            other = "--map" if self.map else "--checker"
            raise UsageError(f"{other} and --field make two different pictures.", "Draw them one after the other.")
        if self.map and (self.vectors or self.curves):
            raise UsageError("--vectors and --curves are drawn on one shape.", "Draw them without --map.")
        if self._is_scaled and not self.field:
            raise UsageError("--cmap, --range and --symmetric say how a field is shown.", "Give one with --field.")
        if self.range and not self.range[0] < self.range[1]:
            raise UsageError(f"--range {self.range[0]:g} {self.range[1]:g} is empty.", "Give the lower end first.")

    @property
    def compares(self) -> bool:
        """Whether several shapes are rows of one picture: then each name of a map has a place for theirs."""
        return bool(self.map) and all(STEM in name for name in self.map)

    @property
    def _is_scaled(self) -> bool:
        return bool(self.cmap or self.range or self.symmetric)

    def panels(self, shape: Shape, up: Up, *, moving: bool = False) -> tuple[Panel, ...]:
        """The panels of one shape, with all moments of fields that are `moving`; files that it needs are read."""
        panels = self._panels(shape, up, moving=moving)
        if not (self.vectors or self.curves):
            return panels
        return tuple(replace(panel, over=self._over(panel)) for panel in panels)

    def map_panels(self, shapes: Sequence[Shape], target: Shape, up: Up) -> tuple[Panel, ...]:
        """The panels of maps to `target`: a pair side by side, else a row for each shape."""
        if len(self.map) == len(shapes) == 1:
            map_ab = map_for(self.map[0], shapes[0], target)
            return correspondence_panels(shapes[0], target, map_ab, up, checker=self.checker)
        if len(shapes) * (len(self.map) + 1) > _MOST_PANELS:
            raise UsageError(f"These are more than {_MOST_PANELS} panels.", "Give fewer shapes or maps.")
        return compared_panels(shapes, target, self.map, up, checker=self.checker)

    def _over(self, panel: Panel) -> tuple[Overlay, ...]:
        """Arrows and curves on a panel."""
        from geomlearn.app.cli.drawn import read_curves, read_vectors
        from geomlearn.app.figures.over import overlay

        drawn: list[tuple[str, Vectors | Curves]] = [
            *map(read_vectors, self.vectors),
            *map(read_curves, self.curves),
        ]
        return tuple(overlay(name, one, panel.shape, colored=panel.is_colored) for name, one in drawn)

    def _panels(self, shape: Shape, up: Up, *, moving: bool) -> tuple[Panel, ...]:
        from geomlearn.app.figures.colors import checker_colors

        if self.checker:
            return (Panel(shape, colors=checker_colors(shape.vertices, up)),)
        if not self.field:
            return (Panel(shape, None, shape.colors),)
        specs = [one for spec in self.field for one in _each(spec)]
        if len(specs) > _MOST_PANELS:
            raise UsageError(f"{len(specs)} panels are too many for one picture.", f"Ask for at most {_MOST_PANELS}.")
        return tuple(self._panel(shape, spec, moving=moving) for spec in specs)

    def _panel(self, shape: Shape, spec: str, *, moving: bool) -> Panel:
        """One field; with all of its moments where they are `moving`."""
        from geomlearn.app.cli.values import read_moments, read_values

        frames = tuple(map(self._scaled, read_moments(spec, shape.n_vertices) if moving else ()))
        if frames:
            return Panel(shape, frames[-1], frames=frames)
        return Panel(shape, self._scaled(read_values(spec, shape.n_vertices)))

    def _scaled(self, values: Values) -> Values:
        """How numbers become colours, where the person says so."""
        if not self._is_scaled:
            return values
        low, high = self.range or values.limits
        if self.symmetric:
            high = max(abs(low), abs(high))
            low = -high
        colors = self.cmap or ("balance" if self.symmetric else values.color_map)
        return replace(values, given=(low, high if high > low else low + 1.0, colors))


def _each(spec: str) -> list[str]:
    """FILE:KEY:1-12 as twelve."""
    head, colon, last = spec.rpartition(":")
    first, dash, end = last.partition("-")
    if colon and dash and first.isdigit() and end.isdigit() and int(first) <= int(end):
        return [f"{head}:{number}" for number in builtins.range(int(first), int(end) + 1)]
    return [spec]
