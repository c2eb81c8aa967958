"""A small picture of a shape, painted by the processor: for notebooks, where every object is drawn as it is printed."""

from __future__ import annotations

import io

import numpy as np

from geomlearn.shapes.shape import Shape

# More triangles than pixels show nothing more.
_MOST_FACES, _MOST_POINTS = 20_000, 20_000
_LIGHT = np.array([0.35, 0.45, 0.82])
_PLAIN = np.array([0.62, 0.72, 0.85])


def thumbnail(
    shape: Shape, values: np.ndarray | None = None, size: int = 320, within: np.ndarray | None = None
) -> bytes:
    """A PNG of a shape seen from the front, coloured by (n,) numbers or (n, 3) colours; far triangles come first.

    Parameters
    ----------
    within   points (p, 3) that the picture has room for, as of all frames of a movie; those of the shape when None.
    """
    from PIL import Image, ImageDraw

    turned, points = _turned(shape, size, within)
    picture = Image.new("RGB", (2 * size, 2 * size), "white")
    draw = ImageDraw.Draw(picture)
    colors = _colors(shape, values)
    if shape.is_cloud:
        chosen = np.argsort(turned[:, 2])[:: max(1, shape.n_vertices // _MOST_POINTS)]
        for (x, y), color in zip(points[chosen], _bytes(colors[chosen]), strict=True):
            draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=color)
    else:
        faces = shape.faces[:: max(1, shape.n_faces // _MOST_FACES)] if shape.n_faces > 4 * _MOST_FACES else shape.faces
        corners = turned[faces]
        order = np.argsort(corners[:, :, 2].mean(axis=1))
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[order]
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), np.finfo(float).tiny)
        shade = 0.35 + 0.65 * np.abs(normal @ _LIGHT)
        flat = _bytes(colors[faces[order]].mean(axis=1) * shade[:, None])
        for triangle, color in zip(points[faces[order]].reshape(-1, 6), flat, strict=True):
            draw.polygon(triangle.tolist(), fill=color)
    out = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def on_picture(shape: Shape, size: int = 320) -> np.ndarray:
    """(n, 2) where each vertex is on the picture, in pixels from its upper left corner."""
    return _turned(shape, size)[1] / 2


def _turned(shape: Shape, size: int, within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3) vertices as the eye sees them, and (n, 2) on a picture twice as large as asked: smooth edges."""
    seen = (shape.vertices if within is None else within) @ _view()
    turned = shape.vertices @ _view() - (seen.min(axis=0) + seen.max(axis=0)) / 2
    span = max(float(np.ptp(seen[:, :2], axis=0).max()), 1e-12)
    return turned, turned[:, :2] * [1, -1] * (1.84 * size / span) + size


def _view() -> np.ndarray:
    """Columns: right, up, towards the eye; from a little above and to the side."""
    yaw, pitch = np.radians(30), np.radians(12)
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    return about_y @ about_x


def _colors(shape: Shape, values: np.ndarray | None) -> np.ndarray:
    """(n, 3) in [0, 1]."""
    if values is None:
        return np.broadcast_to(_PLAIN, (shape.n_vertices, 3)) if shape.colors is None else shape.colors
    values = np.asarray(values, np.float64)
    if values.ndim == 2:
        return np.clip(values, 0, 1)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    at = np.clip(np.nan_to_num((values - low) / ((high - low) or 1.0)), 0, 1)
    # Five colours of viridis, with straight lines between them.
    stops = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]]) / 255
    return np.stack([np.interp(at, np.linspace(0, 1, 5), stops[:, channel]) for channel in range(3)], axis=1)


def _bytes(colors: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(row) for row in np.round(255 * np.clip(colors, 0, 1)).astype(int).tolist()]
