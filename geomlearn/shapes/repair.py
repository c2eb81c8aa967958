"""Mending what can be mended without inventing geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.quality import degenerate
from geomlearn.shapes.shape import Shape
from geomlearn.shapes.topology import Topology, inside_out
from geomlearn.shapes.welding import weld


@dataclass(frozen=True)
class Repaired:
    """A mended shape.

    Attributes
    ----------
    shape          the new shape, without the warnings of the old one.
    actions        what was done, one sentence each; empty when nothing had to be.
    vertex_origin  (n,) for each vertex of `shape` its index in the old one, so that maps and fields can follow.
    """

    shape: Shape
    actions: tuple[str, ...]
    vertex_origin: np.ndarray


def repair(shape: Shape, *, weld_tolerance_rel: float = 0.0, largest_only: bool = False) -> Repaired:
    """Weld duplicate vertices, drop degenerate and duplicate faces and unreferenced vertices, orient faces alike.

    Closed pieces are oriented outwards. No vertex moves; holes and non-manifold edges stay.

    Parameters
    ----------
    weld_tolerance_rel  distance below which vertices are the same, relative to the bounding box's diagonal;
                        0 welds exactly equal ones.
    largest_only        keep only the connected piece with the largest area (the most points, for a cloud nothing).

    Raises
    ------
    ParameterError   the tolerance is negative or above 0.1.
    MeshError        nothing would be left.
    """
    if not 0 <= weld_tolerance_rel <= 0.1:
        raise ParameterError(f"weld_tolerance_rel = {weld_tolerance_rel} is not in [0, 0.1].", "Try 1e-6.")
    work = _Work(shape)
    work.drop_attributes()
    work.weld(weld_tolerance_rel * shape.diagonal)
    if not shape.is_cloud:
        work.drop_faces()
        if largest_only:
            work.keep_largest()
        work.orient()
        work.drop_unreferenced()
    return work.result()


def duplicate_faces(faces: np.ndarray) -> np.ndarray:
    """(m,) whether a face has the three vertices of an earlier one."""
    ordered = np.sort(faces, axis=1)
    order = np.lexsort(ordered.T[::-1])
    same = (ordered[order[1:]] == ordered[order[:-1]]).all(axis=1)
    again = np.zeros(len(faces), bool)
    again[order[1:][same]] = True
    return again


def turned_faces(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, str]:
    """(m,) which faces to turn so that neighbours agree and closed pieces look outwards, and what for."""
    topology = Topology(faces, len(vertices))
    patch, against, _ = topology.sheets
    wrong = inside_out(vertices, topology)[patch]
    why = "outwards" if wrong.any() and not against.any() else "to agree with their neighbours"
    return against ^ wrong, why


class _Work:
    """A shape under repair: its arrays, the origin of its vertices, and what was done."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._faces = np.array(shape.faces)
        self._origin = np.arange(shape.n_vertices)
        self._actions: list[str] = []
        self._dropped: dict[str, None] = {}

    def drop_attributes(self) -> None:
        """Normals and colours that are not finite everywhere go."""
        for word in ("normals", "colors"):
            values = getattr(self._shape, word)
            if values is not None and not np.isfinite(values).all():
                self._dropped[word] = None
                self._actions.append(f"Removed the {word}, some of which were not finite.")

    def weld(self, tolerance: float) -> None:
        """Vertices within the tolerance of each other become one."""
        kept, index = weld(self._shape.vertices[self._origin], tolerance)
        merged = len(index) - len(kept)
        if merged:
            self._origin, self._faces = self._origin[kept], index[self._faces]
            self._actions.append(f"Welded {_many(merged, 'duplicate vertex', 'duplicate vertices')}.")

    def drop_faces(self) -> None:
        """Faces without area go, then those that repeat others."""
        flat = degenerate(self._shape.vertices[self._origin], self._faces)
        if flat.all():
            raise MeshError(f"No face of {self._shape.name} has an area.", "Check the file it came from.")
        self._keep_faces(~flat, "without area")
        self._keep_faces(~duplicate_faces(self._faces), "that repeated others")

    def _keep_faces(self, keep: np.ndarray, why: str) -> None:
        if not keep.all():
            self._faces = self._faces[keep]
            self._actions.append(f"Removed {_many(int((~keep).sum()), 'face', 'faces')} {why}.")

    def keep_largest(self) -> None:
        """Only the connected piece with the largest area stays."""
        component = Topology(self._faces, len(self._origin)).face_components
        corners = self._shape.vertices[self._origin[self._faces]]
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        self._keep_faces(component == np.bincount(component, areas).argmax(), "of smaller pieces")

    def orient(self) -> None:
        """Neighbouring faces agree, and closed pieces look outwards."""
        turned, why = turned_faces(self._shape.vertices[self._origin], self._faces)
        if turned.any():
            self._faces = np.where(turned[:, None], self._faces[:, ::-1], self._faces)
            self._actions.append(f"Turned {_many(int(turned.sum()), 'face', 'faces')} {why}.")

    def drop_unreferenced(self) -> None:
        """Vertices of no face go."""
        used = np.bincount(self._faces.reshape(-1), minlength=len(self._origin)) > 0
        if not used.all():
            self._faces = (np.cumsum(used) - 1)[self._faces]
            self._origin = self._origin[used]
            self._actions.append(f"Removed {_many(int((~used).sum()), 'vertex', 'vertices')} of no face.")

    def result(self) -> Repaired:
        """The mended shape, or the old one when nothing was done."""
        if not self._actions:
            return Repaired(self._shape.replace(warnings=()), (), self._origin)
        shape = self._shape
        columns = {word: getattr(shape, word) for word in ("normals", "colors") if word not in self._dropped}
        columns = {word: None if values is None else values[self._origin] for word, values in columns.items()}
        mended = Shape(shape.vertices[self._origin], self._faces, shape.name, **columns)
        return Repaired(mended, tuple(self._actions), self._origin)


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
