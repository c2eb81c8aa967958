"""Writing shapes, and what each format has room for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.files import atomic_path
from geomlearn.shapes.io.arrays import write_npz
from geomlearn.shapes.io.meshes.obj import write_obj
from geomlearn.shapes.io.meshes.off import write_off
from geomlearn.shapes.io.meshes.ply import write_ply
from geomlearn.shapes.io.meshes.stl import write_stl
from geomlearn.shapes.io.scenes.gltf import write_glb
from geomlearn.shapes.io.vtk.write import write_vtp
from geomlearn.shapes.shape import Shape

_PLAIN = {".obj": write_obj, ".off": write_off, ".glb": write_glb, ".stl": write_stl}
WRITABLE = (".obj", ".off", ".ply", ".stl", ".vtp", ".glb", ".npz")
# These have room for named arrays with a row per vertex.
WITH_POINT_DATA = (".ply", ".vtp", ".npz")


def write_shape(
    path: str | os.PathLike[str],
    shape: Shape,
    *,
    point_data: Mapping[str, np.ndarray] | None = None,
    metadata: Mapping[str, Any] | None = None,
    force: bool = False,
) -> Path:
    """Write a shape; the suffix, one of `WRITABLE`, chooses the format.

    Parameters
    ----------
    point_data   arrays with one row per vertex by name, for .vtp, .npz and .ply.
    metadata     words to JSON-able values, about the shape and its point data, for .vtp, .npz and .ply.
    force        overwrite an existing file.

    Returns
    -------
    The path written.

    Raises
    ------
    FormatError    the suffix is not among `WRITABLE`, or the format cannot carry this point data, or no cloud.
    SizeMismatch   an array of the point data does not have one row per vertex.
    GeomError      the file exists and `force` is false.
    """
    path = Path(path)
    data = _checked(path, shape, point_data or {})
    with atomic_path(path, force=force) as temporary:
        match path.suffix.lower():
            case ".npz":
                write_npz(temporary, shape, data, metadata)
            case ".vtp":
                temporary.write_bytes(write_vtp(shape, data, metadata))
            case ".ply":
                temporary.write_bytes(write_ply(shape, data, metadata))
            case suffix:
                temporary.write_bytes(_PLAIN[suffix](shape))
    return path


def without_room(suffix: str, shape: Shape, point_data: Mapping[str, np.ndarray]) -> list[str]:
    """What a file of this suffix has no room for, in words; what is left can be written."""
    lost = []
    if suffix == ".stl":
        lost += ["normals of vertices"] if shape.normals is not None else []
        lost += ["colours"] if shape.colors is not None else []
    if suffix not in WITH_POINT_DATA:
        lost += [shown(name) for name in point_data]
    return lost


def shown(name: str) -> str:
    """The name of an array, short enough for a sentence."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 30 else f"{plain[:29]}…"


def _checked(path: Path, shape: Shape, point_data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        known = f"Use one of {', '.join(WRITABLE)}."
        raise FormatError(f"Shapes are not written as {suffix or 'files without a suffix'}.", known)
    if suffix == ".stl" and shape.is_cloud:
        raise FormatError(f"An stl file holds triangles, and {shape.name} is a point cloud.", "Use .ply or .vtp.")
    data = {name: np.asarray(values) for name, values in point_data.items()}
    for name, values in data.items():
        if values.ndim not in (1, 2) or len(values) != shape.n_vertices:
            raise SizeMismatch(
                f"{name} has shape {values.shape}, but {shape.name} has {shape.n_vertices} vertices.",
                "Give one row per vertex.",
            )
        if suffix not in WITH_POINT_DATA:
            raise FormatError(f"A {suffix[1:]} file cannot carry {name} of shape {values.shape}.", "Use .vtp or .npz.")
    return data
