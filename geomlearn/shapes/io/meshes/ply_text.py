"""The rows of PLY elements from text, as tables of columns."""

from __future__ import annotations

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io.blocks import BLOCK
from geomlearn.shapes.io.meshes.ply_header import Element, Table
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers, plain_lines, rows, spread, token_counts, whole


class TextRows:
    """The lines after a header, taken element by element, one row a line."""

    def __init__(self, data: bytes, start: int, source: Source) -> None:
        # Most files are plain lines already, and need not be copied.
        is_plain = data.find(b"\r", start) < 0 and data.find(b"#", start) < 0
        self._data, self._at = (data, start) if is_plain else (plain_lines(data[start:]), 0)
        self._source = source

    def take(self, element: Element) -> Table:
        """The element's columns, from where the last element ended.

        Raises
        ------
        FormatError   lines are missing or shorter than the header says.
        """
        if element.count == 0 or not element.properties:
            return element.empty()
        table = self._alike(element)
        return self._line_by_line(element) if table is None else table

    def _end_of(self, n_lines: int) -> int | None:
        """Where so many lines end, from here on; None when there are fewer."""
        buffer = np.frombuffer(self._data, np.uint8)
        for start in range(self._at, len(buffer), BLOCK):
            feeds = buffer[start : start + BLOCK] == 10
            count = int(np.count_nonzero(feeds))
            if count >= n_lines:
                return start + int(np.flatnonzero(feeds)[n_lines - 1]) + 1
            n_lines -= count
        return None

    def _alike(self, element: Element) -> Table | None:
        """The columns when no line is blank and all hold equally many numbers, else None: words need no counting."""
        lists = [p for p in element.properties if p.counter]
        if lists and not (len(element.properties) == 1 and lists[0].is_index):
            return None
        end = self._end_of(element.count)
        if end is None:
            return None
        block = self._data[self._at : end]
        try:
            values = integers(block, self._source) if lists else floats(block, self._source)
        except FormatError:
            return None
        if len(values) == 0:
            return None
        width = int(values[0]) + 1 if lists else len(element.properties)
        if len(values) != element.count * width:
            return None
        values = values.reshape(element.count, width)
        if lists and not (values[:, 0] == width - 1).all():
            return None
        self._at = end
        if lists:
            return {lists[0].name: (values[:, 1:].reshape(-1), np.broadcast_to(values[0, 0], element.count))}
        return {p.name: self._column(values[:, i], p.code) for i, p in enumerate(element.properties)}

    def _line_by_line(self, element: Element) -> Table:
        rest = self._data[self._at :]
        counts, starts = token_counts(rest)
        block, words = rows(rest, 0, element.count, (counts, starts))
        if len(words) < element.count:
            raise self._source.short(element.count, len(words), f"{element.name} rows")
        line = int(np.flatnonzero(counts)[element.count - 1]) + 1
        self._at += int(starts[line]) if line < len(starts) else len(rest)
        lists_only = all(p.is_index for p in element.properties)
        values = integers(block, self._source) if lists_only else floats(block, self._source)
        return self._columns(element, values, words)

    def _columns(self, element: Element, values: np.ndarray, words: np.ndarray) -> Table:
        source = self._source
        at = np.cumsum(words) - words
        ends = at + words
        out: Table = {}
        for p in element.properties:
            if (at >= ends).any():
                row = int(np.flatnonzero(at >= ends)[0])
                raise source.bad(f"{element.name} {row} has too few numbers", "The file is cut short or damaged.")
            if p.counter is None:
                out[p.name] = self._column(values[at], p.code)
                at = at + 1
                continue
            counts = whole(values[at], source)
            wrong = np.flatnonzero((counts < 0) | (at + 1 + counts > ends))
            if len(wrong):
                row = int(wrong[0])
                raise source.bad(f"{element.name} {row} announces {counts[row]} items, but its line is shorter")
            if p.is_index:
                out[p.name] = (whole(values[spread(at + 1, counts)], source), counts)
            at = at + 1 + counts
        return out

    def _column(self, values: np.ndarray, code: str) -> np.ndarray:
        if code[0] == "f" or code[1] == "8":
            return values
        limits = np.iinfo(code)
        return np.clip(whole(values, self._source), limits.min, limits.max).astype(code)
