"""Samples as functions on a shape that can be drawn."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.operators.data.samples import AnySamples, ShapeSamples
from geomlearn.shapes.shape import Shape

# A line is drawn as a strip of this width beside its length of one.
_STRIP = 0.12


def n_surfaces(samples: AnySamples) -> int:
    """How many different places the samples lie on."""
    if isinstance(samples, ShapeSamples):
        return len(samples.shapes)
    return 1 if samples.points is None else samples.n_samples


def members(samples: AnySamples, surface: int) -> np.ndarray:
    """Numbers of the samples on one of them.

    Raises
    ------
    ParameterError   there is none of this number.
    """
    if not 0 <= surface < n_surfaces(samples):
        raise ParameterError(
            f"There is no place {surface}: the samples lie on {n_surfaces(samples)}.", "Count from zero."
        )
    if isinstance(samples, ShapeSamples):
        return np.flatnonzero(samples.shape_of == surface)
    return np.arange(samples.n_samples) if samples.points is None else np.array([surface])


def surface_of(samples: AnySamples, surface: int) -> Shape:
    """The shape; a grid of the plane becomes a square sheet, a line a strip, points of the plane a cloud.

    Raises
    ------
    ParameterError   the grid has three axes.
    """
    if isinstance(samples, ShapeSamples):
        return samples.shapes[surface]
    if samples.points is not None:
        flat = samples.points[surface].astype(float)
        return Shape(np.column_stack([flat, np.zeros(len(flat))]), np.zeros((0, 3), np.int64), f"points {surface}")
    if len(samples.resolution) > 2:
        raise ParameterError("Fields in space are not drawn.", "Give samples on a line, in the plane or on shapes.")
    return _sheet(*samples.resolution) if len(samples.resolution) == 2 else _sheet(samples.resolution[0], 2, _STRIP)


def on_surface(values: np.ndarray, axes: int) -> np.ndarray:
    """Values (*grid, c) of a grid with this many axes as (n, c) on its sheet or strip."""
    return np.repeat(values, 2, axis=0) if axes == 1 else values.reshape(-1, values.shape[-1])


def _sheet(n: int, m: int, height: float = 1.0) -> Shape:
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, height, m), indexing="ij")
    index = np.arange(n * m).reshape(n, m)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return Shape(np.stack([x.ravel(), y.ravel(), np.zeros(n * m)], 1), faces, f"grid {n} × {m}")
