"""The one type for meshes and point clouds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from geomlearn.core.errors import MeshError


@dataclass(frozen=True, eq=False, repr=False)
class Shape:
    """A triangle mesh, or a point cloud when it has no faces. Immutable: its arrays are read-only.

    Attributes
    ----------
    vertices  (n, 3) float64, in the units of the file.
    faces     (m, 3) int64, indices into `vertices`; m = 0 for a point cloud.
    name      the file stem or built-in name, for people.
    normals   (n, 3) unit, or None when they were neither read nor estimated.
    colors    (n, 3) in [0, 1], or None.
    warnings  sentences collected while reading.

    Raises
    ------
    MeshError   wrong array shapes, no vertices, non-finite coordinates, or a face that refers to a missing vertex.
    """

    vertices: np.ndarray
    faces: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    name: str = "shape"
    normals: np.ndarray | None = None
    colors: np.ndarray | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._settle()
        vertices, faces = self.vertices, self.faces
        if not np.isfinite(vertices).all():
            bad = int(np.flatnonzero(~np.isfinite(vertices).all(axis=1))[0])
            raise MeshError(f"Vertex {bad} of {self.name} is not finite: {vertices[bad]}.", "Repair the file first.")
        if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
            face = int(np.flatnonzero(((faces < 0) | (faces >= len(vertices))).any(axis=1))[0])
            raise MeshError(
                f"Face {face} of {self.name} refers to vertex {int(faces[face].max())}, "
                f"but there are {len(vertices)} vertices.",
                "The faces may count from 1, or the file is cut short.",
            )

    @classmethod
    def of_checked(cls, vertices: np.ndarray, faces: np.ndarray, **rest: Any) -> Self:
        """A shape of numbers a reader has checked in its own words: to check many takes as long as to read them."""
        shape = object.__new__(cls)
        defaults = {"name": "shape", "normals": None, "colors": None, "warnings": ()}
        for attribute, value in {**defaults, **rest, "vertices": vertices, "faces": faces}.items():
            object.__setattr__(shape, attribute, value)
        shape._settle()
        return shape

    def _settle(self) -> None:
        """Arrays of one type that nobody can write to, each of the shape that it must have."""
        for attribute, dtype in (("vertices", float), ("faces", int), ("normals", float), ("colors", float)):
            value = getattr(self, attribute)
            if value is not None:
                object.__setattr__(self, attribute, _frozen(value, np.dtype(dtype)))
        vertices, faces = self.vertices, self.faces
        if vertices.ndim != 2 or vertices.shape[1] != 3:
            raise MeshError(f"Vertices have shape {vertices.shape}, expected (n, 3).", "Give one row per vertex.")
        if len(vertices) == 0:
            raise MeshError(f"{self.name} has no vertices.", "Check the file it came from.")
        if faces.ndim != 2 or faces.shape[1] != 3:
            raise MeshError(f"Faces have shape {faces.shape}, expected (m, 3).", "Triangulate polygons first.")
        for attribute, value in (("normals", self.normals), ("colors", self.colors)):
            if value is not None and value.shape != vertices.shape:
                raise MeshError(f"{attribute} have shape {value.shape}, expected {vertices.shape}.", "One per vertex.")

    @property
    def n_vertices(self) -> int:
        return len(self.vertices)

    @property
    def n_faces(self) -> int:
        return len(self.faces)

    @property
    def is_cloud(self) -> bool:
        return len(self.faces) == 0

    @cached_property
    def area(self) -> float:
        """Total area of the faces, in squared units; 0 for a cloud."""
        return float(self.face_areas.sum())

    @cached_property
    def face_areas(self) -> np.ndarray:
        """(m,) areas of the faces, in squared units."""
        corners = self.vertices[self.faces]
        return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2

    @cached_property
    def diagonal(self) -> float:
        """Length of the bounding box's diagonal."""
        return float(np.linalg.norm(np.ptp(self.vertices, axis=0)))

    @cached_property
    def content_hash(self) -> str:
        """Hexadecimal digest of vertices and faces: equal geometry has an equal hash, whatever it is called."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(str(self.vertices.shape + self.faces.shape).encode())
        digest.update(np.ascontiguousarray(self.vertices).data)
        digest.update(np.ascontiguousarray(self.faces).data)
        return digest.hexdigest()

    def replace(self, **changes: Any) -> Self:
        """A copy with some attributes changed, checked anew."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        if self.is_cloud:
            return f"Cloud {self.name}: {self.n_vertices} points"
        return f"Mesh {self.name}: {self.n_vertices} vertices, {self.n_faces} faces, area {self.area:.4g}"

    def _repr_html_(self) -> str:
        from geomlearn.shapes.display import html

        return html(repr(self), (self, None))


def _frozen(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if _is_frozen(array) and array.dtype == dtype and array.flags.c_contiguous:
        return array
    copy: np.ndarray = np.array(array, dtype=dtype, order="C")
    copy.setflags(write=False)
    return copy


def _is_frozen(array: object) -> bool:
    """Whether nobody can write to an array, nor to the one it is a view of: then it can be shared instead of copied."""
    if not isinstance(array, np.ndarray) or array.flags.writeable:
        return False
    return array.base is None or _is_frozen(array.base)
