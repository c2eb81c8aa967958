"""The rows of one PLY element from binary data, as a table of columns."""

from __future__ import annotations

import struct

import numpy as np

from geomlearn.shapes.io.meshes.ply_header import Element, Property, Table
from geomlearn.shapes.io.source import Source

_LETTERS = {
    **{"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i"},
    **{"u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d"},
}


def binary_rows(data: bytes, start: int, element: Element, order: str, source: Source) -> tuple[Table, int]:
    """The element's columns from `start` on, and where the next element begins.

    Raises
    ------
    FormatError   the data end before the element does.
    """
    properties, n = element.properties, element.count
    if n == 0 or not properties:
        return element.empty(), start
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


def _dtype(data: bytes, start: int, properties: list[Property], order: str) -> tuple[np.dtype | None, dict[str, str]]:
    """The layout that all rows have when their lists are as long as those of the first row."""
    fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
    names: dict[str, str] = {}
    at = start
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
            items = column.astype(np.int64, order="C").reshape(-1)
            out[p.name] = (items, np.broadcast_to(np.int64(column.shape[1]), len(table)))
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
