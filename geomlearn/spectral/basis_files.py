"""Bases as files: npz, mat, h5 with everything; vtp with the modes as fields for viewers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

import geomlearn
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.files import existing_file
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.cotan import vertex_areas

# Names under which other programs store the same things, in the order of trust.
_EVALS = ("evals", "Eigenvalues", "eigenvalues", "eigvals", "lambda", "Lambda")
_EVECS = ("evecs", "Eigenvectors", "eigenvectors", "eigvecs", "phi", "Phi")
_MASS = ("mass", "A", "M", "area", "areas")
_VERTICES = ("vertices", "VERT", "Points", "points", "V", "X")
_FACES = ("faces", "TRIV", "Faces", "F", "T")
_MODE = re.compile(r"mode (\d+) eigenvalue (\S+)")


def write_basis(path: str | Path, basis: Basis, shape: Shape | None = None, *, force: bool = False) -> Path:
    """Write a basis with its metadata; the suffix (.npz, .mat, .h5, .vtp) chooses the format.

    Arrays are `evals evecs mass`, and `vertices faces` (counting from 0) when the shape is given; .vtp needs it, and
    holds each mode as a field named after its eigenvalue, and the metadata as JSON text in the field data.

    Raises
    ------
    FormatError   the suffix is none of these, or .vtp without a shape.
    SizeMismatch  the shape has another number of vertices than the basis.
    GeomError     the file exists and `force` is false.
    """
    path = Path(path)
    if shape is not None and shape.n_vertices != basis.n_vertices:
        raise SizeMismatch(
            f"The basis belongs to {basis.n_vertices} vertices, {shape.name} has {shape.n_vertices}.",
            "Give the shape it was computed on.",
        )
    if path.suffix.lower() == ".vtp":
        return _write_vtp(path, basis, shape, force)
    arrays = {"evals": basis.evals, "evecs": basis.evecs, "mass": basis.mass}
    if shape is not None:
        arrays |= {"vertices": shape.vertices, "faces": shape.faces}
    return write_arrays(path, arrays, _metadata(basis), force=force)


def read_basis(path: str | Path) -> Basis:
    """Read a basis; the content decides the format.

    MATLAB files of functional-map code are understood: eigenvalues as a vector or a diagonal matrix, areas as a vector
    or a diagonal matrix A (sparse or full), loose variables or one struct. Whatever had to be assumed is listed in the
    metadata under `inferred`, and the worst deviation of Φᵀ M Φ from the identity under `orthonormality`.

    Raises
    ------
    FormatError   the file is missing or damaged, holds no eigenvectors, or nothing says how much each vertex weighs.
    SizeMismatch  its arrays do not belong together.
    """
    path = existing_file(path)
    with path.open("rb") as stream:
        head = stream.read(256)
    if b"<VTKFile" in head or path.suffix.lower() == ".vtp":
        return _read_vtp(path)
    arrays, metadata = read_arrays(path)
    arrays = _opened(arrays)
    inferred: list[str] = []
    evecs = _matrix(_take(arrays, _EVECS, "eigenvectors", path, inferred), "eigenvectors", path)
    evals = _diagonal(_take(arrays, _EVALS, "eigenvalues", path, inferred))
    mass = _mass(arrays, evecs, path, inferred)
    if (np.diff(evals) < 0).any():
        order = np.argsort(evals, kind="stable")
        evals, evecs = evals[order], evecs[:, order]
        inferred.append("The eigenvalues were not ascending; they and their vectors were sorted.")
    return _finished(evals, evecs, mass, metadata, inferred, path)


def _metadata(basis: Basis) -> dict[str, Any]:
    return {
        "version": geomlearn.__version__,
        "source": "",
        "parameters": {},
        **basis.metadata,
        "content": "basis",
        "operator": basis.operator,
        "boundary": basis.boundary,
        "n_source": basis.n_vertices,
        "index_base": 0,
    }


def _write_vtp(path: Path, basis: Basis, shape: Shape | None, force: bool) -> Path:
    from geomlearn.shapes.io import write_shape

    if shape is None:
        raise FormatError("A .vtp file needs the shape that carries the modes.", "Give the shape, or write .npz.")
    return write_shape(path, shape, point_data=fields_of(basis), metadata=_metadata(basis), force=force)


def fields_of(basis: Basis) -> dict[str, np.ndarray]:
    """The areas and the modes as arrays (n,) by name; the name of a mode says its eigenvalue."""
    fields = {"mass": basis.mass}
    for i, value in enumerate(basis.evals.tolist()):
        fields[f"mode {i:04d} eigenvalue {value!r}"] = np.ascontiguousarray(basis.evecs[:, i])
    return fields


def _read_vtp(path: Path) -> Basis:
    from geomlearn.shapes.io import read_metadata, read_point_data

    fields = read_point_data(path)
    try:
        modes = sorted((int(match[1]), float(match[2]), name) for name in fields if (match := _MODE.fullmatch(name)))
    except ValueError:
        raise FormatError(f"{path.name} is damaged: a mode is called by no number.", "Export it again.") from None
    if not modes or "mass" not in fields:
        raise FormatError(f"{path.name} holds no basis: no fields called mode … and mass.", "Give a file from `basis`.")
    evals = np.array([value for _, value, _ in modes])
    evecs = np.column_stack([fields[name] for _, _, name in modes])
    return _finished(evals, evecs, fields["mass"], read_metadata(path), [], path)


def _finished(
    evals: np.ndarray,
    evecs: np.ndarray,
    mass: np.ndarray,
    metadata: Mapping[str, Any],
    inferred: list[str],
    path: Path,
) -> Basis:
    if len(evals) != evecs.shape[1] or len(mass) != len(evecs):
        raise SizeMismatch(
            f"{path.name}: {len(evals)} eigenvalues, eigenvectors {evecs.shape}, {len(mass)} areas do not fit.",
            "Export it again.",
        )
    if not (np.isfinite(evals).all() and np.isfinite(evecs).all() and np.isfinite(mass).all()):
        raise FormatError(f"{path.name} holds numbers that are not finite.", "Export it again.")
    if (mass < 0).any() or not (mass > 0).any():
        raise FormatError(f"{path.name} holds areas of vertices below zero, or none above.", "Export it again.")
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = np.abs(evecs.T @ (mass[:, None] * evecs) - np.eye(len(evals))).max(initial=0.0)
    if not np.isfinite(deviation):
        raise FormatError(f"{path.name} is damaged: its modes are larger than numbers can be.", "Export it again.")
    if "operator" not in metadata:
        inferred.append("The file does not say which operator the modes belong to.")
    rest = {**metadata, "orthonormality": float(deviation), "inferred": inferred}
    return Basis(evals, evecs, mass, str(metadata.get("operator", "")), str(metadata.get("boundary", "unknown")), rest)


def _opened(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a file, with the fields of MATLAB structs beside them under their own names."""
    fields = {name.rpartition("/")[2]: value for name, value in arrays.items() if "/" in name}
    return {**fields, **arrays}


