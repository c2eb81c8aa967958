"""Curves, fields on grids and points in one style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

INK = "#24262b"
PALETTE = ("#2f6db5", "#cf5c36", "#3f9a6d", "#8a63b0", "#bf9a2f", "#6b7280")
Curve = tuple[Sequence[float], Sequence[float]]


def sheet(columns: int = 1, width: float = 6.4, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """An empty figure, and its axes from left to right."""
    figure = Figure(figsize=(width, height), dpi=140, layout="constrained")
    axes = list(np.ravel(figure.subplots(1, columns)))
    for number, one in enumerate(axes):
        one.set_prop_cycle(color=PALETTE)
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8, colors=INK)
        axes[number] = one
    return figure, axes


def curves(
    path: Path,
    named: Mapping[str, Curve],
    x: str,
    y: str,
    *,
    log: str = "",
    marker: str = "",
    limits: tuple[float, float] | None = None,
) -> None:
    """Lines by name; `log` is "x", "y", "xy" or empty."""
    figure, (axes,) = sheet()
    for name, (xs, ys) in named.items():
        axes.plot(xs, ys, label=name, marker=marker, markersize=3, linewidth=1.6)
    words(axes, x, y, log=log)
    if "x" in log and max(len(xs) for xs, _ in named.values()) < 9:
        axes.set_xticks(xs, [str(x) for x in xs])
    if limits:
        axes.set_ylim(*limits)
    if len(named) > 1:
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


def words(axes: Axes, x: str, y: str, title: str = "", *, log: str = "") -> None:
    """Labels, title and scales."""
    axes.set_xlabel(x, fontsize=9, color=INK)
    axes.set_ylabel(y, fontsize=9, color=INK)
    axes.set_title(title, fontsize=9, color=INK)
    if "x" in log:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    if "y" in log:
        axes.set_yscale("log")


def fields(
    path: Path, named: Mapping[str, np.ndarray], colors: str | Mapping[str, str] = "viridis", **look: Any
) -> None:
    """Arrays (h, w) side by side, each with a scale of its own unless `vmin` and `vmax` are given."""
    figure, axes = sheet(len(named), width=2.4 * len(named), height=2.5)
    for one, (name, values) in zip(axes, named.items(), strict=True):
        map_ = colors if isinstance(colors, str) else colors[name]
        drawn = one.imshow(values, cmap=map_, origin="lower", **look)
        one.set_title(name, fontsize=9, color=INK)
        one.set_xticks([])
        one.set_yticks([])
        one.spines[:].set_visible(False)
        figure.colorbar(drawn, ax=one, shrink=0.75).ax.tick_params(labelsize=7)
    figure.savefig(path)


def clouds(path: Path, named: Mapping[str, tuple[np.ndarray, Any]], size: float = 8, *, equal: bool = True) -> None:
    """Points of the plane (n, 2) with colours, side by side."""
    figure, axes = sheet(len(named), width=2.9 * len(named), height=2.7)
    for one, (name, (points, color)) in zip(axes, named.items(), strict=True):
        look = {"color": color} if isinstance(color, str) else {"c": color, "cmap": "viridis"}
        one.scatter(points[:, 0], points[:, 1], s=size, linewidths=0, **look)
        one.set_title(name, fontsize=9, color=INK)
        if equal:
            one.set_aspect("equal")
            one.set_xticks([])
            one.set_yticks([])
            one.spines[:].set_visible(False)
    figure.savefig(path)
