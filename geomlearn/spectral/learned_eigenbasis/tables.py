"""Tables of features, one row per sample, as clouds in as many dimensions as they have columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.incoming import read_text

SUFFIXES = (".csv", ".npy")


def read_table(path: str | Path) -> np.ndarray:
    """(n, d) numbers of a .csv file, with or without a line of names, or of a .npy file; more axes are flattened.

    Raises
    ------
    FormatError   the file is missing, damaged, or holds something else than numbers.
    """
    path = existing_file(path)
    if path.suffix.lower() == ".csv":
        return _read_csv(path)
    array = next(iter(read_arrays(path)[0].values()))
    if array.dtype.kind not in "fiub" or array.ndim < 2:
        raise FormatError(f"{path.name} holds {array.shape} {array.dtype}, no table of numbers.", "Save it as (n, d).")
    return np.asarray(array, np.float64).reshape(len(array), -1)


def write_coordinates(path: str | Path, coordinates: np.ndarray, *, force: bool = False) -> Path:
    """Write (n, k) coordinates as .csv with a line of names, or as .npy.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    path = Path(path)
    with atomic_path(path, force=force) as temporary:
        if path.suffix.lower() == ".npy":
            np.save(temporary, coordinates, allow_pickle=False)
        else:
            names = ",".join(f"v{i + 2}" for i in range(coordinates.shape[1]))
            np.savetxt(temporary, coordinates, delimiter=",", header=names, comments="")
    return path


def _read_csv(path: Path) -> np.ndarray:
    lines = read_text(path, "Save it as comma-separated values.").splitlines()
    lines = [line for line in lines if line.strip()]
    mark = max(",;\t", key=lines[0].count) if lines else ","
    rows = [line.split(mark) for line in lines]
    first = 0 if rows and _numbers(rows[0]) is not None else 1
    table = []
    for number, row in enumerate(rows[first:], start=first + 1):
        values = _numbers(row)
        if values is None or len(values) != len(rows[0]):
            raise FormatError(
                f"Line {number} of {path.name} is not {len(rows[0])} numbers.", "Leave out columns of words."
            )
        table.append(values)
    if not table:
        raise FormatError(f"{path.name} holds no numbers.", "Give one line per sample.")
    return np.array(table)


def _numbers(cells: list[str]) -> list[float] | None:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None
