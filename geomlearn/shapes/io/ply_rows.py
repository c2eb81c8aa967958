"""The rows of one PLY element, from binary data or from text, as a table of columns."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geomlearn.shapes.io.parsed import Source
from geomlearn.shapes.io.text import floats, integers, rows, spread, whole

if TYPE_CHECKING:
    from geomlearn.shapes.io.ply import Element

_LETTERS = {
    **{"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i"},
    **{"u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d"},
}

# A scalar column is an array (count,); a list column is the pair (items, counts).
Table = dict[str, np.ndarray | tuple[np.ndarray, np.ndarray]]


class Property(NamedTuple):
    """A column: `code` is numpy's letter for its items, `counter` that of its length when it is a list."""

    name: str
    code: str
    counter: str | None

    @property
    def is_index(self) -> bool:
        """Whether it is a list of integers; lists of other numbers (texture coordinates) are stepped over."""
        return self.counter is not None and self.code[0] in "iu"


def binary_rows(data: bytes, start: int, element: Element, order: str, source: Source) -> tuple[Table, int]:
    """The element's columns from `start` on, and where the next element begins.

    Raises
    ------
    FormatError   the data end before the element does.
    """
    properties, n = element.properties, element.count
    if n == 0 or not properties:
        return _empty(properties), start
    smallest = sum(np.dtype(p.counter or p.code).itemsize for p in properties)
    if start + n * smallest > len(data):
        raise source.short(n, max(len(data) - start, 0) // smallest, f"{element.name} rows")
    dtype, names = _dtype(data, start, properties, order)
    if dtype is not None and start + n * dtype.itemsize <= len(data):
        table = np.frombuffer(data, dtype, n, start)
        sizes = [p for p in properties if p.counter]
        if all((table[names[p.name] + "#"] == table[names[p.name] + "#"][0]).all() for p in sizes):
            return _from_table(table, properties, names), start + n * dtype.itemsize
    return _row_by_row(data, start, element, order, source)


def _empty(properties: list[Property]) -> Table:
    nothing = np.zeros(0, np.int64)
    return {p.name: (nothing, nothing) if p.counter else np.zeros(0, p.code) for p in properties}


def _dtype(data: bytes, start: int, properties: list[Property], order: str) -> tuple[np.dtype | None, dict[str, str]]:
    """The layout that all rows have when their lists are as long as those of the first row."""
    fields, names, at = [], {}, start
    for i, p in enumerate(properties):
        names[p.name] = f"{i}"
        if p.counter is None:
            fields.append((f"{i}", order + p.code))
            at += np.dtype(p.code).itemsize
            continue
        width = np.dtype(p.counter).itemsize
        if at + width > len(data):
            return None, names
        count = int(np.frombuffer(data, order + p.counter, 1, at)[0])
        at += width + count * np.dtype(p.code).itemsize
        if count < 0 or at > len(data):
            return None, names
        fields += [(f"{i}#", order + p.counter), (f"{i}", order + p.code, (count,))]
    return np.dtype(fields), names


def _from_table(table: np.ndarray, properties: list[Property], names: dict[str, str]) -> Table:
    out: Table = {}
    for p in properties:
        column = table[names[p.name]]
        if p.counter is None:
            out[p.name] = column
        elif p.is_index:
            out[p.name] = (column.reshape(-1).astype(np.int64), np.full(len(table), column.shape[1]))
    return out


def _row_by_row(data: bytes, start: int, element: Element, order: str, source: Source) -> tuple[Table, int]:
    """Lists of different lengths: each row's place depends on all rows before it."""
    steps = []
    items: dict[str, list] = {p.name: [] for p in element.properties}
    counts: dict[str, list] = {p.name: [] for p in element.properties}
    for p in element.properties:
        counter = struct.Struct(order + _LETTERS[p.counter]) if p.counter else None
        steps.append((items[p.name], counts[p.name], _LETTERS[p.code], np.dtype(p.code).itemsize, counter))
    at = start
    for row in range(element.count):
        for values, lengths, letter, width, counter in steps:
            count = 1
            if counter is not None and at + counter.size <= len(data):
                (count,) = counter.unpack_from(data, at)
                at += counter.size
                lengths.append(count)
            if count < 0 or at + count * width > len(data):
                raise source.short(element.count, row, f"complete {element.name} rows")
            values += struct.unpack_from(f"{order}{count}{letter}", data, at)
            at += count * width
    out: Table = {p.name: np.array(items[p.name], p.code) for p in element.properties if not p.counter}
    for p in element.properties:
        if p.is_index:
            out[p.name] = (np.array(items[p.name], np.int64), np.array(counts[p.name], np.int64))
    return out, at


def text_rows(data: bytes, layout: tuple[np.ndarray, np.ndarray], line: int, element: Element, source: Source) -> Table:
    """The element's columns from the filled line number `line` on, one row a line.

    Raises
    ------
    FormatError   lines are missing or shorter than the header says.
    """
    properties = element.properties
    if element.count == 0 or not properties:
        return _empty(properties)
    block, words = rows(data, line, element.count, layout)
    if len(words) < element.count:
        raise source.short(element.count, len(words), f"{element.name} rows")
    lists_only = all(p.is_index for p in properties)
    values = integers(block, source) if lists_only else floats(block, source)
    at = np.cumsum(words) - words
    ends = at + words
    out: Table = {}
    for p in properties:
        if (at >= ends).any():
            row = int(np.flatnonzero(at >= ends)[0])
            raise source.bad(f"{element.name} {row} has too few numbers", "The file is cut short or damaged.")
        if p.counter is None:
            out[p.name] = values[at] if p.code[0] == "f" else _whole_column(values[at], p.code, source)
            at = at + 1
            continue
        counts = values[at] if values.dtype == np.int64 else whole(values[at], source)
        wrong = np.flatnonzero((counts < 0) | (at + 1 + counts > ends))
        if len(wrong):
            raise source.bad(f"{element.name} {wrong[0]} announces {counts[wrong[0]]} items, but its line is shorter")
        if p.is_index:
            items = values[spread(at + 1, counts)]
            out[p.name] = (items if items.dtype == np.int64 else whole(items, source), counts)
        at = at + 1 + counts
    return out


def _whole_column(values: np.ndarray, code: str, source: Source) -> np.ndarray:
    limits = np.iinfo(code)
    return np.clip(whole(values, source), limits.min, limits.max).astype(code) if limits.max < 2**62 else values
