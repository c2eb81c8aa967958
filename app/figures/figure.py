"""What a picture shows, in plain arrays: made by the command line and the window, drawn by `draw`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geomlearn.shapes.shape import Shape

Up = Literal["x", "y", "z"]
Motion = Literal["frames", "turn"]
"""What a film shows: the moments of its fields, or one turn."""
CLAY = (0.75, 0.77, 0.81)
"""Of a shape without colours."""
ABREAST = 4
"""So many panels stand in one row."""


@dataclass(frozen=True, eq=False)
class Values:
    """One number per vertex, and how to read it.

    Attributes
    ----------
    values  (n,), may hold NaN where there is nothing to show.
    name    written beside the scale.
    unit    written after the name, or empty.
    given   (low, high, colour map) as the window shows them; None lets the values decide.
    """

    values: np.ndarray
    name: str
    unit: str = ""
    given: tuple[float, float, str] | None = None

    @property
    def is_signed(self) -> bool:
        """True when a good part of the values lies on either side of zero, which then gets the neutral colour."""
        low, high = self.limits
        return min(-low, high) > 0.2 * max(-low, high)

    @property
    def color_map(self) -> str:
        """The map the window would choose: signed functions balance, magnitudes glow, the rest runs through viridis."""
        if self.given is not None:
            return self.given[2]
        if self.is_signed:
            return "balance"
        return "ember" if self.limits[0] >= 0 else "viridis"

    @property
    def limits(self) -> tuple[float, float]:
        """The given ones, else smallest and largest finite value; (0, 0) when there is none."""
        if self.given is not None:
            return self.given[:2]
        finite = self.values[np.isfinite(self.values)]
        return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)

    @property
    def ends(self) -> tuple[float, float]:
        """The values at the two ends of the colours, as drawn and written: never equal, symmetric if signed."""
        low, high = self.limits
        if self.given is not None:
            # An end of 1e-20 is a zero to the reader.
            size = max(abs(low), abs(high))
            low, high = (end if abs(end) > 1e-6 * size else 0.0 for end in (low, high))
        elif self.is_signed:
            high = max(-low, high)
            low = -high
        elif abs(low) < 1e-3 * high:
            # A lower end of 1e-9 is a zero to the reader.
            low = 0.0
        # A constant function still needs a scale of some width.
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, eq=False)
class Overlay:
    """Arrows or curves beside the shape of a panel, as triangles.

    Attributes
    ----------
    shape   triangles, in the axes of the panel's shape.
    values  lengths of the arrows, shown through a colour map with a scale; None shows `colors`.
    colors  (n, 3) in [0, 1], or None.
    """

    shape: Shape
    values: Values | None = None
    colors: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """One shape, coloured by values if there are any, else by given colours, else plain.

    Attributes
    ----------
    shape    mesh or cloud.
    values   numbers shown through a colour map with a scale, or None.
    colors   (n, 3) in [0, 1], or None.
    caption  one line below the shape.
    over     arrows and curves on it.
    frames   its values moment by moment, with one range, for films and pages; `values` is what a picture shows.
    """

    shape: Shape
    values: Values | None = None
    colors: np.ndarray | None = None
    caption: str = ""
    over: tuple[Overlay, ...] = ()
    frames: tuple[Values, ...] = ()

    @property
    def layers(self) -> tuple[Panel | Overlay, ...]:
        """The shape, and what is drawn over it."""
        return self, *self.over

    @property
    def is_colored(self) -> bool:
        """Whether the shape has colours of its own, on which arrows are dark."""
        return self.values is not None or self.colors is not None

    @property
    def scaled(self) -> Values | None:
        """The numbers whose scale stands below the shape: its own, else those of its arrows."""
        shown = (self.values, *(one.values for one in self.over))
        return next((values for values in shown if values is not None), None)


@dataclass(frozen=True, eq=False)
class Figure:
    """Panels side by side, all seen from the same direction.

    Attributes
    ----------
    panels  from left to right; more than `ABREAST` in several rows.
    size    (width, height) in pixels.
    up      the axis that points up in the picture.
    turn    degrees by which the shapes turn to the right about it, seen from the front.
    around  whether there is room for every turn, so that the size stays while it turns.
    columns   in which the panels stand, row after row; 0 lets their number decide.
    eye     (3,) direction from the shapes to the eye, in their own axes; None for the usual one.
    transparent  no white behind it, in formats that know transparency.
    dpi     dots per inch, written into formats that know them.
    command  what draws it again, written into a png; empty for nothing.
    """

    panels: tuple[Panel, ...]
    size: tuple[int, int] = (1600, 1200)
    up: Up = "y"
    turn: float = 0.0
    eye: tuple[float, float, float] | None = None
    transparent: bool = False
    dpi: int = 300
    command: str = ""
    around: bool = False
    columns: int = 0

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns that the panels stand in."""
        if self.columns:
            return -(-len(self.panels) // self.columns), self.columns
        rows = -(-len(self.panels) // ABREAST)
        return rows, -(-len(self.panels) // rows)
