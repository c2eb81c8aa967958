"""The header of a PLY file: what elements follow, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geomlearn.shapes.io.source import Source

# A scalar column is an array (count,); a list column is the pair (items, counts).
Table = dict[str, np.ndarray | tuple[np.ndarray, np.ndarray]]

_TYPES = {
    **{"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"},
    **{"float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2"},
    **{"int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8", "float32": "f4", "float64": "f8"},
}


_LINE_END = re.compile(rb"\r\n|\n|\r")
# The rest of the last line of a header whose lines end so, with the blanks that some programs leave there.
_LAST = {mark: re.compile(rb"(?:[ \t]*" + mark + rb")?") for mark in (b"\n", b"\r")}
_LAST[b"\r\n"] = re.compile(rb"(?:[ \t]*\r?\n)?")


class Property(NamedTuple):
    """A column: `code` is numpy's letter for its items, `counter` that of its length when it is a list."""

    name: str
    code: str
    counter: str | None

    @property
    def is_index(self) -> bool:
        """Whether it is a list of integers; lists of other numbers (texture coordinates) are stepped over."""
        return self.counter is not None and self.code[0] in "iu"


@dataclass
class Element:
    """One element of the header: so many rows of these properties."""

    name: str
    count: int
    properties: list[Property]

    def empty(self) -> Table:
        """The columns of no rows."""
        nothing = np.zeros(0, np.int64)
        return {p.name: (nothing, nothing) if p.counter else np.zeros(0, p.code) for p in self.properties}


def read_header(source: Source) -> tuple[str, list[Element], int]:
    """The kind of body, the elements, and the byte where the body begins."""
    end = source.data.find(b"end_header", 0, 1 << 20)
    if source.data[:3] != b"ply" or end < 0:
        raise source.bad("it has no complete PLY header", "Check that it is a PLY file and not cut short.")
    # The body begins right after the line end; binary data may look like further line ends, or like blanks.
    after = end + len(b"end_header")
    first = _LINE_END.search(source.data, 0, end)
    last = _LAST[first[0]].match(source.data, after, after + 256) if first else None
    after = last.end() if last else after + 1
    kind, elements = "", []
    for line in source.data[:end].decode("latin-1").replace("\r", "\n").split("\n"):
        words = line.split()
        try:
            if words[:1] == ["format"]:
                kind = words[1]
            elif words[:1] == ["element"]:
                elements.append(Element(words[1], _count(words[2]), []))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append(Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append(Property(words[2], _TYPES[words[1]], None))
        except (IndexError, KeyError, ValueError):
            raise source.bad(f"its header has the line '{line[:60]}'") from None
    if kind not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise source.bad(f"its header announces the format '{kind[:30]}'")
    return kind, elements, after


def _count(word: str) -> int:
    count = int(word)
    if count < 0:
        raise ValueError
    return count
