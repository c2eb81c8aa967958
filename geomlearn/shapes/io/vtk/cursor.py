"""A legacy VTK file by its lines of words and blocks of numbers, ASCII or binary."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers

TYPES = {
    **{"float": "f4", "double": "f8", "int": "i4", "unsigned_int": "u4", "long": "i8", "unsigned_long": "u8"},
    # VTK keeps its ids in memory with 64 bits, but writes them with 32.
    **{"vtkidtype": "i4", "vtktypeint64": "i8", "vtktypeint32": "i4", "short": "i2", "unsigned_short": "u2"},
    **{"char": "i1", "unsigned_char": "u1", "vtktypeuint64": "u8", "vtktypeuint32": "u4"},
}
KEYWORD = re.compile(
    rb"\n[ \t]*((?:POINTS|VERTICES|LINES|POLYGONS|TRIANGLE_STRIPS|CELLS|CELL_TYPES|POINT_DATA|CELL_DATA|FIELD)"
    rb"[ \t]+\w)",
    re.IGNORECASE,
)


class Cursor:
    """A place in the file, moved by lines of words and by blocks of numbers."""

    def __init__(self, source: Source) -> None:
        self.source, self.data, self.at = source, source.data, 0
        for _ in range(2):
            self._line()
        kind = self._line().strip().upper()
        if kind not in (b"ASCII", b"BINARY"):
            raise source.bad("its third line is neither ASCII nor BINARY")
        self.ascii = kind == b"ASCII"
        if self.ascii:
            filled = np.frombuffer(self.data, np.uint8) > 32
            begins = filled.copy()
            begins[1:] &= ~filled[:-1]
            self.words_at = np.flatnonzero(begins)

    def _line(self) -> bytes:
        end = self.data.find(b"\n", self.at)
        end = len(self.data) if end < 0 else end
        line, self.at = self.data[self.at : end], end + 1
        return line

    def words(self) -> list[str]:
        """The words of the next filled line; none at the end of the file."""
        while self.at < len(self.data):
            words = self._line().decode("latin-1").split()
            if words:
                return words
        return []

    def skip_paragraph(self) -> None:
        """Go on after the next blank line."""
        while self.at < len(self.data) and self._line().strip():
            pass

    def skip_to(self, keyword: re.Pattern[bytes]) -> None:
        """Go on where the next line begins with a keyword, or at the end."""
        found = keyword.search(self.data, max(self.at - 1, 0))
        self.at = found.start(1) if found else len(self.data)

    def numbers(self, count: int, type_name: str) -> np.ndarray:
        """The next `count` numbers."""
        code = TYPES.get(type_name.lower())
        if code is None:
            raise self.source.bad(f"it has numbers of the unknown type '{type_name[:20]}'")
        if count < 0:
            raise self.source.bad(f"its header announces {count} numbers")
        if not self.ascii:
            size = count * np.dtype(code).itemsize
            if self.at + size > len(self.data):
                raise self.source.short(size, max(len(self.data) - self.at, 0), "bytes of numbers")
            values = np.frombuffer(self.data, ">" + code, count, self.at)
            self.at += size
            return values
        first = int(np.searchsorted(self.words_at, self.at))
        if first + count > len(self.words_at):
            raise self.source.short(count, len(self.words_at) - first, "numbers")
        end = int(self.words_at[first + count]) if first + count < len(self.words_at) else len(self.data)
        block, self.at = self.data[self.at : end], end
        return integers(block, self.source) if code[0] in "iu" else floats(block, self.source)


def count_in(words: list[str], place: int, source: Source) -> int:
    """The count at a place of a line of words.

    Raises
    ------
    FormatError   there is none.
    """
    try:
        return int(words[place])
    except (IndexError, ValueError):
        raise source.bad(f"its line '{' '.join(words)[:40]}' lacks a count") from None
