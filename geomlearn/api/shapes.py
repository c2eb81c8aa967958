"""Reading, writing and checking shapes."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.api.calls import as_progress, gathered, takes
from geomlearn.core.errors import MeshError
from geomlearn.shapes.cleaning.options import CleanOptions
from geomlearn.shapes.exchange import as_shape
from geomlearn.shapes.shape import Shape

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress
    from geomlearn.shapes.checks import Report
    from geomlearn.shapes.cleaning.cleaned import Cleaned


def read(path: str | PathLike[str]) -> Shape:
    """The mesh or point cloud in a file, or a built-in one.

    Parameters
    ----------
    path   any of the formats of ``geomlearn.shapes.io.READABLE``, told by content; or ``builtin:NAME[@VERTICES]``.

    Raises
    ------
    FormatError      the file is missing, damaged or of no known format.
    MeshError        the geometry in it cannot be used.
    ParameterError   there is no built-in shape of this name.
    """
    return as_shape(path)


def Mesh(vertices: Any, faces: Any = None, *, name: str = "shape") -> Shape:
    """A triangle mesh from arrays, or from the mesh of another library.

    Parameters
    ----------
    vertices   (n, 3); or a trimesh, PyVista or torch-geometric mesh.
    faces      (m, 3) indices counted from 0.

    Raises
    ------
    MeshError   wrong array shapes, non-finite coordinates, a face of a missing vertex, or no face at all.
    """
    shape = as_shape(vertices if faces is None else (vertices, faces))
    if shape.is_cloud:
        raise MeshError("There are no faces.", "Use gl.Cloud for points alone.")
    return shape.replace(name=name) if name != "shape" else shape


def Cloud(points: Any, *, name: str = "shape", normals: np.ndarray | None = None) -> Shape:
    """A point cloud from an array (n, 3), or the vertices of any other shape.

    Raises
    ------
    MeshError   wrong array shapes or non-finite coordinates.
    """
    shape = as_shape(points)
    return Shape(shape.vertices, name=shape.name if name == "shape" else name, normals=normals)


def write(shape: Any, path: str | PathLike[str], *, force: bool = False) -> Path:
    """Write a shape; the suffix chooses the format.

    Raises
    ------
    FormatError   shapes are not written as this suffix.
    GeomError     the file exists and `force` is false.
    """
    from geomlearn.shapes.io import write_shape

    return write_shape(path, as_shape(shape), force=force)


def check(shape: Any) -> Report:
    """What is wrong with a shape, each fault in a sentence; `report.usable` says whether it can be worked with.

    Raises
    ------
    MeshError   there is no shape in what was given.
    """
    from geomlearn.shapes.checks import check as check_shape

    return check_shape(as_shape(shape))


@takes(CleanOptions)
def clean(
    shape: Any,
    options: CleanOptions | None = None,
    *,
    progress: Progress | Callable[[float, str], None] | None = None,
    **settings: Any,
) -> Cleaned:
    """The shape after the steps asked for, in the order of the options; `cleaned.follow(values)` takes fields along.

    Parameters
    ----------
    shape      mesh or cloud, or whatever `as_shape` takes.
    options    the steps; or give them as keywords: ``gl.clean(scan, outliers=True, fill=True)``.

    Raises
    ------
    ParameterError   no step was asked for, or an option is out of range.
    MeshError        a step has no meaning on the shape, or would leave nothing of it.
    DeviceError      the library of a step is not installed.
    """
    from geomlearn.shapes.cleaning.pipeline import clean as clean_shape

    return clean_shape(as_shape(shape), gathered(CleanOptions, options, settings), as_progress(progress))
