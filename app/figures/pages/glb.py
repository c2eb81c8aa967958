"""A figure as binary glTF: all panels side by side in one scene, their numbers as the colours of the vertices."""

from __future__ import annotations

import numpy as np

from geomlearn.app.figures.camera import sideways, toward_eye
from geomlearn.app.figures.figure import CLAY, Figure, Overlay, Panel, Values
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.io.scenes.gltf import write_glb
from geomlearn.shapes.shape import Shape

_NOTHING = (0.6, 0.6, 0.6)
_GAP = 1.15
"""From panel to panel, in widths of the wider one."""


def glb_of(figure: Figure) -> bytes:
    """The bytes of a .glb file. A format without scales and captions: what the colours mean is not in it.

    Raises
    ------
    ParameterError   meshes and point clouds are mixed, for which one list of triangles has no room.
    """
    parts = [one for panel in figure.panels for one in panel.layers]
    if len({part.shape.is_cloud for part in parts}) > 1:
        what = "A .glb holds either surfaces or points, and this picture has both."
        raise ParameterError(what, "Write it as .html or .png, or without arrows and curves.")
    right = sideways(figure.up, toward_eye(figure.up, figure.turn, figure.eye))
    widths = [float(np.ptp(panel.shape.vertices @ right)) for panel in figure.panels]
    vertices, faces, colors, count = [], [], [], 0
    for number, panel in enumerate(figure.panels):
        for part in panel.layers:
            vertices.append(part.shape.vertices + number * _GAP * max(widths) * right)
            faces.append(part.shape.faces + count)
            colors.append(painted(part))
            count += part.shape.n_vertices
    name = figure.panels[0].shape.name
    return write_glb(Shape(np.concatenate(vertices), np.concatenate(faces), name, colors=np.concatenate(colors)))


def painted(part: Panel | Overlay) -> np.ndarray:
    """(n, 3) colours in [0, 1] of what a picture shows."""
    if part.values is not None:
        return _colors(part.values)
    if part.colors is not None:
        return np.asarray(part.colors)
    return np.tile(CLAY, (part.shape.n_vertices, 1))


def _colors(values: Values) -> np.ndarray:
    low, high = values.ends
    level = np.nan_to_num((values.values - low) / (high - low))
    colors = colormap(values.color_map)[np.round(255 * np.clip(level, 0, 1)).astype(int)]
    return np.where(np.isfinite(values.values)[:, None], colors, _NOTHING)
