"""How a text writes its table: what separates numbers, whether a comma is a decimal point, quotes, names of columns.

A comma separates, unless a semicolon, a tab or blanks separate as well: then it is the decimal point. Where both can
be meant, nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.files import shortened
from geomlearn.core.incoming import read_text

NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)\Z", re.IGNORECASE)
_DECIMAL = re.compile(rb"[-+]?\d*,\d+(?:[eE][-+]?\d+)?\Z")
# Thousands in groups: 1,234.5 and 1.234,5 among other cells, 1'234 and 1 234 within one.
_GROUPED = re.compile(rb"[-+]?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d*)\Z")
_SPACED = re.compile(rb"\s*[-+]?\d{1,3}(?:(?:'| |\xc2\xa0|\xe2\x80\xaf|\xe2\x80\x99)\d{3})+(?:[.,]\d*)?\s*\Z")
_COMMA_AND_BLANK = re.compile(rb",[ \t]+")
_POINT = re.compile(rb"[-+]?\d*\.\d+")
# Halves of numbers cut at their comma: whole numbers that begin with zeros, or zeros with a sign.
_HALF = re.compile(rb"[-+]?0\d+\Z|-0\Z")
_QUOTED = re.compile(rb'"([^"]*)"')
_TO_BLANKS = bytes.maketrans(b';\t"', b"   ")
_ALL_TO_BLANKS = bytes.maketrans(b',;\t"', b"    ")
_COMMA_TO_POINT = bytes.maketrans(b',;\t"', b".   ")


@dataclass(frozen=True)
class Dialect:
    """How one text writes its table.

    Attributes
    ----------
    decimal_comma   whether a comma is a decimal point;  quoted  whether that holds inside quotes only.
    separator       what separates cells, for rows in which some are empty or text: ``;``, a tab, ``,`` or a blank.
    """

    decimal_comma: bool = False
    quoted: bool = False
    separator: str = " "

    def plain(self, data: bytes) -> bytes:
        """The text with blanks between its words, no quotes, and decimal points."""
        if self.quoted:
            data = _QUOTED.sub(lambda found: found[1].replace(b",", b"."), data)
            return data.translate(_ALL_TO_BLANKS)
        return data.translate(_COMMA_TO_POINT if self.decimal_comma else _ALL_TO_BLANKS)

    def rows(self, lines: Iterable[bytes]) -> list[list[str]]:
        """The cells of each line that is not blank, with decimal points in numbers."""
        texts = (line.decode("utf-8", "replace") for line in lines if line.strip())
        if self.separator == " ":
            found = [text.replace('"', " ").split() for text in texts]
        else:
            found = [[cell.strip() for cell in row] for row in csv.reader(texts, delimiter=self.separator)]
        if self.decimal_comma or self.quoted:
            found = [[c.replace(",", ".") if _DECIMAL.match(c.encode()) else c for c in row] for row in found]
        return found


def dialect_of(lines: Sequence[bytes], name: str) -> Dialect:
    """How these lines write numbers; lines without numbers are of no matter.

    Raises
    ------
    FormatError   a comma may be a decimal point as well as a separator.
    """
    lines = [line for line in lines if any(48 <= c < 58 for c in line)]
    separator = _separator(lines)
    if any(_SPACED.match(cell.strip(b'"')) for line in lines[-20:] for cell in _cells(line, separator)):
        raise _ambiguous(name, "its numbers seem to group thousands", "Write numbers without groups.")
    if any(b'"' in line for line in lines) and separator == ",":
        inside = [found for line in lines for found in _QUOTED.findall(line) if b"," in found]
        if inside and all(_DECIMAL.match(word) for word in inside):
            return Dialect(quoted=True, separator=separator)
    words = [line.translate(_TO_BLANKS).split() for line in lines]
    with_comma = [word for line in words for word in line if b"," in word]
    if not with_comma:
        return Dialect(separator=separator)
    several = any(len(line) > 1 for line in words)
    if several and any(_GROUPED.match(word) for word in with_comma):
        raise _ambiguous(name, "its commas seem to group thousands", "Write numbers without them.")
    if several and all(_DECIMAL.match(word) for word in with_comma):
        if any(_POINT.match(word) for line in words for word in line if b"," not in word):
            raise _ambiguous(name, "some of its numbers have a decimal comma, others a point", _HINT)
        return Dialect(decimal_comma=True, separator=separator if separator != "," else " ")
    _refuse_halves(lines, words, name)
    return Dialect(separator=",")


_HINT = "It seems to be written with a decimal comma: write decimal numbers with a point."


def _separator(lines: Sequence[bytes]) -> str:
    for mark in (b";", b"\t", b","):
        if lines and all(mark in line for line in lines[-20:]):
            return mark.decode()
    return " "


def _cells(line: bytes, separator: str) -> list[bytes]:
    return line.split() if separator == " " else line.split(separator.encode())


def _refuse_halves(lines: Sequence[bytes], words: list[list[bytes]], name: str) -> None:
    """``0,18,-0,19,0,96`` and ``1,5, 2,5, 3,5``: six whole numbers or three with a decimal comma."""
    spaced = [_COMMA_AND_BLANK.split(line.strip()) for line in lines]
    if all(len(row) > 1 and all(_DECIMAL.match(cell) for cell in row) for row in spaced):
        raise _ambiguous(name, "a comma both separates its numbers and stands inside them", _HINT)
    cells = [cell for line in words for word in line for cell in word.split(b",") if cell]
    whole = all(b"." not in cell and b"e" not in cell.lower() for cell in cells if NUMBER.match(cell))
    if whole and any(_HALF.match(cell) for cell in cells):
        raise _ambiguous(name, "a comma both separates its numbers and stands inside them", _HINT)


def _ambiguous(name: str, why: str, hint: str) -> FormatError:
    return FormatError(f"{name} cannot be read: {why}.", hint)


def column_names(row: Sequence[str]) -> list[str]:
    """The names of a header in small letters, without quotes, comment marks and units: ``//X [m]`` is ``x``."""
    return [re.sub(r"[\[(].*?[\])]", "", cell).strip().strip('"#/%').strip().lower() for cell in row]


