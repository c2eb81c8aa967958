"""Curves over a common axis, such as the error curves of several methods, in plain arrays; drawn by `draw_plot`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Line:
    """One curve: its words in the legend, and x, y (p,)."""

    label: str
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class Plot:
    """Curves in one frame, told apart by colour and by stroke.

    Attributes
    ----------
    lines             from top to bottom of the legend.
    x_label, y_label  what the axes are, with units.
    x_range, y_range  (low, high) of the axes.
    size, transparent, dpi, command   as in `Figure`.
    """

    lines: tuple[Line, ...]
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    size: tuple[int, int] = (1600, 1200)
    transparent: bool = False
    dpi: int = 300
    command: str = ""
