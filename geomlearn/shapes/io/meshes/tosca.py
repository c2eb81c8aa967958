"""Vertices and triangles in two files of one name, .vert and .tri, as the TOSCA collection keeps its shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.shapes.io.parsed import Parsed
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats, integers, plain_lines, token_counts
from geomlearn.shapes.triangulate import Polygons

_OTHER = {".vert": ".tri", ".tri": ".vert"}


def is_tosca(source: Source) -> bool:
    """Whether it is one of the two by its name, and holds rows of text."""
    return source.suffix in _OTHER and b"\0" not in source.head


def read_tosca(source: Source) -> Parsed:
    """The shape of both files, whichever was named; triangles count from 1.

    Raises
    ------
    FormatError   the other file is missing, or a row has not three numbers.
    """
    other = next((path for path in _beside(source) if path.is_file()), None)
    if other is None:
        if source.suffix == ".vert":
            note = f"No {source.stem}.tri lies beside it: read as a point cloud."
            return Parsed(floats(_rows(source), source).reshape(-1, 3), notes=[note])
        raise source.bad("it holds triangles, and no .vert file lies beside it", "Keep both together.")
    two = {source.suffix: source, _OTHER[source.suffix]: Source(other)}
    points = floats(_rows(two[".vert"]), two[".vert"]).reshape(-1, 3)
    faces = integers(_rows(two[".tri"]), two[".tri"]).reshape(-1, 3)
    base = 0 if len(faces) and faces.min() == 0 else 1
    return Parsed(points, Polygons.uniform(faces - base), notes=[f"Read with {other.name} beside it."], base=base)


def _beside(source: Source) -> list[Path]:
    """Where the other file may be, in the manner of writing of this one."""
    suffix = _OTHER[source.suffix]
    suffix = suffix.upper() if source.path.suffix.isupper() else suffix
    name = source.path.with_name(source.stem)
    return [name.with_name(name.name + suffix), *(name.with_name(name.name + suffix + end) for end in (".gz",))]


def _rows(source: Source) -> bytes:
    data = plain_lines(source.data)
    counts, _ = token_counts(data)
    wrong = np.flatnonzero((counts != 3) & (counts != 0))
    if len(wrong) or not counts.any():
        line, found = (int(wrong[0]) + 1, int(counts[wrong[0]])) if len(wrong) else (1, 0)
        raise source.bad(f"line {line} has {found} numbers instead of 3", "The file is cut short or damaged.")
    return data
