"""Numbers in text, read by the block: a line at a time would be a hundred times slower."""

from __future__ import annotations

import re
import warnings

import numpy as np

from geomlearn.shapes.io.blocks import blocks
from geomlearn.shapes.io.decimals import decimals
from geomlearn.shapes.io.source import Source


def plain_lines(data: bytes, comment: bytes = b"#") -> bytes:
    """`data` with line feeds only, and without what follows `comment` on a line."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if comment in data:
        data = re.sub(re.escape(comment) + rb"[^\n]*", b"", data)
    return data


def without_indents(data: bytes, starts: np.ndarray) -> tuple[bytes, np.ndarray]:
    """`data` whose lines begin with their first word, and where they begin (l,)."""
    first = np.frombuffer(data, np.uint8)[starts]
    if not ((first == 32) | (first == 9)).any():
        return data, starts
    data = re.sub(rb"(?m)^[ \t]+", b"", data)
    return data, line_starts(data)


def token_counts(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Words per line, and where each line begins: two (l,) arrays. Blank lines count zero words."""
    counts, starts, at = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for block in blocks(data, b"\n"):
        filled = np.frombuffer(block, np.uint8) > 32
        begins = filled.copy()
        begins[1:] &= ~filled[:-1]
        lines = line_starts(block)
        counts.append(np.add.reduceat(begins.view(np.uint8), lines, dtype=np.int64))
        starts.append(lines + at)
        at += len(block)
    return np.concatenate(counts), np.concatenate(starts)


def line_starts(data: bytes) -> np.ndarray:
    """(l,) the byte at which each line begins; a final empty line is none."""
    feeds = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    starts = np.empty(len(feeds) + 1, np.int64)
    starts[0] = 0
    np.add(feeds, 1, out=starts[1:])
    return starts[:-1] if starts[-1] == len(data) else starts


def lines_where(data: bytes | memoryview, starts: np.ndarray, mask: np.ndarray) -> bytes:
    """The lines of `data` where `mask` (l,) is true, joined."""
    ends = np.append(starts[1:], len(data))
    edge = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    runs = zip(starts[np.flatnonzero(edge == 1)].tolist(), ends[np.flatnonzero(edge == -1) - 1].tolist(), strict=True)
    return b"".join([data[begin:end] for begin, end in runs])


def floats(data: bytes, source: Source) -> np.ndarray:
    """All numbers of `data` as float64.

    Raises
    ------
    FormatError   a word is not a number; the sentence quotes it.
    """
    return decimals(data, lambda words: _numbers(words, np.float64, source))


def integers(data: bytes, source: Source) -> np.ndarray:
    """All numbers of `data` as int64; integers written as 3.0 are integers."""
    if b"." not in data:
        return _numbers(data, np.int64, source)
    values = floats(data, source)
    return whole(values, source)


def whole(values: np.ndarray, source: Source) -> np.ndarray:
    """Numbers as int64, when they are integers."""
    if values.dtype == np.int64:
        return values
    good = (np.abs(values) < 2.0**53) & (values == np.floor(values))
    if not good.all():
        raise source.bad(f"{values[np.flatnonzero(~good)[0]]:g} stands where an integer belongs")
    return values.astype(np.int64)


def _numbers(data: bytes, dtype: type, source: Source) -> np.ndarray:
    if not data or data.isspace():
        return np.zeros(0, dtype)
    try:
        with warnings.catch_warnings():
            # Older numpy only warns about words that are no numbers, and returns what came before.
            warnings.simplefilter("error", DeprecationWarning)
            return np.fromstring(data, dtype=dtype, sep=" ")
    except (ValueError, DeprecationWarning):
        convert = int if dtype is np.int64 else float
        values = [_number(word, convert, source) for word in data.split()]
        try:
            return np.array(values, dtype=dtype)
        except OverflowError:
            raise source.bad("an integer is larger than any count can be") from None


def _number(word: bytes, convert: type, source: Source) -> float:
    try:
        return convert(word)
    except ValueError:
        quoted = word[:24].decode("ascii", errors="replace")
        hint = (
            "Write decimal numbers with a point." if b"," in word else "Export it again from the program that made it."
        )
        raise source.bad(f"'{quoted}' stands where a number belongs", hint) from None


def rows(data: bytes, first: int, n: int, layout: tuple[np.ndarray, np.ndarray]) -> tuple[bytes, np.ndarray]:
    """The bytes and the word counts of `n` filled lines from the filled line `first` on; fewer at the end of the file.

    `layout` is the pair from `token_counts`.
    """
    counts, starts = layout
    filled = np.flatnonzero(counts)
    chosen = filled[first : first + n]
    if len(chosen) == 0:
        return b"", np.zeros(0, np.int64)
    end = starts[chosen[-1] + 1] if chosen[-1] + 1 < len(starts) else len(data)
    return data[starts[chosen[0]] : end], counts[chosen]


def table_text(table: np.ndarray, prefix: str = "") -> str:
    """One line per row, each number in as few digits as bring it back exactly."""
    return "".join([prefix + " ".join(map(repr, row)) + "\n" for row in table.tolist()])


def spread(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Concatenated ranges ``starts[i] … starts[i] + counts[i] - 1``."""
    offsets = np.cumsum(counts) - counts
    return np.repeat(starts - offsets, counts) + np.arange(int(counts.sum()))
