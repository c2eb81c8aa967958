"""Point data of legacy VTK files: scalars, vectors, normals, colours, texture coordinates, fields."""

from __future__ import annotations

import numpy as np

from geomlearn.shapes.io.vtk.cells import Grid
from geomlearn.shapes.io.vtk.cursor import KEYWORD, TYPES, Cursor


def read_attributes(cursor: Cursor, grid: Grid) -> None:
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
            read_field(cursor, words, grid)
        else:
            grid.notes.append(f"Point data from '{key[:20]}' on are left aside.")
            return


def read_field(cursor: Cursor, words: list[str], grid: Grid) -> None:
    """Arrays of numbers by name, of which those with a row per point are kept; what is no number ends it."""
    for _ in range(int(words[2]) if len(words) > 2 and words[2].isdigit() else 0):
        place = cursor.at
        head = cursor.words()
        if head and head[0].upper() == "METADATA":
            cursor.skip_paragraph()
            head = cursor.words()
        if len(head) < 4 or not (head[1].isdigit() and head[2].isdigit()) or head[3].lower() not in TYPES:
            cursor.at = place
            cursor.skip_to(KEYWORD)
            return
        values = cursor.numbers(int(head[1]) * int(head[2]), head[3])
        if int(head[2]) == len(grid.points):
            grid.point_data[head[0]] = _table(values, int(head[1]))


def _table(values: np.ndarray, width: int) -> np.ndarray:
    return values if width == 1 else values.reshape(-1, width)
