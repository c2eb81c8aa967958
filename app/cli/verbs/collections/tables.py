"""Tables about shapes, read and written: a name and numbers a row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.tables import table_rows


def read_named(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Names (s,) of the first column, headings (p,) and numbers (s, p) of the others.

    Raises
    ------
    FormatError   there is no header, a cell is no number, or a name comes twice.
    """
    path = existing_file(path)
    rows = table_rows(path, "Write a header, then a name and numbers a line.")
    if len(rows) < 2 or len(rows[0]) < 2:
        raise FormatError(f"{path.name} is no table.", "Write a header, then a name and numbers a line.")
    names, numbers = [], []
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise FormatError(
                f"Line {number} of {path.name} has {len(row)} cells, the header {len(rows[0])}.", "Mend it."
            )
        try:
            numbers.append([float(cell) for cell in row[1:]])
        except ValueError:
            raise FormatError(
                f"Line {number} of {path.name} holds a cell that is no number.", "Leave it out."
            ) from None
        names.append(row[0].strip())
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FormatError(f"{path.name} names {twice} twice.", "Give one line a shape.")
    return names, [cell.strip() for cell in rows[0][1:]], np.array(numbers)


def write_named(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]], *, force: bool) -> Path:
    """As csv; numbers with nine digits."""
    with atomic_path(path, force=force) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        for row in rows:
            writer.writerow([f"{cell:.9g}" if isinstance(cell, float | np.floating) else cell for cell in row])
    return path
