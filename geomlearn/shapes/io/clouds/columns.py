"""Points in columns of text: xyz, txt, csv, pts, asc."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.parsed import Parsed, Source
from geomlearn.shapes.io.text import floats, plain_lines, token_counts

_SEPARATORS = bytes.maketrans(b",;\t", b"   ")
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)\Z", re.IGNORECASE)
# More header lines than any program writes.
_MOST_HEADER_LINES = 20
_NAMES = {"normals": ("nx", "ny", "nz"), "colors": ("r", "g", "b")}
_SAME = {"red": "r", "green": "g", "blue": "b", "normal_x": "nx", "normal_y": "ny", "normal_z": "nz"}


def _is_row(line: bytes) -> bool:
    words = line.translate(_SEPARATORS).split()
    return len(words) >= 3 and all(_NUMBER.match(word) for word in words)


def _lines(data: bytes) -> list[bytes]:
    # The last line of a cut piece may be half a line.
    lines = data.splitlines()
    return [
        line for line in (lines[:-1] if len(lines) > 1 else lines) if line.strip() and line.strip()[:1] not in b"#/%"
    ]


def is_columns(source: Source) -> bool:
    """Whether rows of at least three numbers begin near the top."""
    if b"\0" in source.head:
        return False
    lines = _lines(source.head)
    begins = next((i for i, line in enumerate(lines[: _MOST_HEADER_LINES + 1]) if _is_row(line)), None)
    return begins is not None and all(_is_row(line) for line in lines[begins : begins + 20])


def read_columns(source: Source) -> Parsed:
    """Coordinates in the first three columns, or in those called x, y, z; normals and colours where they are told.

    Without names, three more columns are normals when they are unit vectors, and colours when they are integers up to
    255 or fractions of one; a single column between them (an intensity) is left aside.

    Raises
    ------
    FormatError   no rows of at least three numbers, or rows of different lengths.
    """
    data = plain_lines(source.data)
    lines = data[:65536].split(b"\n")
    begins = next((i for i, line in enumerate(lines) if _is_row(line)), None)
    if begins is None or b"\0" in source.head:
        raise source.bad("it has no rows of three numbers", "Give x, y and z on each line.")
    names = _column_names(lines[:begins])
    body = data[sum(len(line) + 1 for line in lines[:begins]) :].translate(_SEPARATORS)
    counts, _ = token_counts(body)
    filled = np.flatnonzero(counts)
    width = int(counts[filled[0]])
    uneven = np.flatnonzero(counts[filled] != width)
    if len(uneven):
        line = begins + int(filled[uneven[0]]) + 1
        raise source.bad(
            f"line {line} has {counts[line - 1 - begins]} numbers, the lines before it {width}",
            "The file is cut short or damaged.",
        )
    table = floats(body, source).reshape(-1, width)
    notes = _announced(lines[:begins], len(table), source)
    parsed = _named(table, names) if names and len(names) == width else _guessed(table)
    parsed.notes += notes
    return parsed


def _column_names(header: list[bytes]) -> list[str]:
    for line in reversed(header):
        words = [word.strip('"').lower() for word in line.translate(_SEPARATORS).decode("latin-1").split()]
        words = [_SAME.get(word, word) for word in words]
        if {"x", "y", "z"} <= set(words):
            return words
    return []


def _announced(header: list[bytes], found: int, source: Source) -> list[str]:
    """A pts file begins with the number of its points."""
    words = b" ".join(header).split()
    if len(words) != 1 or not words[0].isdigit() or int(words[0][:18]) == found:
        return []
    if int(words[0][:18]) > found:
        raise source.short(int(words[0][:18]), found, "points")
    return [f"The first line announces {int(words[0][:18])} points, the file holds {found}: all were read."]


def _named(table: np.ndarray, names: list[str]) -> Parsed:
    def pick(wanted: tuple[str, ...]) -> np.ndarray | None:
        return table[:, [names.index(name) for name in wanted]] if set(wanted) <= set(names) else None

    return Parsed(pick(("x", "y", "z")), normals=pick(_NAMES["normals"]), colors=pick(_NAMES["colors"]))


def _guessed(table: np.ndarray) -> Parsed:
    parsed, at = Parsed(table[:, :3]), 3
    while at + 3 <= table.shape[1]:
        triple = table[:, at : at + 3]
        if _are_unit(triple) and parsed.normals is None:
            parsed.normals = triple
        elif _are_colors(triple) and parsed.colors is None:
            parsed.colors = triple
        else:
            at += 1
            continue
        at += 3
    return parsed


def _are_unit(triple: np.ndarray) -> bool:
    return bool((np.abs(np.linalg.norm(triple, axis=1) - 1) < 1e-2).all())


def _are_colors(triple: np.ndarray) -> bool:
    inside = bool(((triple >= 0) & (triple <= 255)).all())
    return inside and bool((triple == np.floor(triple)).all() or triple.max() <= 1)
