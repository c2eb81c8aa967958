"""Points in columns of text: xyz, txt, csv, pts, asc."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import shortened
from geomlearn.core.tables import NUMBER, Dialect, column_names, counts_rows, dialect_of
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, plain_lines, token_counts

# More header lines than any program writes.
_MOST_HEADER_LINES = 20
_HEAD = 65536
# What begins like a number.
_NUMERAL = re.compile(rb"(?:[-+.]|\xe2\x88\x92)?\d")
_TRIPLES = {"points": ("x", "y", "z"), "normals": ("nx", "ny", "nz"), "colors": ("r", "g", "b")}
_SAME = {"red": "r", "green": "g", "blue": "b", "normal_x": "nx", "normal_y": "ny", "normal_z": "nz"}
# ParaView's tables, and other names of the coordinates.
_SAME |= {f"{word}{mark}{i}": "xyz"[i] for word in ("points", "coordinates") for mark in ":_" for i in range(3)}
_SAME |= {f"normals{mark}{i}": f"n{axis}" for mark in ":_" for i, axis in enumerate("xyz")}
_SAME |= {f"{word}_{axis}": axis for word in ("pos", "position", "coord", "point") for axis in "xyz"}


def is_columns(source: Source) -> bool:
    """Whether rows of at least three numbers begin near the top."""
    if b"\0" in source.head:
        return False
    lines = [line for line in _lines(source.head) if line.strip()]
    try:
        dialect = dialect_of(lines, source.name)
    except FormatError:
        return True  # its reader says what is wrong
    begins = _first_row(lines[: _MOST_HEADER_LINES + 1], dialect)
    return begins is not None and all(_is_row(line, dialect) for line in lines[begins : begins + 20])


def read_columns(source: Source) -> Parsed:
    """Coordinates in the first three columns, or in those called x, y, z; normals and colours where they are told.

    Without names, a first column that counts the rows is left aside, and three more columns are normals when they are
    unit vectors, and colours when they are integers up to 255 or fractions of one. All other columns of numbers are
    point data.

    Raises
    ------
    FormatError   no rows of at least three numbers, rows of different lengths, or commas that can mean two things.
    """
    if b"\0" in source.head:
        raise source.bad("it has no rows of three numbers", "Give x, y and z on each line.")
    data = plain_lines(source.data)
    dialect = dialect_of(_lines(data[:_HEAD]), source.name)
    lines = data[:_HEAD].split(b"\n")
    begins = _first_row(lines, dialect)
    if begins is None:
        raise source.bad("it has no rows of three numbers", "Give x, y and z on each line.")
    _refuse_rows_as_header(lines[:begins], dialect, source)
    names = _names(plain_lines(source.data[:_HEAD], comment=b"\0").split(b"\n")[:begins], dialect)
    body = data[sum(len(line) + 1 for line in lines[:begins]) :]
    notes = ["Its commas are read as decimal points."] if dialect.decimal_comma or dialect.quoted else []
    table, names = _table(body, begins, names, dialect, notes, source)
    notes += _announced(lines[:begins], len(table), source)
    parsed = _parsed(table, names, notes)
    parsed.notes += notes
    return parsed


def _lines(data: bytes) -> list[bytes]:
    # The last line of a cut piece may be half a line.
    lines = plain_lines(data, comment=b"\0").split(b"\n")
    return [line for line in (lines[:-1] if len(lines) > 1 else lines) if line.strip()[:1] not in (b"#", b"/", b"%")]


def _is_row(line: bytes, dialect: Dialect) -> bool:
    words = dialect.plain(line).split()
    numbers = sum(NUMBER.match(word) is not None for word in words)
    # Text beside the numbers is told from prose by separators that stand for columns.
    return numbers >= 3 and (numbers == len(words) or dialect.separator != " ")


def _first_row(lines: list[bytes], dialect: Dialect) -> int | None:
    return next((i for i, line in enumerate(lines) if _is_row(line, dialect)), None)


def _refuse_rows_as_header(header: list[bytes], dialect: Dialect, source: Source) -> None:
    """A first row with a number in an odd spelling is no header, and not to be lost."""
    for number, line in enumerate(header, 1):
        words = dialect.plain(line).split()
        odd = [word for word in words if not NUMBER.match(word)]
        if len(words) >= 3 and odd and all(_NUMERAL.match(word) for word in words):
            shown = shortened(odd[0][:24].decode("utf-8", "replace"))
            raise source.bad(f"'{shown}' in line {number} stands where a number belongs", "Write it as 1234.5 or 1e-5.")


def _names(header: list[bytes], dialect: Dialect) -> list[str]:
    for line in reversed(header):
        for row in (*dialect.rows([line]), *Dialect().rows([line])):
            marked = row[0].strip() and not row[0].strip("#/% ")  # ``# x y z`` has three names
            names = [_SAME.get(name, name) for name in column_names(row[1:] if marked else row)]
            if set("xyz") <= set(names):
                return names
    return []


def _table(
    body: bytes, begins: int, names: list[str], dialect: Dialect, notes: list[str], source: Source
) -> tuple[np.ndarray, list[str]]:
    """The numbers (rows, columns), and the names of their columns where there are any."""
    plain = dialect.plain(body)
    counts, _ = token_counts(plain)
    filled = np.flatnonzero(counts)
    width = int(counts[filled[0]])
    uneven = np.flatnonzero(counts[filled] != width)
    all_numbers = all(NUMBER.match(word) for word in plain[: plain.find(b"\n") + 1 or None].split())
    if all_numbers and not len(uneven):
        table = floats(plain, source).reshape(-1, width)
    elif dialect.separator != " ":
        table, names, width = _columns_of_numbers(body, begins, names, dialect, notes, source)
    else:
        line = begins + int(filled[uneven[0]]) + 1 if len(uneven) else begins + 1
        raise _uneven(line, int(counts[line - 1 - begins]), width, source)
    if len(names) == width - 1:
        names = ["", *names]  # tables whose index has no name
    names = names if len(names) == width else []
    if not names and width > 3 and counts_rows(table[:, 0]):
        notes.append("Its first column counts the rows, and is left aside.")
        table = table[:, 1:]
    return table, names


def _columns_of_numbers(
    body: bytes, begins: int, names: list[str], dialect: Dialect, notes: list[str], source: Source
) -> tuple[np.ndarray, list[str], int]:
    """The columns that hold numbers in every row, of rows in which other cells are text or empty."""
    rows = dialect.rows(body.split(b"\n"))
    width = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != width:
            raise _uneven(begins + i + 1, len(row), width, source)
    cells = list(zip(*rows, strict=True))
    good = [i for i, column in enumerate(cells) if all(NUMBER.match(cell.encode()) for cell in column)]
    if len(names) == width - 1:
        names = ["", *names]
    wanted = [names.index(axis) for axis in "xyz"] if len(names) == width else []
    if len(good) < 3 or set(wanted) - set(good):
        raise source.bad("some of its coordinates are no numbers", "Give x, y and z on each line.")
    if len(good) < width:
        left = width - len(good)
        notes.append(f"{left} {'column' if left == 1 else 'columns'} of text or empty cells left aside.")
    table = np.array([[float(cell) for cell in cells[i]] for i in good]).T
    return table, [names[i] for i in good] if len(names) == width else [], len(good)


def _uneven(line: int, found: int, width: int, source: Source) -> FormatError:
    what = f"line {line} has {found} numbers, the lines before it {width}"
    return source.bad(what, "The file is cut short or damaged.")


def _announced(header: list[bytes], found: int, source: Source) -> list[str]:
    """A pts file begins with the number of its points."""
    words = b" ".join(header).split()
    if len(words) != 1 or not words[0].isdigit() or int(words[0][:18]) == found:
        return []
    if int(words[0][:18]) > found:
        raise source.short(int(words[0][:18]), found, "points")
    return [f"The first line announces {int(words[0][:18])} points, the file holds {found}: all were read."]


def _parsed(table: np.ndarray, names: list[str], notes: list[str]) -> Parsed:
    used = dict(_named(names)) if names else _guessed(table)
    found = {what: table[:, list(places)] for what, places in used.items()}
    parsed = Parsed(found["points"], normals=found.get("normals"), colors=found.get("colors"))
    taken = {place for places in used.values() for place in places}
    for place in sorted(set(range(table.shape[1])) - taken):
        name = names[place] if names else f"column {place + 1}"
        if name:
            parsed.point_data[name] = table[:, place]
    return parsed


def _named(names: list[str]) -> list[tuple[str, tuple[int, ...]]]:
    there = {what: triple for what, triple in _TRIPLES.items() if set(triple) <= set(names)}
    return [(what, tuple(names.index(name) for name in triple)) for what, triple in there.items()]


def _guessed(table: np.ndarray) -> dict[str, tuple[int, ...]]:
    used: dict[str, tuple[int, ...]] = {"points": (0, 1, 2)}
    at = 3
    while at + 3 <= table.shape[1]:
        triple, places = table[:, at : at + 3], (at, at + 1, at + 2)
        if _are_unit(triple) and "normals" not in used:
            used["normals"] = places
        elif _are_colors(triple) and "colors" not in used:
            used["colors"] = places
        else:
            at += 1
            continue
        at += 3
    return used


def _are_unit(triple: np.ndarray) -> bool:
    return bool((np.abs(np.linalg.norm(triple, axis=1) - 1) < 1e-2).all())


def _are_colors(triple: np.ndarray) -> bool:
    inside = bool(((triple >= 0) & (triple <= 255)).all())
    return inside and bool((triple == np.floor(triple)).all() or triple.max() <= 1)
