"""Reading whatever file a person drops: a shape, a basis, a field or a correspondence, told apart by content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.model.items import ShapeItem
from app.model.results import read_shape_item
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import existing_file

_CONTAINERS = (b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"MATLAB")
_BASIS = {"evals", "evecs", "Eigenvalues", "Eigenvectors", "eigenvalues", "eigenvectors"}
_MAP = {"map_ab", "map", "p2p", "p2p_21", "p2p_12"}
_FIELD = {"times", "values", "t", "u", "field"}


def load_any(source: str) -> Any:
    """What a file holds, as a ShapeItem, Basis, FieldSeries or MapFile. Reads files: run it in a worker.

    Raises
    ------
    FormatError   it is none of these, or damaged.
    """
    if source.startswith("builtin:"):
        return read_shape_item(source)
    path = existing_file(source)
    with path.open("rb") as stream:
        head = stream.read(16)
    if any(head.startswith(mark) for mark in _CONTAINERS):
        return _from_container(path)
    if path.suffix.lower() == ".pvd":
        return _field(path)
    if _is_column(path):
        return _map(path)
    return read_shape_item(str(path))


def _from_container(path: Path) -> Any:
    from geomlearn.core.arrays import read_arrays

    try:
        names = set(read_arrays(path)[0])
    except FormatError:
        # A zip that is no npz may still be a shape: 3mf is one.
        return read_shape_item(str(path))
    if len(names & _BASIS) >= 2:
        from geomlearn.spectral.basis_files import read_basis

        return read_basis(path)
    if names & _MAP:
        return _map(path)
    if names & _FIELD:
        return _field(path)
    return read_shape_item(str(path))


def _is_column(path: Path) -> bool:
    """Whether the first lines hold one integer each: a correspondence and not a point cloud."""
    if path.suffix.lower() not in (".txt", ".map", ".vts", ".csv", ".npy"):
        return False
    if path.suffix.lower() == ".npy":
        import numpy as np

        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return array.ndim == 1 and np.issubdtype(array.dtype, np.integer)
    with path.open("rb") as stream:
        lines = stream.read(4096).decode("utf-8", "replace").splitlines()[:20]
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return bool(words) and all(len(row) == 1 and row[0].lstrip("-").isdigit() for row in words)


def _map(path: Path) -> Any:
    from geomlearn.matching.map_files import read_map

    return read_map(path)


def _field(path: Path) -> Any:
    from operators.fields.field_files import read_field

    return read_field(path)


def kind_of(loaded: Any) -> str:
    """The word for what was read: shape, basis, field, map.

    Raises
    ------
    GeomError   it is nothing the stage can show.
    """
    if isinstance(loaded, ShapeItem):
        return "shape"
    for attribute, kind in (("evecs", "basis"), ("times", "field"), ("map_ab", "map")):
        if hasattr(loaded, attribute):
            return kind
    raise GeomError(f"A {type(loaded).__name__} cannot be shown.", "Open a shape, a basis, a field or a map.")
