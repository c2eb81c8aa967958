"""Legacy VTK files (.vtk), ASCII and binary, of surfaces and unstructured grids."""

from __future__ import annotations

import re

import numpy as np

from geomlearn.shapes.io.meshes.ragged import walk
from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers
from geomlearn.shapes.io.vtk.cells import Grid, cells_from_offsets, surface
from geomlearn.shapes.triangulate import Polygons

_TYPES = {
    **{"float": "f4", "double": "f8", "int": "i4", "unsigned_int": "u4", "long": "i8", "unsigned_long": "u8"},
    # VTK keeps its ids in memory with 64 bits, but writes them with 32.
    **{"vtkidtype": "i4", "vtktypeint64": "i8", "vtktypeint32": "i4", "short": "i2", "unsigned_short": "u2"},
    **{"char": "i1", "unsigned_char": "u1", "vtktypeuint64": "u8", "vtktypeuint32": "u4"},
}
# The cell type that the lists of a polygonal dataset stand for.
_KEYWORD = re.compile(
    rb"\n[ \t]*((?:POINTS|VERTICES|LINES|POLYGONS|TRIANGLE_STRIPS|CELLS|CELL_TYPES|POINT_DATA|CELL_DATA|FIELD)"
    rb"[ \t]+\w)",
    re.IGNORECASE,
)
_POINT_DATA = re.compile(rb"\n[ \t]*(POINT_DATA[ \t]+\d)", re.IGNORECASE)
_LISTS = {"VERTICES": 2, "LINES": 4, "POLYGONS": 7, "TRIANGLE_STRIPS": 6}


class _Cursor:
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
        code = _TYPES.get(type_name.lower())
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


def is_legacy_vtk(source: Source) -> bool:
    """Whether it begins with the name of this format."""
    return source.head.startswith(b"# vtk DataFile")


def read_legacy_vtk(source: Source) -> Parsed:
    """The surface of a POLYDATA or UNSTRUCTURED_GRID dataset.

    Raises
    ------
    FormatError   another kind of dataset, or the file is damaged or cut short.
    """
    return surface(read_legacy_grid(source), source)


def read_legacy_grid(source: Source) -> Grid:
    """All of the file: points, cells, point data."""
    cursor = _Cursor(source)
    words = cursor.words()
    if len(words) < 2 or words[0].upper() != "DATASET":
        raise source.bad("its DATASET line is missing")
    if words[1].upper() not in ("POLYDATA", "UNSTRUCTURED_GRID"):
        raise source.bad(
            f"it holds a {words[1][:30]}, which is no surface",
            "Extract its surface (in ParaView: Extract Surface) and save that.",
        )
    grid, at_point_data = _geometry(cursor, source)
    if at_point_data == len(grid.points):
        _read_attributes(cursor, grid)
    if grid.cells.n == 0:
        if words[1].upper() == "UNSTRUCTURED_GRID":
            raise source.bad("its CELLS are missing", "The file is cut short or damaged.")
        grid.notes.append(f"{source.name} holds no cells: if it should be a mesh, it is cut short.")
    return grid


def _geometry(cursor: _Cursor, source: Source) -> tuple[Grid, int]:
    """Points and cells, and what the point data that follow say is their count."""
    points, parts, types, at_point_data, has_cell_data = None, [], [], 0, False
    while words := cursor.words():
        key = words[0].upper()
        if key == "POINTS":
            kind = words[2] if len(words) > 2 else "float"
            points = cursor.numbers(3 * _count(words, 1, source), kind).reshape(-1, 3)
        elif key in _LISTS or key == "CELLS":
            parts.append(_cells(cursor, words))
            types.append(np.full(parts[-1].n, _LISTS.get(key, 0)))
        elif key == "CELL_TYPES":
            types = [cursor.numbers(_count(words, 1, source), "int").astype(np.int64)]
        elif key == "POINT_DATA":
            at_point_data = _count(words, 1, source)
            break
        elif key == "CELL_DATA":
            cursor.skip_to(_POINT_DATA)
            has_cell_data = True
        elif key == "METADATA":
            cursor.skip_paragraph()
        elif key == "FIELD":
            _read_field(cursor, words, Grid(np.zeros((0, 3)), Polygons.none(), np.zeros(0, np.int64)))
        else:
            cursor.skip_to(_KEYWORD)
    if points is None:
        raise source.bad("it holds no POINTS")
    cells, kinds = Polygons.joined(parts), np.concatenate([np.zeros(0, np.int64), *types])
    if len(kinds) != cells.n:
        raise source.bad(f"it has {cells.n} cells, but {len(kinds)} cell types")
    return Grid(points, cells, kinds, left=["cell data"] if has_cell_data else []), at_point_data


