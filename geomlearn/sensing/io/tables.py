"""Tables of numbers as csv, with or without a line of column names."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.tables import table_rows

_SHOWN = 40


def read_table(path: str | Path) -> tuple[tuple[str, ...], np.ndarray]:
    """Column names, empty without a heading, and the numbers (rows, columns); an empty cell and `nan` are NaN.

    Raises
    ------
    FormatError   the file is missing, is no text, has no rows, rows of different lengths, or a word among its numbers.
    """
    path = existing_file(path)
    lines = table_rows(path, "Write comma-separated numbers.")
    names: tuple[str, ...] = ()
    if lines and not all(_is_number(cell) for cell in lines[0]):
        names = tuple(cell.strip().lower() for cell in lines.pop(0))
    # Readings of dead wires only: nothing but nan.
    if not any(character.isdigit() for row in lines for cell in row for character in cell):
        raise FormatError(f"{path.name} has no rows of numbers.", "Write comma-separated numbers, one row a line.")
    width = len(names) or len(lines[0])
    for number, row in enumerate(lines, start=1 + bool(names)):
        if len(row) != width:
            raise FormatError(f"Line {number} of {path.name} has {len(row)} cells, not {width}.", "Complete it.")
        bad = next((cell for cell in row if not _is_number(cell)), None)
        if bad is not None:
            raise FormatError(f"Line {number} of {path.name} has {bad[:_SHOWN]!r} for a number.", "Correct it.")
    return names, np.array([[float(cell.strip() or "nan") for cell in row] for row in lines])


def write_table(path: str | Path, columns: Mapping[str, np.ndarray], *, force: bool = False) -> Path:
    """Write columns of equal length under their names; integers stay integers, floats keep every digit."""
    with atomic_path(path, force=force) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    return Path(path)


def vertex_column(path: Path, values: np.ndarray, n_vertices: int | None) -> np.ndarray:
    """Indices of vertices from a column of numbers.

    Raises
    ------
    FormatError   one is no whole number from 0, or not below `n_vertices` where that is given.
    """
    whole = (values == np.floor(values)) & (values >= 0) & (values < 2**53)  # NaN is none of these
    if n_vertices is not None:
        whole &= values < n_vertices
    if not whole.all():
        of = f" of {n_vertices:,}" if n_vertices is not None else ""
        raise FormatError(f"{path.name} names vertex {values[~whole][0]:g}{of}.", "Vertices count from 0.")
    return values.astype(np.int64)


def _is_number(cell: str) -> bool:
    if not cell.strip():
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True
