"""Reading whatever file a person drops: shape, basis, field, correspondence, landmarks; told apart by content."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.app.model.files.columns import columns_of, numbers_in, read_columns
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import read_shape_item
from geomlearn.core.arrays import holds_arrays
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import existing_file
from geomlearn.core.incoming import as_utf8, read_text, unpacked

_BASIS = {"evals", "evecs", "Eigenvalues", "Eigenvectors", "eigenvalues", "eigenvectors"}
_MODEL = {"vertices", "modes", "eigenvalues"}
_MAP = {"map_ab", "map", "p2p", "p2p_21", "p2p_12"}
_FMAP = {"fmap_ab", "C", "C12", "FM_12"}
_FIELD = {"times", "values", "t", "u", "field"}

# Bytes in which the first lines are looked for.
_HEAD = 4096


@dataclass(frozen=True, eq=False)
class Indices:
    """Vertex indices read from a file: a correspondence, a list of true points, or landmarks; the scene tells which.

    Attributes
    ----------
    table     (r, 1) or (r, 2) integers as the file has them, whatever it counts from.
    metadata  what the file says about itself.
    """

    table: np.ndarray
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class OnVertices:
    """A Basis, FieldSeries, StoredShapeModel or Columns, with the shape that its file holds too, or None."""

    content: Any
    shape: ShapeItem | None


def load_any(source: str, index_base: int | None = None) -> Any:
    """What a file holds: a ShapeItem, OnVertices, Indices or FunctionalMapFile. Run it in a worker.

    Parameters
    ----------
    index_base   what the faces of a shape count from, where the file does not keep to its format.

    Raises
    ------
    FormatError   it is none of these, or damaged.
    """
    if source.startswith("builtin:"):
        return read_shape_item(source)
    path = existing_file(source)
    with path.open("rb") as stream:
        head = stream.read(128)
    if holds_arrays(head) and path.suffix.lower() != ".npy":
        return _from_container(path)
    if path.suffix.lower() == ".pvd":
        return OnVertices(_field(path), None)
    if path.suffix.lower() in (".vtp", ".vtu", ".vtk"):
        return _from_vtk(path)
    if _are_indices(path):
        return _indices(path)
    if _is_column(path):
        return OnVertices(read_columns(path), None)
    return read_shape_item(str(path), index_base)


def _from_container(path: Path) -> Any:
    from geomlearn.core.arrays import read_arrays

    try:
        arrays = read_arrays(path)[0]
    except FormatError:
        # A zip that is no npz may still be a shape: 3mf is one.
        return read_shape_item(str(path))
    names = set(arrays)
    if names >= _MODEL:
        from geomlearn.collections.morphometrics.model_files import read_shape_model

        return OnVertices(read_shape_model(path), _own_shape(path))
    if len(names & _BASIS) >= 2:
        from geomlearn.spectral.basis_files import read_basis

        return OnVertices(read_basis(path), _own_shape(path))
    if names & _MAP:
        return _indices(path)
    if names & _FMAP:
        return _functional_map(path)
    if names & _FIELD:
        return OnVertices(_field(path), _own_shape(path))
    own = _own_shape(path)
    found = columns_of(arrays)
    if found is None or (own is not None and found.values.shape[1] != own.shape.n_vertices):
        return own or read_shape_item(str(path))
    return OnVertices(found, own)


def _from_vtk(path: Path) -> Any:
    """A shape, with the basis or the numbers on it."""
    from geomlearn.spectral.basis import Basis
    from geomlearn.spectral.basis_files import read_basis

    shape = read_shape_item(str(path))
    for read in (read_basis, read_columns):
        with suppress(FormatError):
            found = read(path)
            if len(found.mass if isinstance(found, Basis) else found.values.T) == shape.shape.n_vertices:
                return OnVertices(found, shape)
    return shape


def _own_shape(path: Path) -> ShapeItem | None:
    """The shape that lies in the file beside what belongs to it."""
    try:
        return read_shape_item(str(path))
    except GeomError:
        return None


def _is_column(path: Path) -> bool:
    """Whether it holds one fraction a line, or is a flat .npy of fractions."""
    if path.suffix.lower() == ".npy":
        from geomlearn.core.arrays import read_arrays

        array = read_arrays(path)[0]["array"]
        return array.ndim == 1 and array.size > 1 and array.dtype.kind == "f"
    if path.suffix.lower() not in (".txt", ".csv"):
        return False
    lines = _first_lines(path)
    # The last line may be cut in the middle.
    return numbers_in("\n".join(lines[:-1] or lines)) is not None


def _first_lines(path: Path) -> list[str]:
    with path.open("rb") as stream:
        head = as_utf8(unpacked(stream.read(_HEAD), path.name, _HEAD))
    return head.decode("utf-8", "replace").splitlines()[:40]


def _are_indices(path: Path) -> bool:
    """Whether the first lines hold one or two integers each: a correspondence or landmarks and not a point cloud."""
    if path.suffix.lower() not in (".txt", ".map", ".vts", ".csv", ".npy"):
        return False
    if path.suffix.lower() == ".npy":
        from geomlearn.core.arrays import read_arrays

        array = read_arrays(path)[0]["array"]
        return array.ndim in (1, 2) and max(array.shape, default=0) == array.size and array.dtype.kind in "iu"
    lines = _first_lines(path)
    rows = [line.replace(",", " ").split() for line in lines if line.strip() and not line.startswith(("#", "%"))]
    if rows and not any(word[:1].isdigit() for word in rows[0]):
        rows = rows[1:]
    # The last line may be cut in the middle.
    rows = rows[:-1] or rows
    return bool(rows) and all(len(row) in (1, 2) and all(w.lstrip("-").isdigit() for w in row) for row in rows)


def _indices(path: Path) -> Indices:
    from geomlearn.matching.io.maps import parse_columns, read_map

    if path.suffix.lower() in (".txt", ".map", ".vts", ".csv"):
        table, metadata = parse_columns(read_text(path), path.name)
        return Indices(table, metadata)
    found = read_map(path)
    return Indices((found.map_ab + found.index_base)[:, None], found.metadata)


def _functional_map(path: Path) -> Any:
    from geomlearn.matching.io.functional_maps import read_fmap

    return read_fmap(path)


def _field(path: Path) -> Any:
    from geomlearn.operators.fields.field_files import read_field

    return read_field(path)