def _count(words: list[str], place: int, source: Source) -> int:
    try:
        return int(words[place])
    except (IndexError, ValueError):
        raise source.bad(f"its line '{' '.join(words)[:40]}' lacks a count") from None


def _cells(cursor: _Cursor, words: list[str]) -> Polygons:
    source = cursor.source
    n, size = _count(words, 1, source), _count(words, 2, source)
    place = cursor.at
    head = cursor.words()
    if head and head[0].upper() == "OFFSETS":
        # Since version 5 offsets and corners stand apart; the counts of the headline are those of the arrays.
        offsets = cursor.numbers(n, head[-1]).astype(np.int64)
        head = cursor.words()
        if not head or head[0].upper() != "CONNECTIVITY":
            raise source.bad("its CONNECTIVITY line is missing")
        return cells_from_offsets(cursor.numbers(size, head[-1]).astype(np.int64), offsets, source)
    cursor.at = place
    polygons, end = walk(cursor.numbers(size, "int"), n)
    if polygons is None or end != size:
        raise source.bad(f"its {n} {words[0].lower()} do not fill the {size} numbers announced for them")
    return polygons


def _read_attributes(cursor: _Cursor, grid: Grid) -> None:
    """Point data as far as they can be understood; what follows something unknown is noted and left out."""
    n = len(grid.points)
    while words := cursor.words():
        key, name = words[0].upper(), words[1] if len(words) > 1 else ""
        if key == "METADATA":
            cursor.skip_paragraph()
        elif key == "CELL_DATA":
            grid.left.append("cell data")
            return
        elif key == "SCALARS" and len(words) >= 3:
            width = int(words[3]) if len(words) > 3 and words[3].isdigit() else 1
            place = cursor.at
            if (cursor.words() or [""])[0].upper() != "LOOKUP_TABLE":
                cursor.at = place
            grid.point_data[name] = _table(cursor.numbers(n * width, words[2]), width)
        elif key in ("VECTORS", "NORMALS") and len(words) >= 3:
            grid.point_data[name if key == "VECTORS" else "Normals"] = cursor.numbers(3 * n, words[2]).reshape(-1, 3)
        elif key == "COLOR_SCALARS" and len(words) >= 3 and words[2].isdigit():
            width = int(words[2])
            grid.point_data[name] = _table(
                cursor.numbers(n * width, "float" if cursor.ascii else "unsigned_char"), width
            )
        elif key == "TEXTURE_COORDINATES" and len(words) >= 4 and words[2].isdigit():
            grid.point_data[name] = _table(cursor.numbers(n * int(words[2]), words[3]), int(words[2]))
        elif key == "FIELD":
            _read_field(cursor, words, grid)
        else:
            grid.notes.append(f"Point data from '{key[:20]}' on are left aside.")
            return


def _read_field(cursor: _Cursor, words: list[str], grid: Grid) -> None:
    """Arrays of numbers by name, of which those with a row per point are kept; what is no number ends it."""
    for _ in range(int(words[2]) if len(words) > 2 and words[2].isdigit() else 0):
        place = cursor.at
        head = cursor.words()
        if head and head[0].upper() == "METADATA":
            cursor.skip_paragraph()
            head = cursor.words()
        if len(head) < 4 or not (head[1].isdigit() and head[2].isdigit()) or head[3].lower() not in _TYPES:
            cursor.at = place
            cursor.skip_to(_KEYWORD)
            return
        values = cursor.numbers(int(head[1]) * int(head[2]), head[3])
        if int(head[2]) == len(grid.points):
            grid.point_data[head[0]] = _table(values, int(head[1]))


def _table(values: np.ndarray, width: int) -> np.ndarray:
    return values if width == 1 else values.reshape(-1, width)
