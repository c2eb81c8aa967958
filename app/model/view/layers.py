"""From a layer to what is drawn: values, colour map and explicit limits."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, replace

import numpy as np

from geomlearn.app.model.items import Layer, Paint, ShapeItem, Source, Spread
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.scene import Scene

COLORMAPS: dict[str, str] = {
    "scalar": "viridis",
    "symmetric": "balance",
    "magnitude": "ember",
    "categorical": "viridis",
    "phase": "phase",
    "color": "",
}
"""The default colour map of each style; every one can be told apart with any common kind of colour blindness."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A resolved layer.

    Attributes
    ----------
    values    (n,) or (n, 3).
    title     the words on the legend.
    colormap  its name; empty for colours given directly.
    limits    (low, high), always low < high.
    beyond    whether there are values below and above the limits.
    family    see `Paint`.
    """

    values: np.ndarray
    title: str
    style: str
    colormap: str
    limits: tuple[float, float]
    isolines: bool
    beyond: tuple[bool, bool] = (False, False)
    family: str = ""


def picture(scene: Scene, item: ShapeItem) -> Picture | None:
    """What colours `item` in this scene; None when nothing does, or its source has gone.

    The pictures of the scene asked about last are kept: legends, names and the pointer ask in every frame.
    """
    global _last
    if scene.items.get(item.id) is not item:
        return _picture(scene, item)
    if _last[0] is None or _last[0]() is not scene:
        _last = weakref.ref(scene), {}
    known = _last[1]
    if item.id not in known:
        known[item.id] = _picture(scene, item)
    return known[item.id]


_last: tuple[weakref.ref[Scene] | None, dict[str, Picture | None]] = (None, {})


def _picture(scene: Scene, item: ShapeItem) -> Picture | None:
    layer = item.layer
    source = scene.items.get(layer.source) if layer else None
    if layer is None or not isinstance(source, Source):
        return None
    paint = _carried(scene, item, layer, source) if layer.through else source.paint(scene, item, _column(layer, source))
    if paint is None:
        return None
    colormap = layer.colormap or COLORMAPS[paint.style]
    isolines = layer.isolines and paint.style not in ("categorical", "color")
    ends = limits(paint, layer)
    outside = beyond(paint, ends)
    return Picture(paint.values, paint.title, paint.style, colormap, ends, isolines, outside, paint.family)


def _column(layer: Layer, source: Source) -> int:
    return min(layer.column, source.n_columns - 1)


def _carried(scene: Scene, item: ShapeItem, layer: Layer, source: Source) -> Paint | None:
    """What the source says of the other shape of a match, fetched by the map from this shape to that one."""
    match = scene.items.get(layer.through)
    if not isinstance(match, MatchItem) or item.id not in match.parents:
        return None
    here_is_a = item.id == match.shape_a
    paint = source.paint(scene, scene[match.shape_b if here_is_a else match.shape_a], _column(layer, source))
    if paint is None:
        return None
    fetched = paint.values[match.map_ab if here_is_a else match.map_ba]
    # One range for what is shown there and here.
    spread = paint.spread or (Spread.of(paint.values) if paint.values.ndim == 1 else None)
    return replace(paint, values=fetched, spread=spread, title=f"{paint.title} · carried")


def beyond(paint: Paint, ends: tuple[float, float]) -> tuple[bool, bool]:
    """Whether the values of this picture go below the lower, and above the upper end of the colours."""
    if paint.style in ("color", "phase"):
        return False, False
    finite = paint.values[np.isfinite(paint.values)]
    slack = 1e-6 * (ends[1] - ends[0])
    return bool((finite < ends[0] - slack).any()), bool((finite > ends[1] + slack).any())


def limits(paint: Paint, layer: Layer) -> tuple[float, float]:
    """The values at the two ends of the colour map, by the layer's rule; never equal."""
    if paint.style == "color":
        return 0.0, 1.0
    if paint.style == "phase":
        return -math.pi, math.pi
    if layer.scale == "fixed":
        return _apart(*layer.limits)
    spread = paint.spread or Spread.of(paint.values)
    robust = layer.scale == "robust" and paint.style != "categorical"
    low, high = (spread.robust_low, spread.robust_high) if robust else (spread.low, spread.high)
    if robust and high <= low:
        # More than 98 % of the values are one number: the rest is what there is to see.
        low, high = spread.low, spread.high
    if paint.style == "symmetric":
        high = max(abs(low), abs(high))
        low = -high
    elif paint.style == "magnitude":
        low = min(0.0, low)
    return _apart(low, high)


def _apart(low: float, high: float) -> tuple[float, float]:
    if high > low:
        return low, high
    step = abs(low) * 1e-3 or 1.0
    return low - step, low + step
