"""Files of values on vertices: labels, fields, landmarks, texture coordinates; and what kind a file seems to hold."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from geomlearn.collections.transfer.carry import Carried
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.tables import read_number_table

Kind = Literal["labels", "field", "landmarks", "uv"]
TEXT, ARRAYS = (".txt", ".csv", ".vts", ".dat"), (".npz", ".mat", ".h5", ".hdf5")
WRITABLE = (*TEXT, ".npy", *ARRAYS)


def read_values(path: str | Path, key: str = "") -> np.ndarray:
    """The numbers of a file, (n,) or (n, c): columns of a text, or an array.

    Parameters
    ----------
    key   which array, where a file holds several.

    Raises
    ------
    FormatError      the file is missing or damaged, or holds no numbers.
    ParameterError   it holds several arrays and `key` names none of them.
    """
    path = existing_file(path)
    if path.suffix.lower() in TEXT:
        table = np.asarray(read_number_table(path))
        table = table[:, 0] if table.ndim == 2 and table.shape[1] == 1 else table
        return _whole(table)
    arrays = {
        name: one for name, one in read_arrays(path)[0].items() if one.ndim in (1, 2) and one.dtype.kind in "biuf"
    }
    name = key or (next(iter(arrays)) if len(arrays) == 1 else "values" if "values" in arrays else "")
    if name not in arrays:
        there = ", ".join(list(arrays)[:8]) or "none"
        raise ParameterError(f"{path.name} holds these arrays of numbers: {there}.", f"Write {path.name}:NAME.")
    return _whole(arrays[name])


def kind_of(values: np.ndarray, n_source: int, n_target: int) -> Kind:
    """What values seem to be: integers a vertex are labels, a few integers landmarks, the rest a field.

    Raises
    ------
    ParameterError   they are not one a vertex of either shape, and no indices.
    """
    whole = values.dtype.kind in "iub"
    if len(values) in (n_source, n_target):
        return "labels" if whole and values.ndim == 1 else "field"
    if whole and values.ndim == 1:
        return "landmarks"
    raise ParameterError(
        f"{len(values)} values fit neither the source ({n_source} vertices) nor the target ({n_target}).",
        "Give one a vertex, or a list of vertices as landmarks.",
    )


def write_values(path: Path, carried: Carried, *, force: bool = False) -> Path:
    """Write values; beside labels their confidence, as a second column (csv) or array (npz …), or in a file of its own.

    Raises
    ------
    FormatError   values are not written as this suffix.
    GeomError     a file exists and `force` is false.
    """
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise FormatError(f"Values cannot be written as {suffix or 'a file without suffix'}.", f"Use {WRITABLE}.")
    values, confidence = carried.values, carried.confidence
    if suffix in ARRAYS:
        more = {} if confidence is None else {"confidence": confidence}
        return write_arrays(path, {"values": values, **more}, {"n_filled": carried.n_filled}, force=force)
    if suffix == ".csv" and confidence is not None:
        lines = [f"{label},{share:.4f}" for label, share in zip(values.tolist(), confidence.tolist(), strict=True)]
        return _write(path, "\n".join(["label,confidence", *lines]), force=force)
    if confidence is not None:
        beside = path.with_name(f"{path.stem}.confidence{path.suffix}")
        _one(beside, confidence, force=force)
    return _one(path, values, force=force)


def _one(path: Path, values: np.ndarray, *, force: bool) -> Path:
    if path.suffix.lower() == ".npy":
        with atomic_path(path, force=force) as temporary:
            np.save(temporary, values)
        return path
    mark = "," if path.suffix.lower() == ".csv" else " "
    rows = values[:, None] if values.ndim == 1 else values
    whole = values.dtype.kind in "iub"
    lines = (mark.join(str(one) if whole else f"{one:.9g}" for one in row) for row in rows.tolist())
    return _write(path, "\n".join(lines), force=force)


def _write(path: Path, text: str, *, force: bool) -> Path:
    with atomic_path(path, force=force) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")
    return path


def _whole(values: np.ndarray) -> np.ndarray:
    """Integers where all are, which text does not tell."""
    if values.size == 0:
        raise FormatError("The file holds no values.", "Give one a vertex, or a list of vertices.")
    if not np.isfinite(values).all():
        return values
    return values.astype(np.int64) if values.dtype.kind in "iub" or (values == np.round(values)).all() else values
