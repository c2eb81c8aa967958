"""Point Cloud Data (PCD) of the Point Cloud Library: ASCII, binary, and LZF-compressed."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.io.clouds.lzf import decompress
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, plain_lines, token_counts

_KEYS = ("VERSION", "FIELDS", "COLUMNS", "SIZE", "TYPE", "COUNT", "WIDTH", "HEIGHT", "VIEWPOINT", "POINTS", "DATA")
_SIZES = {"F": (4, 8), "U": (1, 2, 4, 8), "I": (1, 2, 4, 8)}


def is_pcd(source: Source) -> bool:
    """Whether it begins as PCD files do, or has their header lines."""
    head = source.head[:4096]
    return head.startswith((b"# .PCD", b"VERSION .7", b"VERSION 0.7")) or (b"\nFIELDS " in head and b"\nDATA " in head)


def read_pcd(source: Source) -> Parsed:
    """Points, normals and colours; points without finite coordinates, which scanners leave, are dropped.

    Raises
    ------
    FormatError   the header is damaged, or the file holds fewer points than it announces.
    """
    header, start = _header(source)
    fields, n = _layout(header, source)
    if not {"x", "y", "z"} <= set(fields.names):
        raise source.bad("its fields lack one of x, y, z")
    kind = header["DATA"][0].lower()
    if kind == "ascii":
        columns = _read_text(source, start, fields, n)
    elif kind == "binary":
        columns = _read_binary(source.data[start:], fields, n, source)
    elif kind == "binary_compressed":
        columns = _read_compressed(source.data[start:], fields, n, source)
    else:
        raise source.bad(f"its data are '{kind[:20]}', which is none of ascii, binary, binary_compressed")
    normals = None
    if {"normal_x", "normal_y", "normal_z"} <= columns.keys():
        normals = _stack(columns, "normal_x", "normal_y", "normal_z")
    parsed = Parsed(_stack(columns, "x", "y", "z"), normals=normals)
    parsed.colors = _colors(columns, parsed.notes)
    used = {*"xyz", "normal_x", "normal_y", "normal_z", "rgb", "rgba", "_"}
    parsed.point_data = {name: column for name, column in columns.items() if name not in used}
    return parsed


class _Fields:
    """Names, numpy letters and repeats of the columns."""

    def __init__(self, names: list[str], codes: list[str], repeats: list[int]) -> None:
        self.names, self.codes, self.repeats = names, codes, repeats

    @property
    def dtype(self) -> np.dtype:
        """The layout of one point in a binary file."""
        # Columns are numbered, since the padding called _ may come several times.
        return np.dtype(
            [(str(i), f"<{c}", (r,)) for i, (c, r) in enumerate(zip(self.codes, self.repeats, strict=True))]
        )


def _header(source: Source) -> tuple[dict[str, list[str]], int]:
    header, at, data = {}, 0, source.data
    while "DATA" not in header:
        end = data.find(b"\n", at, at + 65536)
        if end < 0 or at > 65536:
            raise source.bad("its header has no DATA line", "The file is cut short or damaged.")
        words = data[at:end].decode("latin-1").split()
        at = end + 1
        if words and words[0].upper() in _KEYS:
            header[words[0].upper()] = words[1:]
    if not header["DATA"]:
        raise source.bad("its header does not say how the data are stored")
    return header, at


def _layout(header: dict[str, list[str]], source: Source) -> tuple[_Fields, int]:
    names = header.get("FIELDS") or header.get("COLUMNS") or []
    try:
        sizes = [int(word) for word in header["SIZE"]]
        kinds = header["TYPE"]
        repeats = [int(word) for word in header.get("COUNT", ["1"] * len(names))]
        n = int(header["POINTS"][0]) if header.get("POINTS") else int(header["WIDTH"][0]) * int(header["HEIGHT"][0])
    except (KeyError, ValueError, IndexError):
        raise source.bad("its header is incomplete or damaged") from None
    if not names or not len(names) == len(sizes) == len(kinds) == len(repeats):
        raise source.bad("the FIELDS, SIZE, TYPE and COUNT lines of its header do not agree")
    bad = [
        k for k, s, r in zip(kinds, sizes, repeats, strict=True) if s not in _SIZES.get(k, ()) or not 0 < r < 1 << 20
    ]
    if bad or n < 0:
        raise source.bad("its header has a field of unknown type or an impossible count")
    return _Fields(names, [f"{k.lower()}{s}" for k, s in zip(kinds, sizes, strict=True)], repeats), n


def _read_text(source: Source, start: int, fields: _Fields, n: int) -> dict[str, np.ndarray]:
    data = plain_lines(source.data[start:])
    counts, _ = token_counts(data)
    counts = counts[counts > 0]
    width = sum(fields.repeats)
    if len(counts) < n:
        raise source.short(n, len(counts), "points")
    if (counts[:n] < width).any():
        row = int(np.flatnonzero(counts[:n] < width)[0])
        raise source.bad(
            f"point {row} has {counts[row]} numbers instead of {width}", "The file is cut short or damaged."
        )
    values = floats(data, source)
    begins = (np.cumsum(counts) - counts)[:n]
    offsets = np.cumsum([0, *fields.repeats[:-1]])
    return {name: values[begins + offset] for name, offset in zip(fields.names, offsets, strict=True)}


def _read_binary(data: bytes, fields: _Fields, n: int, source: Source) -> dict[str, np.ndarray]:
    dtype = fields.dtype
    if n * dtype.itemsize > len(data):
        raise source.short(n, len(data) // dtype.itemsize, "points")
    table = np.frombuffer(data, dtype, n)
    return {name: table[str(i)][:, 0] for i, name in enumerate(fields.names)}


def _read_compressed(data: bytes, fields: _Fields, n: int, source: Source) -> dict[str, np.ndarray]:
    if len(data) < 8:
        raise source.short(n, 0, "points")
    packed, size = np.frombuffer(data, "<u4", 2).tolist()
    dtype = fields.dtype
    if packed > len(data) - 8:
        raise source.short(packed, len(data) - 8, "compressed bytes")
    if n * dtype.itemsize > size:
        raise source.short(n, size // dtype.itemsize, "points")
    raw = decompress(data[8 : 8 + packed], size)
    if raw is None:
        raise source.bad("its compressed part is damaged")
    out, at = {}, 0
    # Compressed files store one column after the other.
    for name, code, repeat in zip(fields.names, fields.codes, fields.repeats, strict=True):
        column = np.frombuffer(raw, f"<{code}", n * repeat, at).reshape(n, repeat)
        out[name] = column[:, 0]
        at += column.nbytes
    return out


def _stack(columns: dict[str, np.ndarray], *names: str) -> np.ndarray:
    return np.stack([columns[name] for name in names], axis=1)


def _colors(columns: dict[str, np.ndarray], notes: list[str]) -> np.ndarray | None:
    """Colours, which the format packs into the bits of one number; text in which those bits are no number lost them."""
    packed = columns.get("rgb", columns.get("rgba"))
    if packed is None:
        return None
    if packed.dtype == np.float64:
        lost = int(np.isnan(packed).sum())
        if lost:
            notes.append(f"The file's colours are left out: {lost} of {len(packed)} were written as nan.")
            return None
        # Text: small whole numbers are the bits, anything else is a float whose bits they are.
        integer = packed == np.floor(packed)
        whole = np.clip(np.nan_to_num(packed), 0, 2**32 - 1).astype(np.uint32)
        bits = whole if integer.all() else packed.astype(np.float32).view(np.uint32)
    elif packed.dtype.itemsize == 4:
        bits = np.ascontiguousarray(packed).view(np.uint32)
    else:
        return None
    return np.stack([(bits >> 16) & 255, (bits >> 8) & 255, bits & 255], axis=1).astype(np.uint8)
