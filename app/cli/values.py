"""Numbers on vertices from a file and a key: a mode of a basis, a frame of a field, a column of an array."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.app.cli.files import split_key
from geomlearn.app.figures.figure import Values
from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.core.tables import read_number_table

_TEXT = (".txt", ".csv", ".dat")
_VTK = (".vtp", ".vtu", ".vtk")
_ARRAYS = (".npz", ".mat", ".h5", ".hdf5")
_MOST_NAMES = 8
# What the files of bases and of fields hold.
_BASIS, _SERIES = {"evals", "evecs"}, {"times", "values"}


def read_values(spec: str, n_vertices: int) -> Values:
    """The numbers that ``FILE[:KEY]`` names, one per vertex, with what to write beside their scale.

    ========================  =======================================================
    ``basis.npz:evecs:5``     mode 5 of a basis, counted from 0; also ``basis.npz:5``
    ``heat.npz:12``           frame 12 of a field, -1 the last; also ``heat.npz:u:12``
    ``data.npz:curvature``    an array with one number per vertex
    ``data.npz:coords:2``     a column of an array
    ``values.txt``            one number per line
    ========================  =======================================================

    Raises
    ------
    FormatError     the file is missing or damaged.
    ParameterError  it has no such key; the sentence lists those it has.
    SizeMismatch    the numbers belong to another shape.
    """
    found = numbers(spec)
    if len(found.values) != n_vertices:
        raise SizeMismatch(
            f"{spec} has {len(found.values):,} values, but the shape has {n_vertices:,} vertices.",
            "Give values computed on this very shape.",
        )
    return found


def numbers(spec: str) -> Values:
    """The numbers that ``FILE[:KEY]`` names, however many.

    Raises
    ------
    FormatError, ParameterError   as `read_values`.
    """
    path, keys = split_key(spec)
    return _find(Path(path), keys)


def read_moments(spec: str, n_vertices: int) -> tuple[Values, ...]:
    """All moments of the field in time that ``FILE[:NAME]`` names; empty where it names one moment, or no such field.

    Raises
    ------
    FormatError, ParameterError, SizeMismatch   as `read_values`.
    """
    from geomlearn.app.figures.moments import moments
    from geomlearn.operators.fields.field_files import read_field

    path, keys = split_key(spec)
    if (keys and _is_int(keys[-1])) or not _is_series(Path(path)):
        return ()
    # What is wrong with it is said there.
    read_values(spec, n_vertices)
    series = read_field(path)
    shown = moments(series)[keys[0] if keys else series.names[0]]
    return shown if len(shown) > 1 else ()


def _is_series(path: Path) -> bool:
    if path.suffix.lower() in _ARRAYS:
        return read_arrays(path)[0].keys() >= _SERIES
    return path.suffix.lower() == ".pvd"


def is_computed(spec: str) -> bool:
    """Whether a file holds a basis or a field, of which a key names a mode or a frame, and not arrays of its own."""
    path = Path(split_key(spec)[0])
    if path.suffix.lower() in _ARRAYS:
        held = read_arrays(path)[0].keys()
        return held >= _BASIS or held >= _SERIES
    return path.suffix.lower() in (*_VTK, ".pvd")


def mode_values(evals: np.ndarray, evecs: np.ndarray, mode: int) -> Values:
    """One eigenfunction, with its eigenvalue in its name."""
    return Values(evecs[:, mode], f"eigenfunction {mode} of λ = {evals[mode]:.4g}/length²", "1/length")


def window_column(spec: str) -> tuple[str, int]:
    """The file of ``FILE[:KEY]``, and which column of what the window makes of it holds the numbers asked for."""
    from geomlearn.app.model.files.loading import OnVertices, load_any
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.spectral.basis import Basis

    path, keys = split_key(spec)
    loaded = load_any(path)
    found: Any = loaded.content if isinstance(loaded, OnVertices) else None
    last = keys[-1] if keys and _is_int(keys[-1]) else ""
    if isinstance(found, Basis):
        return path, _index(last or "1", found.evecs.shape[1], "mode")
    if isinstance(found, FieldSeries):
        component = found.names.index(keys[0]) if keys and keys[0] in found.names else 0
        return path, component * len(found.times) + _index(last or "-1", len(found.times), "frame")
    names = list(getattr(found, "names", ()))
    word = " ".join([*keys[:1], *([last] if len(keys) > 1 else [])])
    named = next((name for name in (word, f"{word} 0") if name in names), None)
    return path, names.index(named) if named else 0


def _find(path: Path, keys: list[str]) -> Values:
    if path.suffix.lower() == ".pvd":
        return _frame_of_series(path, keys)
    if path.suffix.lower() in _VTK:
        return _point_data(path, keys)
    if path.suffix.lower() in _TEXT:
        return Values(_read_text(path), path.stem)
    arrays, _ = read_arrays(path)
    if arrays.keys() >= _BASIS and (not keys or keys[0] == "evecs" or _is_int(keys[0])):
        return _mode(arrays, keys)
    if arrays.keys() >= _SERIES:
        return _frame_of_series(path, keys)
    return _column(arrays, keys, path)


def _point_data(path: Path, keys: list[str]) -> Values:
    from geomlearn.shapes.io import read_point_data
    from geomlearn.spectral.basis_files import read_basis

    if not keys or keys[0] == "evecs" or _is_int(keys[0]):
        try:
            basis = read_basis(path)
        except FormatError:
            pass
        else:
            return _mode({"evals": basis.evals, "evecs": basis.evecs}, keys)
    return _column(read_point_data(path), keys, path)


def _mode(arrays: Mapping[str, np.ndarray], keys: list[str]) -> Values:
    keys = keys[1:] if keys[:1] == ["evecs"] else keys
    mode = _index(keys[0] if keys else "1", arrays["evecs"].shape[1], "mode")
    return mode_values(arrays["evals"], arrays["evecs"], mode)


def _frame_of_series(path: Path, keys: list[str]) -> Values:
    from geomlearn.operators.fields.field_files import read_field

    series = read_field(path)
    names = series.names
    name = keys.pop(0) if keys and not _is_int(keys[0]) else names[0]
    if name not in names:
        raise ParameterError(f"{path.name} has no field called {name}.", f"It has {', '.join(names)}.")
    frame = _index(keys[0] if keys else "-1", len(series.times), "frame")
    when = f" at t = {series.times[frame]:.4g}" if len(series.times) > 1 else ""
    return Values(series.frame(frame)[name], f"{name}{when}")


def _column(arrays: Mapping[str, np.ndarray], keys: list[str], path: Path) -> Values:
    numeric = {name: array for name, array in arrays.items() if array.ndim in (1, 2) and array.dtype.kind in "biuf"}
    if not keys and len(numeric) == 1:
        keys = list(numeric)
    if not keys or keys[0] not in numeric:
        asked = f"has no array called {keys[0]}" if keys else "holds several arrays"
        names = ", ".join(list(numeric)[:_MOST_NAMES]) + (" …" if len(numeric) > _MOST_NAMES else "")
        raise ParameterError(f"{path.name} {asked}.", f"Write {path.name}:KEY with one of {names}.")
    array = np.asarray(numeric[keys[0]], float)
    if array.ndim == 1:
        return Values(array, keys[0])
    column = _index(keys[1] if len(keys) > 1 else "0", array.shape[1], "column")
    return Values(array[:, column], f"{keys[0]}, column {column}")


def _read_text(path: Path) -> np.ndarray:
    table = read_number_table(path)
    if table.shape[1] > 1:
        raise FormatError(f"{path.name} has {table.shape[1]} columns of numbers.", "Write one number per line.")
    return table[:, 0]


def _index(text: str, count: int, what: str) -> int:
    if not _is_int(text) or not -count <= int(text) < count:
        raise ParameterError(f"There is no {what} {text}.", f"They are counted 0 to {count - 1}.")
    return int(text) % count


def _is_int(text: str) -> bool:
    return text.removeprefix("-").isdigit()
