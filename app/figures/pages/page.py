"""A figure as one HTML file in which it can be turned: no server, nothing fetched, by WebGL of our own."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from string import Template
from typing import Any

import numpy as np

from geomlearn.app.figures.camera import VIEW_ANGLE, toward_eye, upward
from geomlearn.app.figures.figure import CLAY, Figure, Overlay, Panel, Values
from geomlearn.app.figures.pages.glb import painted
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.geometry import geometry_of
from geomlearn.core.assets import asset
from geomlearn.shapes.thumbnail import thumbnail

_NOTHING = np.float32(1e30)
"""Stands for NaN, which a graphics card need not know."""


def page_of(figure: Figure) -> str:
    """The text of a page that shows `figure`: turned by dragging, with scales, and a slider where it has frames.

    It holds every number in single precision, and a still picture for browsers without WebGL 2.
    """
    title = escape(" · ".join(dict.fromkeys(panel.caption or panel.shape.name for panel in figure.panels)), quote=True)
    content = {
        "grid": figure.grid,
        "up": upward(figure.up).tolist(),
        "eye": toward_eye(figure.up, figure.turn, figure.eye).tolist(),
        "angle": VIEW_ANGLE,
        "clay": CLAY,
        "panels": [_panel(panel) for panel in figure.panels],
    }
    still = b64encode(still_of(figure)).decode()
    # A "</script>" in a name must not end the block it stands in.
    text = json.dumps(content, allow_nan=False).replace("<", "\\u003c")
    page = Template(asset("page", "page.html").read_text(encoding="utf-8"))
    viewer = asset("page", "viewer.js").read_text(encoding="utf-8")
    return page.substitute(title=title, picture=still, content=text, viewer=viewer)


def still_of(figure: Figure) -> bytes:
    """A small PNG of the first panel, painted by the processor."""
    first = figure.panels[0]
    return thumbnail(first.shape, painted(first))


def _panel(panel: Panel) -> dict[str, Any]:
    vertices = panel.shape.vertices
    middle, size = (vertices.max(axis=0) + vertices.min(axis=0)) / 2, panel.shape.diagonal or 1.0
    layers = [_layer(one, middle, size) for one in panel.layers]
    return {"caption": panel.caption, "layers": layers}


def _layer(one: Panel | Overlay, middle: np.ndarray, size: float) -> dict[str, Any]:
    """Triangles or points in the panel's unit frame, with what colours them."""
    shape = one.shape
    layer: dict[str, Any] = {"vertices": _text((shape.vertices - middle) / size, "<f4")}
    if not shape.is_cloud:
        layer["faces"] = _text(shape.faces, "<u4")
        layer["normals"] = _text(geometry_of(shape).normals, "<f4")
    frames = one.frames if isinstance(one, Panel) and one.frames else ((one.values,) if one.values is not None else ())
    if frames:
        layer["values"] = _numbers(frames)
    elif one.colors is not None:
        layer["colors"] = _text(np.round(255 * one.colors), "u1")
    return layer


def _numbers(frames: tuple[Values, ...]) -> dict[str, Any]:
    low, high = frames[0].ends
    stacked = np.stack([values.values for values in frames]).astype("<f4")
    return {
        "data": _text(np.where(np.isfinite(stacked), stacked, _NOTHING), "<f4"),
        "low": low,
        "high": high,
        "map": _text(np.round(255 * colormap(frames[0].color_map)), "u1"),
        "labels": [values.label for values in frames],
    }


def _text(array: np.ndarray, dtype: str) -> str:
    return b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()
