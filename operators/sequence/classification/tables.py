"""Labelled time series as plain tables: the .tsv, .txt and bare files of the UCR archive, label first."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.tables import dialect_of
from geomlearn.operators.sequence.classification.halves import Half

_LOOKED_AT = 200


def read_table(path: Path, text: str) -> Half:
    """One line for each series: its label, then its values, parted by tabs, commas or blanks.

    A comma is a decimal point where tabs, blanks or semicolons part the values. NaN at the end of a line pads a shorter
    series. A first line of words is a header.

    Raises
    ------
    FormatError   a line holds something else than numbers, or gaps; or a comma can mean two things.
    """
    series, labels = [], []
    lines = text.encode().splitlines()
    dialect = dialect_of([line for line in lines if line.strip()][:_LOOKED_AT], path.name)
    for number, line in enumerate(lines, start=1):
        words = dialect.plain(line).decode().split()
        if not words or (number == 1 and len(words) > 1 and not any(map(_is_number, words))):
            continue
        try:
            values = np.array([float(word) for word in words[1:]], np.float32)
        except ValueError:
            raise FormatError(
                f"Line {number} of {path.name} is no series of numbers behind a label.",
                "Give UCR files, a label and then the values on each line, or ListOps files.",
            ) from None
        series.append(unpadded(values, number, path)[:, None])
        labels.append(label_of(words[0]))
    if not series:
        raise FormatError(f"{path.name} holds no series.", "Give a file with a label and values on each line.")
    return Half(ordered(labels), series, labels)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def unpadded(values: np.ndarray, number: int, path: Path) -> np.ndarray:
    """A series without what is missing at its end.

    Raises
    ------
    FormatError   something is missing elsewhere, or everywhere.
    """
    there = np.flatnonzero(~np.isnan(values))
    length = there[-1] + 1 if len(there) else 0
    if not length or len(there) < length:
        raise FormatError(f"Line {number} of {path.name} lacks values.", "Fill in missing values first.")
    return values[:length]


def label_of(word: str) -> str:
    """A label as a word; whole numbers without their decimals: 1.0000000e+00 is 1."""
    try:
        value = float(word)
    except ValueError:
        return word
    return str(int(value)) if value.is_integer() else word


def ordered(labels: list[str]) -> tuple[str, ...]:
    """The classes, numbers by size and words by name."""
    found = set(labels)
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(sorted(found))
