"""A mesh or cloud for every sample, with values at its vertices: arrays, groups of one file, or a file each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, GeomError, SizeMismatch
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.operators.data.samples import AnySamples, Samples, ShapeSamples, join
from geomlearn.shapes.shape import Shape

Arrays = Mapping[str, np.ndarray]
MESH_SUFFIXES = (".vtp", ".vtu", ".vtk")

_VERTICES = ("vertices", "verts", "points", "pos", "nodes", "coords", "vertex", "VERT", "V", "v")
_FACES = ("faces", "triangles", "tri", "triv", "cells", "elements", "face", "TRIV", "F", "f")
_INPUTS = ("inputs", "input", "a", "x")
_TARGETS = ("targets", "target", "outputs", "output", "u", "y")
# What other programs add to a mesh, which nobody means to learn.
_ADDED = ("normals", "vtkoriginalpointids", "texture coordinates", "tcoords")


def meshes(arrays: Arrays, options: ReadingOptions) -> AnySamples | None:
    """Samples of one file: a group for each, or arrays of one mesh or of meshes of one size; None for other arrays.

    Points of the plane (N, n, 2) without faces stay such points.
    """
    groups = _groups(arrays)
    if groups:
        return join([mesh_sample(members, name, options) for name, members in groups.items()])
    vertices, inputs = _first(arrays, _VERTICES), _fields(arrays, options, "inputs", _INPUTS)
    if vertices is None or not inputs or "triang" in arrays:
        return None
    targets = _fields(arrays, options, "targets", _TARGETS)
    if not targets:
        return None
    n = vertices.shape[-2]
    if vertices.ndim == 2 and all(len(value) == n for value in (*inputs.values(), *targets.values())):
        return mesh_sample(arrays, "the mesh", options)
    if vertices.ndim == 3 and vertices.shape[-1] == 2 and _first(arrays, _FACES) is None:
        return _in_the_plane(vertices, inputs, targets, arrays)
    return _stacked(arrays, vertices, inputs, targets)


def holds_mesh(arrays: Arrays) -> bool:
    """Whether arrays are one mesh with values at its vertices, by their names."""
    vertices = _first(arrays, _VERTICES)
    return vertices is not None and vertices.ndim == 2 and vertices.shape[1] in (2, 3) and len(arrays) > 1


def mesh_sample(arrays: Arrays, name: str, options: ReadingOptions) -> ShapeSamples:
    """One sample of named arrays: vertices (n, 2 or 3), faces (m, 3) or none, and values (n,) or (n, c).

    Raises
    ------
    FormatError    an array is missing.
    SizeMismatch   values of another number of vertices.
    """
    vertices = _first(arrays, _VERTICES)
    if vertices is None:
        raise FormatError(f"{name} holds no vertices.", "Call them vertices (n, 3), and faces (m, 3).")
    shape = _shape(vertices, _first(arrays, _FACES), name)
    sides = [
        _columns(_fields(arrays, options, of, words), shape.n_vertices, name, of, arrays)
        for of, words in (("inputs", _INPUTS), ("targets", _TARGETS))
    ]
    return _one(shape, *sides)


def read_mesh_file(path: Path, options: ReadingOptions) -> ShapeSamples:
    """One sample of a vtp, vtu or vtk file and its point data.

    Raises
    ------
    FormatError   the data that is to be learned is not there, or not named.
    """
    from geomlearn.shapes.io import read_point_data, read_shape

    shape = read_shape(path)
    data = {name: value for name, value in read_point_data(path).items() if name.lower() not in _ADDED}
    sides = [
        _columns(_fields(data, options, of, words), shape.n_vertices, path.name, of, data)
        for of, words in (("inputs", _INPUTS), ("targets", _TARGETS))
    ]
    return _one(shape, *sides)


def joined(parts: Sequence[ShapeSamples], names: Sequence[str]) -> ShapeSamples:
    """The samples of many files as one set, equal shapes kept once.

    Raises
    ------
    SizeMismatch   a file has other fields than the first.
    """
    first = parts[0]
    for part, name in zip(parts, names, strict=True):
        if (part.input_names, part.target_names) != (first.input_names, first.target_names):
            raise SizeMismatch(
                f"{name} holds {', '.join(part.input_names)} to {', '.join(part.target_names)}, and {names[0]} "
                f"{', '.join(first.input_names)} to {', '.join(first.target_names)}.",
                "Give all files the same fields.",
            )
    return join(parts)


def _groups(arrays: Arrays) -> dict[str, dict[str, np.ndarray]]:
    """The members of each group that holds vertices, by its name."""
    groups: dict[str, dict[str, np.ndarray]] = {}
    for name, value in arrays.items():
        group, slash, member = name.rpartition("/")
        if slash:
            groups.setdefault(group, {})[member] = value
    return {name: members for name, members in groups.items() if _first(members, _VERTICES) is not None}


def _stacked(
    arrays: Arrays, vertices: np.ndarray, inputs: dict[str, np.ndarray], targets: dict[str, np.ndarray]
) -> ShapeSamples:
    """vertices (n, d) or (N, n, d), and values (N, n) or (N, n, c)."""
    n_samples, n = len(next(iter(inputs.values()))), vertices.shape[-2]
    if vertices.ndim == 3 and len(vertices) != n_samples:
        raise SizeMismatch(f"There are {len(vertices)} meshes and {n_samples} samples.", "Give one mesh for each.")
    faces = _first(arrays, _FACES)
    parts = []
    for i in range(n_samples):
        own = vertices[i] if vertices.ndim == 3 else vertices
        name = f"mesh {i}" if vertices.ndim == 3 else "the mesh"
        shape = _shape(own, faces[i] if faces is not None and faces.ndim == 3 else faces, name)
        sides = [
            _columns({key: value[i] for key, value in side.items()}, n, f"sample {i}", of, arrays)
            for of, side in (("inputs", inputs), ("targets", targets))
        ]
        parts.append(_one(shape, *sides))
    return join(parts)


def _in_the_plane(
    points: np.ndarray, inputs: dict[str, np.ndarray], targets: dict[str, np.ndarray], arrays: Arrays
) -> Samples:
    n_samples, n = points.shape[:2]
    low, high = points.min((0, 1)), points.max((0, 1))
    sides = []
    for of, side in (("inputs", inputs), ("targets", targets)):
        rows = [_columns({k: v[i] for k, v in side.items()}, n, f"sample {i}", of, arrays) for i in range(n_samples)]
        sides.append((np.stack([values for values, _ in rows]), rows[0][1]))
    return Samples(
        sides[0][0],
        sides[1][0],
        (points - low) / np.where(high > low, high - low, 1),
        input_names=sides[0][1],
        target_names=sides[1][1],
        metadata={"read": f"{', '.join(sides[0][1])} to {', '.join(sides[1][1])} at the points"},
    )


def _shape(vertices: np.ndarray, faces: np.ndarray | None, name: str) -> Shape:
    vertices = np.asarray(vertices, np.float64)
    if vertices.ndim == 2 and vertices.shape[1] == 2:
        vertices = np.column_stack([vertices, np.zeros(len(vertices))])
    faces = np.zeros((0, 3), np.int64) if faces is None else np.asarray(faces, np.int64).reshape(-1, 3)
    if len(faces) and faces.min() >= 1 and faces.max() == len(vertices):
        # The last index is only there when counting from 1.
        faces = faces - 1
    try:
        return Shape(vertices, faces, Path(name).stem)
    except GeomError as error:
        raise FormatError(f"{name}: {error.message}", error.hint) from None


def _one(
    shape: Shape, inputs: tuple[np.ndarray, tuple[str, ...]], targets: tuple[np.ndarray, tuple[str, ...]]
) -> ShapeSamples:
    read = f"{', '.join(inputs[1])} to {', '.join(targets[1])} at the vertices"
    return ShapeSamples(
        (shape,),
        np.zeros(1),
        (inputs[0],),
        (targets[0],),
        input_names=inputs[1],
        target_names=targets[1],
        metadata={"read": read},
    )


def _fields(arrays: Arrays, options: ReadingOptions, of: str, words: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays that were asked for by name, or the first of the names in use."""
    chosen = options.names(of) or tuple(word for word in words if word in arrays)[:1]
    return {name: np.asarray(arrays[name]) for name in chosen if name in arrays}


def _columns(
    fields: dict[str, np.ndarray], n: int, name: str, of: str, arrays: Arrays
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Values (n, c) and a name for each column."""
    if not fields:
        held = ", ".join(f"{key} {np.shape(value)}" for key, value in list(arrays.items())[:12])
        raise FormatError(f"{name} does not say which values are the {of}: it holds {held}.", f"Name them with --{of}.")
    columns, names = [], []
    for key, value in fields.items():
        value = value[:, None] if value.ndim == 1 else value
        if value.ndim == 2 and len(value) != n and value.shape[1] == n:
            value = value.T
        if value.ndim != 2 or len(value) != n:
            raise SizeMismatch(
                f"{key} of {name} has shape {value.shape}, on {n} vertices.", "Give one row of values per vertex."
            )
        columns.append(value)
        names += [key] if value.shape[1] == 1 else [f"{key}{i}" for i in range(value.shape[1])]
    return np.concatenate(columns, 1), tuple(names)


def _first(arrays: Arrays, words: Sequence[str]) -> np.ndarray | None:
    return next((np.asarray(arrays[word]) for word in words if word in arrays), None)
