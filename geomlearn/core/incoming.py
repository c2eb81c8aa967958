"""Bytes as files bring them, made plain where they come in: unpacked when gzip, bzip2 or xz packed them, and UTF-8."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geomlearn.core.errors import FormatError
from geomlearn.core.files import existing_file

# Text packs some ten times; only what is made to exhaust memory packs hundreds of times. Little is never refused.
MOST_PACKED = 50
ALWAYS_FINE = 64 << 20
PACKED_SUFFIXES = (".gz", ".bz2", ".xz")
_PACKERS: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
    (b"\x1f\x8b\x08", "gzip", lambda: zlib.decompressobj(31)),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", "xz", lambda: lzma.LZMADecompressor(memlimit=256 << 20)),
)
_FOREIGN = {b"\x28\xb5\x2f\xfd": "zstandard", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR"}
# The longer marks first: that of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def plain_suffix(path: Path) -> str:
    """The suffix that says what is in a file, in small letters: .obj also of a.obj.gz."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in PACKED_SUFFIXES else suffix


def packer_of(data: bytes) -> str | None:
    """gzip, bzip2, xz or None, by how the bytes begin."""
    return next((title for mark, title, _ in _PACKERS if data.startswith(mark)), None)


def unpacked(data: bytes, name: str, most: int | None = None) -> bytes:
    """`data` itself, or what gzip, bzip2 or xz packed into it.

    Parameters
    ----------
    most   stop after this many bytes, for a look at the beginning; by default everything.

    Raises
    ------
    FormatError   it is damaged, out of proportion, or packed by a program whose files are not read.
    """
    for mark, title in _FOREIGN.items():
        if data.startswith(mark):
            raise FormatError(f"{name} is packed with {title}.", "Unpack it first.")
    start = next((start for mark, _, start in _PACKERS if data.startswith(mark)), None)
    if start is None:
        return data
    allowed = max(ALWAYS_FINE, MOST_PACKED * len(data))
    limit = allowed + 1 if most is None else most
    out, rest = [], data
    try:
        while rest and limit > 0:  # packed files may follow each other
            engine = start()
            piece = engine.decompress(rest, limit)
            out.append(piece)
            limit -= len(piece)
            if not engine.eof:
                if limit > 0 and most is None:
                    raise EOFError
                break
            rest = engine.unused_data.lstrip(b"\0")
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
        if most is None or not out:
            raise FormatError(f"{name} cannot be unpacked: it is cut short or damaged.", "Fetch it again.") from None
    if most is None and limit <= 0:
        raise FormatError(
            f"{name} unpacks to more than {allowed} bytes, out of proportion to its {len(data)} bytes.",
            "It is damaged, or made to exhaust memory; unpack it yourself if you trust it.",
        )
    return b"".join(out)


def as_utf8(data: bytes) -> bytes:
    """Text in any encoding of Unicode as UTF-8 without a byte-order mark; bytes that are no such text unchanged.

    UTF-16 without a mark is told by its zeros: every second byte of ASCII text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return rest if encoding == "utf-8" else _recoded(rest, encoding, data)
    told = _unmarked(data[:256])
    return data if told is None else _recoded(data, told, data)


def _recoded(data: bytes, encoding: str, whole: bytes) -> bytes:
    width = 4 if "32" in encoding else 2
    try:
        return data[: len(data) // width * width].decode(encoding).encode()
    except UnicodeError:
        return whole  # the marks of UTF-16 can begin any file of numbers as well


def _unmarked(head: bytes) -> str | None:
    head = head[: len(head) // 2 * 2]
    if len(head) < 8 or b"\0" not in head:
        return None
    for zeros, letters, encoding in ((head[1::2], head[::2], "utf-16-le"), (head[::2], head[1::2], "utf-16-be")):
        if not any(zeros) and all(32 <= c < 127 or c in b"\t\r\n" for c in letters):
            return encoding
    return None


def read_plain(path: str | Path) -> bytes:
    """The bytes of a file, unpacked and UTF-8 where they are text.

    Raises
    ------
    FormatError   the file is missing, empty, cannot be read or unpacked.
    """
    path = existing_file(path)
    try:
        return as_utf8(unpacked(path.read_bytes(), path.name))
    except OSError as error:
        raise FormatError(f"{path.name} cannot be read: {error.strerror}.", "Check the disk and permissions.") from None


def read_text(path: str | Path, expected: str = "Expected a text file.") -> str:
    """The text of a file in any encoding of Unicode.

    Raises
    ------
    FormatError   the file is missing, empty, or no text; `expected` is the hint.
    """
    data = read_plain(path)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise FormatError(f"{Path(path).name} is not a text file.", expected)
    return text