def table_rows(path: str | Path, hint: str) -> list[list[str]]:
    """The cells of a table of text, line by line, whatever separates them; with decimal points in numbers.

    Blank lines, and those that begin with ``#``, are left out.

    Raises
    ------
    FormatError   the file is missing or no text, with `hint`; or a comma can mean two things.
    """
    name = Path(path).name
    lines = [line.encode() for line in read_text(path, hint).splitlines() if line.strip() and line.strip()[0] != "#"]
    try:
        rows = dialect_of(lines, name).rows(lines)
    except csv.Error:
        raise FormatError(f"{name} is no table of text.", hint) from None
    return [row for row in rows if any(row)]


def read_number_table(path: str | Path) -> np.ndarray:
    """(rows, columns) numbers of a text: values on vertices, with or without a header and an index.

    A header of words is stepped over; of two columns, a first one that counts the rows from 0 or from 1 is no value.

    Raises
    ------
    FormatError   the file is missing, or not rows of equally many numbers.
    """
    name = Path(path).name
    lines = [line.split("#")[0].encode() for line in read_text(path, "Write one number per line.").splitlines()]
    lines = [line for line in lines if line.strip()]
    dialect = dialect_of(lines, name)
    rows = [dialect.plain(line).split() for line in lines]
    if rows and not any(NUMBER.match(word) for word in rows[0]):
        rows = rows[1:]
    wrong = next((word for row in rows for word in row if not NUMBER.match(word)), None)
    if wrong is not None:
        quoted = shortened(wrong[:24].decode("ascii", "replace"))
        raise FormatError(f"{name} is not a column of numbers: '{quoted}' is none.", "Write one number per line.")
    if len({len(row) for row in rows}) != 1:
        why = "its lines hold different counts of numbers" if rows else "it has no numbers"
        raise FormatError(f"{name} is not a column of numbers: {why}.", "Write one number per line.")
    table = np.array(rows, dtype=np.float64)
    if table.shape[1] == 2 and not counts_rows(table[:, 0]) and all(_DECIMAL.match(line.strip()) for line in lines[1:]):
        raise _ambiguous(name, "a comma may separate two columns or stand inside the numbers of one", _HINT)
    return table[:, 1:] if table.shape[1] == 2 and counts_rows(table[:, 0]) else table


def counts_rows(column: np.ndarray) -> bool:
    """Whether a column is 0, 1, 2 … or 1, 2, 3 …"""
    return len(column) > 2 and column[0] in (0, 1) and bool((np.diff(column) == 1).all())
