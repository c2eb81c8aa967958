"""Fields in files: npz, h5 and mat for programs, vtp and pvd for ParaView and its kin."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.files import existing_file
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.operators.fields.vtp_series import read_pvd, write_pvd, write_vtp
from geomlearn.shapes.shape import Shape

READABLE = (".npz", ".h5", ".hdf5", ".mat", ".npy", ".pvd")
WRITABLE = (".npz", ".h5", ".hdf5", ".mat", ".pvd", ".vtp")


def write_field(
    path: str | PathLike[str], series: FieldSeries, shape: Shape | None = None, *, force: bool = False
) -> Path:
    """Write a series of fields; the suffix chooses the format.

    npz, h5, mat   arrays `times` (t,), `values` (t, n) or (t, n, c), `vertices` and `faces` when the shape is given,
                   and the metadata with the `names` of the functions.
    vtp            one frame on its shape.
    pvd            an index of frames, and beside it a folder NAME_frames with one vtp for each.

    Parameters
    ----------
    shape   the shape of n vertices; vtp and pvd need it.

    Returns
    -------
    The path written, absolute for the index of a series.

    Raises
    ------
    FormatError    another suffix, several frames into one vtp, or no shape for vtp and pvd.
    SizeMismatch   the shape has another number of vertices.
    GeomError      the file exists and `force` is false, or cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise FormatError(
            f"A field cannot be written as {suffix or 'a file without suffix'}.", f"Use {', '.join(WRITABLE)}."
        )
    if shape is not None and shape.n_vertices != series.n_vertices:
        raise SizeMismatch(
            f"The field has {series.n_vertices} values a frame, but {shape.name} has {shape.n_vertices} vertices.",
            "Give the shape it was solved on.",
        )
    if suffix in (".vtp", ".pvd"):
        if shape is None:
            raise FormatError(
                f"A {suffix} file shows a field on its shape, and no shape was given.", "Give the shape too."
            )
        write = write_vtp if suffix == ".vtp" else write_pvd
        return write(path, series, shape, force=force)
    arrays = {"times": series.times, "values": series.values}
    if shape is not None:
        arrays |= {"vertices": shape.vertices, "faces": shape.faces}
    return write_arrays(path, arrays, {**series.metadata, "names": list(series.names)}, force=force)


def read_field(path: str | Path) -> FieldSeries:
    """The series in a file that `write_field` wrote, or in any npz, h5, mat or npy with fitting arrays.

    Without `times` the frames are numbered 0, 1, …; an array (n,) is one frame.

    Raises
    ------
    FormatError   the file is missing, damaged, or holds no field.
    """
    path = existing_file(path)
    if path.suffix.lower() == ".pvd":
        return read_pvd(path)
    arrays, metadata = read_arrays(path)
    values = arrays.get("values", arrays.get("array"))
    if values is None:
        held = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items()) or "nothing"
        raise FormatError(f"{path.name} holds {held}, but no array called values.", "Give a file of `geomlearn solve`.")
    values = _numbers(path, "values", values)
    values = values[None] if values.ndim == 1 else values
    times = np.atleast_1d(_numbers(path, "times", arrays.get("times", np.arange(len(values)))))
    names = tuple(_names(metadata.pop("names", None), values))
    try:
        return FieldSeries(times, _unflattened(values, times), names, metadata)
    except SizeMismatch as error:
        raise FormatError(f"{path.name}: {error.message}", error.hint) from None


def _numbers(path: Path, name: str, array: np.ndarray) -> np.ndarray:
    if (
        np.ndim(array) == 0
        or np.size(array) == 0
        or not np.issubdtype(array.dtype, np.number)
        or np.iscomplexobj(array)
    ):
        raise FormatError(f"The array {name} in {path.name} holds no real numbers.", "Export the field again.")
    return np.asarray(array, np.float64)


def _unflattened(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """MATLAB keeps no (1, n) apart from (n, 1): one time means one frame."""
    return values.reshape(1, -1) if len(times) == 1 and values.ndim == 2 and values.shape[1] == 1 else values


def _names(stored: Any, values: np.ndarray) -> list[str]:
    count = values.shape[2] if values.ndim == 3 else 1
    if isinstance(stored, list) and len(stored) == count:
        return [str(name) for name in stored]
    return ["u"] if count == 1 else [f"u{i}" for i in range(count)]
