"""Labelled time series in the .arff text of Weka, as the UCR and UEA archives offer them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.operators.sequence.classification.halves import Half
from geomlearn.operators.sequence.classification.tables import label_of, ordered, unpadded

_RELATION = re.compile(r"""^(['"])(.*)\1\s*,\s*(.+)$""")
_NOMINAL = re.compile(r"\{(.*)\}")


def read_arff(path: Path, text: str) -> Half:
    """Lines of values and a label; of several channels, those quoted, one channel after the other behind each ``\\n``.

    Question marks at the end pad a shorter series.

    Raises
    ------
    FormatError   there is no data, a line is damaged, or the last attribute names no classes.
    """
    head, data = _parts(text)
    series, labels = [], []
    for number, line in data:
        relation = _RELATION.match(line)
        if relation:
            channels, label = relation.group(2).split(r"\n"), relation.group(3)
        else:
            values, _, label = line.rpartition(",")
            channels = [values]
        series.append(_values(channels, number, path))
        labels.append(label_of(label.strip().strip("'\"")))
    if not series:
        raise FormatError(f"{path.name} holds no labelled series.", "Give an .arff file with @data.")
    classes = _classes(head) or ordered(labels)
    if unknown := sorted(set(labels) - set(classes)):
        words = ", ".join(unknown)[:80]
        raise FormatError(f"{path.name} does not announce its classes {words}.", "Check its last @attribute.")
    return Half(classes, series, labels)


def _parts(text: str) -> tuple[list[str], list[tuple[int, str]]]:
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("%")]
    at = next((i for i, (_, line) in enumerate(lines) if line.lower().startswith("@data")), len(lines))
    return [line for _, line in lines[:at]], lines[at + 1 :]


def _classes(head: list[str]) -> tuple[str, ...]:
    """The words in braces of the last attribute."""
    attributes = [line for line in head if line.lower().startswith("@attribute")]
    found = _NOMINAL.search(attributes[-1]) if attributes else None
    return tuple(label_of(word.strip().strip("'\"")) for word in found.group(1).split(",")) if found else ()


def _values(channels: list[str], number: int, path: Path) -> np.ndarray:
    """(L, c)."""
    try:
        rows = [[np.nan if word.strip() == "?" else float(word) for word in row.split(",")] for row in channels if row]
    except ValueError:
        rows = []
    if not rows or len({len(row) for row in rows}) > 1:
        raise FormatError(
            f"Line {number} of {path.name} is no series of numbers of one length.", "Fill in missing values first."
        )
    cut = [unpadded(np.array(row, np.float32), number, path) for row in rows]
    if len({len(row) for row in cut}) > 1:
        raise FormatError(f"Line {number} of {path.name} has channels of different lengths.", "Cut them to one.")
    return np.stack(cut, axis=1)
