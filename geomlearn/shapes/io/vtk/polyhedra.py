"""Faces of polyhedra in VTK's XML files, which keep them beside the cells, in one of two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from geomlearn.shapes.io.meshes.ragged import walk
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.vtk.offsets import cells_from_ends
from geomlearn.shapes.triangulate import Polygons

if TYPE_CHECKING:
    from geomlearn.shapes.io.vtk.xml import Document


def polyhedra(document: Document, holder: ElementTree.Element | None) -> Polygons:
    """The faces of all polyhedra of a piece.

    Raises
    ------
    FormatError   they are missing, or contradict each other.
    """
    arrays = {} if holder is None else {array.get("Name", ""): array for array in holder.findall("DataArray")}
    source = document.source
    if {"face_connectivity", "face_offsets"} <= arrays.keys():
        corners, ends = (document.column(arrays[name]) for name in ("face_connectivity", "face_offsets"))
        return cells_from_ends(corners, ends, source)
    if not {"faces", "faceoffsets"} <= arrays.keys():
        raise source.bad("the faces of its polyhedra are missing")
    values, ends = document.column(arrays["faces"]), document.column(arrays["faceoffsets"])
    parts, start = [], 0
    for end in ends[ends >= 0].tolist():  # other cells have -1
        if not start < end <= len(values):
            raise source.bad("the faces of its polyhedra contradict their offsets")
        parts.append(faces_of_polyhedron(values[start:end], source))
        start = end
    return Polygons.joined(parts) if parts else Polygons.none()


def faces_of_polyhedron(values: np.ndarray, source: Source) -> Polygons:
    """The faces in ``n_faces, n, corner …, n, corner …``.

    Raises
    ------
    FormatError   these numbers contradict each other.
    """
    polygons, end = walk(values[1:], int(values[0])) if len(values) else (None, 0)
    if polygons is None or end != len(values) - 1 or values[0] < 0:
        raise source.bad("the faces of a polyhedron do not fill the numbers announced for them")
    return polygons
