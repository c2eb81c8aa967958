"""Tangential velocities on a surface: a rotation, a stream function, a slope, or a file."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.fields.discrete.domain import Domain
from geomlearn.operators.fields.discrete.transport import Patches
from geomlearn.operators.fields.expression import evaluate
from geomlearn.operators.fields.initial import read_values
from geomlearn.operators.fields.options import AdvectOptions


def velocity_of(
    domain: Domain, patches: Patches, options: AdvectOptions, given: np.ndarray | None = None
) -> np.ndarray:
    """The velocity the options ask for, on faces.

    Parameters
    ----------
    given   (m, 3) per face or (n, 3) per vertex of the shape; used instead of the options.

    Returns
    -------
    (m, 3) tangential, in length/time; divergence-free to rounding when that was asked.

    Raises
    ------
    ParameterError   a cloud without normals has no sense of turning, or the velocity is zero or not finite.
    SizeMismatch     given velocities fit neither faces nor vertices.
    """
    kind = "file" if given is not None else options.velocity
    if kind == "rotation":
        w = _rotation(domain, patches, options)
    elif kind == "stream":
        w = _stream(domain, patches, options.velocity_expression)
    elif kind == "gradient":
        w = patches.gradient(evaluate(options.velocity_expression, domain.points))
    else:
        w = _on_faces(domain, patches, read_velocities(domain, options.velocity_file) if given is None else given)
    w = patches.tangential(w)
    solenoidal = kind in ("rotation", "stream") if options.divergence_free is None else options.divergence_free
    if solenoidal:
        w = patches.solenoidal(w)
    if not np.any(w):
        raise ParameterError("The velocity is zero everywhere on the surface.", "Choose another axis, formula or file.")
    return w


def is_divergence_free(options: AdvectOptions, given: bool) -> bool:
    """Whether `velocity_of` made the velocity divergence-free."""
    if options.divergence_free is not None:
        return options.divergence_free
    return not given and options.velocity in ("rotation", "stream")


def _rotation(domain: Domain, patches: Patches, options: AdvectOptions) -> np.ndarray:
    axis = np.array(options.axis) / np.linalg.norm(options.axis)
    centroid = domain.mass @ domain.points / domain.area
    return options.angular_speed * np.cross(axis, patches.centers - centroid)


def _stream(domain: Domain, patches: Patches, expression: str) -> np.ndarray:
    if domain.shape.is_cloud and domain.normals is None:
        raise ParameterError(
            f"{domain.shape.name} is a cloud without normals, so left and right along a stream are not known.",
            "Give the cloud normals, or use velocity = rotation, gradient or file.",
        )
    return np.cross(patches.normals, patches.gradient(evaluate(expression, domain.points)))


def read_velocities(domain: Domain, path: str) -> np.ndarray:
    """Three numbers per vertex or per face from a file.

    Raises
    ------
    FormatError, SizeMismatch   as `read_values`.
    """
    try:
        return read_values(path, domain.shape.n_vertices)
    except SizeMismatch:
        if domain.shape.is_cloud:
            raise
        return read_values(path, domain.shape.n_faces)


def _on_faces(domain: Domain, patches: Patches, given: np.ndarray) -> np.ndarray:
    given = np.asarray(given, np.float64)
    n, m = domain.shape.n_vertices, domain.shape.n_faces
    if given.shape not in {(n, 3), (m, 3)}:
        raise SizeMismatch(
            f"The velocities have shape {given.shape}; expected ({n}, 3) per vertex"
            + (f" or ({m}, 3) per face." if m else "."),
            "Give three numbers for each.",
        )
    if not np.isfinite(given).all():
        raise ParameterError("The velocities are not finite everywhere.", "Replace NaN and infinity.")
    if given.shape == (n, 3):
        return domain.reduce(given)[patches.faces].mean(axis=1)
    return given
