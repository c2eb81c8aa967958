"""Units, size and which way is up."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.cleaning.cleaned import Cleaned
from geomlearn.shapes.shape import Shape

METRES = {"um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254, "ft": 0.3048}
AXES = ("x", "y", "z", "-x", "-y", "-z")


def factor_of(scale: str, shape: Shape | None = None) -> float:
    """What lengths are multiplied by.

    Parameters
    ----------
    scale   ``mm:m`` from one unit to another; ``unit`` makes the bounding box's diagonal 1; or a number.

    Raises
    ------
    ParameterError   it is none of these.
    """
    if scale == "unit":
        return 1.0 if shape is None or shape.diagonal == 0 else 1.0 / shape.diagonal
    before, colon, after = scale.partition(":")
    if colon and before in METRES and after in METRES:
        return METRES[before] / METRES[after]
    try:
        factor = float(scale)
    except ValueError:
        factor = np.nan
    if not (np.isfinite(factor) and 1e-12 <= factor <= 1e12):
        known = ", ".join(METRES)
        raise ParameterError(f"A scale of {scale[:30]!r} is not known.", f"Write mm:m (of {known}), unit, or a number.")
    return factor


def rescale(shape: Shape, *, scale: str) -> Cleaned:
    """The shape in other units; see `factor_of`."""
    factor = factor_of(scale, shape)
    action = f"Multiplied lengths by {factor:.6g}; the diagonal is now {factor * shape.diagonal:.4g}."
    return Cleaned.same(shape, shape.replace(vertices=factor * shape.vertices), action, scale=factor)


def turn_up(shape: Shape, *, up: str) -> Cleaned:
    """The shape turned so that the axis `up` of its file becomes z; turned, never mirrored.

    Raises
    ------
    ParameterError   `up` is none of x, y, z, -x, -y, -z.
    """
    turn = rotation_to_z(up)
    normals = None if shape.normals is None else shape.normals @ turn.T
    after = shape.replace(vertices=shape.vertices @ turn.T, normals=normals)
    return Cleaned.same(shape, after, f"Turned {up} to z.")


def rotation_to_z(up: str) -> np.ndarray:
    """(3, 3) the rotation by a quarter or half turn that takes an axis to z."""
    if up not in AXES:
        raise ParameterError(f"{up[:20]!r} is no axis.", f"Use one of {', '.join(AXES)}.")
    axis = np.zeros(3)
    axis["xyz".index(up[-1])] = -1.0 if up[0] == "-" else 1.0
    # The cyclic neighbours of the axis span the plane below; a sign on one of them keeps the handedness.
    first = np.roll(np.abs(axis), 1)
    return np.stack([first, np.cross(axis, first), axis])
