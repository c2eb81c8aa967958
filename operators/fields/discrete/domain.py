"""The place where an equation lives: unknowns, mass, stiffness, boundary, components, and the length scales."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from geomlearn.core.errors import MeshError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.cotan import boundary_vertices
from geomlearn.spectral.laplacian import build_laplacian


@dataclass(frozen=True, eq=False)
class Domain:
    """A shape made ready for equations: every unknown has area and is a vertex of its own.

    Vertices in no face take no part (their value is 0), coincident points of a cloud share one unknown.

    Attributes
    ----------
    shape      as it was given, with n vertices.
    unknown    (n,) index of each vertex among the q unknowns, −1 for a vertex that takes no part.
    points     (q, 3) where the unknowns sit;  faces (m, 3) among them.
    normals    (q, 3) or None.
    stiffness  (q, q) csr L, symmetric positive semi-definite, unitless.
    mass       (q,) positive lumped areas M, in squared units.
    kind       "cotan", "robust" or "cloud".
    notes      sentences about what the Laplacian had to guard.
    """

    shape: Shape
    unknown: np.ndarray
    points: np.ndarray
    faces: np.ndarray
    normals: np.ndarray | None
    stiffness: sp.csr_array
    mass: np.ndarray
    kind: str
    notes: tuple[str, ...] = ()

    @property
    def n_unknowns(self) -> int:
        return len(self.mass)

    @property
    def area(self) -> float:
        return float(self.mass.sum())

    @property
    def radius(self) -> float:
        """R, of the sphere with the same area: the length that the defaults of time and size are made of."""
        return float(np.sqrt(self.area / (4 * np.pi)))

    @property
    def spacing(self) -> float:
        """h, the edge length that equilateral triangles would have with this area and number of vertices."""
        return float(np.sqrt(2 / np.sqrt(3) * self.area / self.n_unknowns))

    @cached_property
    def components(self) -> np.ndarray:
        """(q,) the connected piece each unknown belongs to, counted from 0."""
        return pieces(self.stiffness)

    @cached_property
    def rim(self) -> np.ndarray:
        """Indices of the unknowns on an edge that only one face holds; none for a cloud."""
        return boundary_vertices(self.faces) if len(self.faces) else np.zeros(0, np.int64)

    def expand(self, values: np.ndarray) -> np.ndarray:
        """(n,) or (n, c) values at the vertices of the shape from (q,) or (q, c) at the unknowns."""
        if self._is_plain:
            return values.copy()
        expanded = values[np.maximum(self.unknown, 0)]
        expanded[self.unknown < 0] = 0.0
        return expanded

    def reduce(self, values: np.ndarray) -> np.ndarray:
        """(q,) or (q, c) values at the unknowns from (n,) or (n, c) at the vertices; coincident points are averaged."""
        if self._is_plain:
            return np.array(values, np.float64)
        take = self.unknown >= 0
        index = self.unknown[take]
        gather = sp.csr_array(
            (1 / np.bincount(index)[index], (index, np.flatnonzero(take))), (self.n_unknowns, len(take))
        )
        return gather @ values

    @cached_property
    def _is_plain(self) -> bool:
        return len(self.unknown) == self.n_unknowns


def pieces(stiffness: sp.csr_array) -> np.ndarray:
    """(q,) the connected piece of each unknown; an entry of zero, as faces without area leave, connects nothing."""
    graph = stiffness.copy()
    graph.eliminate_zeros()
    return connected_components(graph, directed=False)[1]


def build_domain(shape: Shape, laplacian: str = "auto") -> Domain:
    """Assemble what the equations need.

    Raises
    ------
    MeshError        the shape has no area, or its size lies beyond what floating-point numbers can square.
    ParameterError   a mesh Laplacian is asked of a cloud.
    """
    if not 1e-100 < shape.diagonal < 1e100:
        raise MeshError(f"{shape.name} is {shape.diagonal:.3g} units large.", "Scale it to a usual size first.")
    operator = build_laplacian(shape, laplacian)
    weighs = operator.mass > 0
    is_first = (operator.twin_of == np.arange(shape.n_vertices)) & weighs
    number = np.cumsum(is_first) - 1
    unknown = np.where(weighs, number[operator.twin_of], -1)
    q = int(is_first.sum())
    stiffness, mass = operator.stiffness, operator.mass
    if q < shape.n_vertices:
        copies = sp.csr_array((np.ones(weighs.sum()), (np.flatnonzero(weighs), unknown[weighs])), (shape.n_vertices, q))
        stiffness = sp.csr_array(copies.T @ stiffness @ copies)
        mass = copies.T @ mass
    return Domain(
        shape=shape,
        unknown=unknown,
        points=shape.vertices[is_first],
        faces=unknown[shape.faces],
        normals=None if shape.normals is None else shape.normals[is_first],
        stiffness=stiffness,
        mass=mass,
        kind=operator.kind,
        notes=operator.notes,
    )