def _take(arrays: Mapping[str, Any], names: tuple[str, ...], what: str, path: Path, inferred: list[str]) -> Any:
    for name in names:
        if name in arrays:
            if name != names[0]:
                inferred.append(f"The {what} are the variable {name}.")
            return arrays[name]
    raise FormatError(f"{path.name} holds no {what}: none of {', '.join(names)}.", "Give a file with a basis.")


def _matrix(value: Any, what: str, path: Path) -> np.ndarray:
    value = value.toarray() if sp.issparse(value) else np.asarray(value)
    if value.dtype.kind not in "fiu" or value.ndim not in (1, 2):
        raise FormatError(f"The {what} of {path.name} are no matrix of real numbers.", "Export them again.")
    return np.ascontiguousarray(value.reshape(len(value), -1), dtype=np.float64)


def _diagonal(value: Any) -> np.ndarray:
    """A vector, from a vector, a row, a column, or a square matrix with it on the diagonal."""
    if sp.issparse(value):
        dense = value.toarray() if 1 in value.shape else value.diagonal()
        return np.asarray(dense, np.float64).ravel()
    value = np.asarray(value, np.float64)
    if value.ndim == 2 and value.shape[0] == value.shape[1]:
        return value.diagonal().copy()
    return value.ravel()


def _mass(arrays: Mapping[str, Any], evecs: np.ndarray, path: Path, inferred: list[str]) -> np.ndarray:
    for name in _MASS:
        if name in arrays:
            if name != "mass":
                inferred.append(f"The areas are the variable {name}.")
            value = arrays[name]
            if sp.issparse(value) and 1 not in value.shape and abs(value - sp.diags_array(value.diagonal())).max() > 0:
                inferred.append(f"{name} is not diagonal; its row sums are used as areas.")
                return np.asarray(value.sum(axis=1), np.float64).ravel()
            return _diagonal(value)
    try:
        vertices = _matrix(_take(arrays, _VERTICES, "vertices", path, inferred), "vertices", path)
        faces = _matrix(_take(arrays, _FACES, "faces", path, inferred), "faces", path).astype(np.int64)
    except FormatError:
        raise FormatError(f"{path.name} does not say how much each vertex weighs.", "Export the areas too.") from None
    base = int(faces.min()) if faces.size else -1
    fits = base in (0, 1) and faces.shape[1] == 3 and len(vertices) == len(evecs)
    if not fits or faces.max() - base >= len(vertices):
        raise FormatError(
            f"{path.name} holds no areas, and its faces do not fit its vertices.", "Export the areas too."
        )
    inferred.append(f"The areas were computed from the faces, which count from {base}.")
    return vertex_areas(vertices, faces - base)
