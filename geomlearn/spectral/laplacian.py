"""The Laplacian of any shape: stiffness and mass, whichever way they are best assembled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.cotan import corner_cotangents, cotan_matrix, edge_table
from geomlearn.spectral.local_triangles import NEIGHBOURS, local_triangles

# A vertex of a mesh never weighs less than this share of the mean vertex, or M⁻¹ would amplify rounding.
MASS_FLOOR = 1e-6
# `auto` keeps the cotan weights when no corner is sharper than this and few edges violate the Delaunay condition.
SHARPEST_COTANGENT = 100.0
NON_DELAUNAY_SHARE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Laplacian:
    """The pair (L, M) of the generalised eigenproblem L φ = λ M φ.

    Attributes
    ----------
    stiffness  (n, n) csr, symmetric positive semi-definite, zero row sums, unitless.
    mass       (n,) lumped areas in squared units, summing to the total area; 0 at vertices in no face.
    kind       "cotan", "robust" or "cloud": how it was assembled, never "auto".
    twin_of    (n,) index of the vertex each one coincides with and shares its value, itself almost always.
               Only clouds have twins: their common mass and stiffness is divided equally among them.
    notes      sentences about what was guarded.
    """

    stiffness: sp.csr_array
    mass: np.ndarray
    kind: str
    twin_of: np.ndarray
    notes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"Laplacian ({self.kind}) of {len(self.mass)} vertices, area {self.mass.sum():.4g}"


def build_laplacian(shape: Shape, kind: str = "auto") -> Laplacian:
    """Assemble stiffness and lumped mass.

    Parameters
    ----------
    kind  "cotan": exact for piecewise linear functions, fastest; weights are negative across non-Delaunay edges.
          "robust": tufted cover and intrinsic Delaunay; weights never negative; takes non-manifold meshes and slivers.
          "cloud": the mean energy of tangent-plane triangulations around every point, faces ignored; a weight in a
          hundred may be negative.
          "auto": cloud without faces; robust when an edge has more than two faces, a corner is sharper than
          cot = 100 (0.6°), or more than 5 % of the edges are not Delaunay; cotan otherwise.

    Raises
    ------
    ParameterError  the kind is unknown, or a mesh Laplacian is asked of a cloud.
    MeshError       there is no area to work on.

    Source   cotan: Pinkall & Polthier 1993; robust and cloud: Sharp & Crane 2020.
    Differs  1. Coincident cloud points are merged and share their value instead of failing.
             2. Mesh masses are scaled to the area of the given faces: intrinsic mollification had enlarged it slightly.
             3. Clouds of more than 30 points keep the plain weights of their local triangles instead of the tufted
                ones, whose eigenvalues do not converge on points strewn at random: on the unit sphere the worst of the
                first 24 is off by 5.9 % (tufted) and 0.8 % (plain) at 8 000 points, 13 % and 0.4 % at 20 000.
    """
    if kind not in ("auto", "cotan", "robust", "cloud"):
        raise ParameterError(f"There is no Laplacian called {kind}.", "Choose auto, cotan, robust or cloud.")
    if kind == "auto":
        kind = _suited_kind(shape)
    if kind == "cloud":
        return _cloud(shape)
    if shape.is_cloud:
        raise ParameterError(f"The {kind} Laplacian needs faces, and {shape.name} is a point cloud.", "Use cloud.")
    if not shape.area > 0:
        raise MeshError(f"The faces of {shape.name} have no area.", "Check the file, or use its points alone.")
    assemble = cotan_matrix if kind == "cotan" else _robust_matrix
    stiffness, mass = assemble(shape.vertices, shape.faces)
    mass, notes = _guarded_mass(mass, shape)
    return Laplacian(stiffness, mass, kind, np.arange(shape.n_vertices), notes)


def _suited_kind(shape: Shape) -> str:
    if shape.is_cloud:
        return "cloud"
    cotangents = corner_cotangents(shape.vertices, shape.faces)
    if np.abs(cotangents).max() > SHARPEST_COTANGENT:
        return "robust"
    _, counts, edge = edge_table(shape.faces)
    if counts.max() > 2:
        return "robust"
    weights = np.bincount(edge.ravel(), cotangents.ravel())
    return "robust" if (weights < -1e-9).mean() > NON_DELAUNAY_SHARE else "cotan"


def _guarded_mass(mass: np.ndarray, shape: Shape) -> tuple[np.ndarray, tuple[str, ...]]:
    """Masses that sum to the area of the shape, positive wherever a face is; and what had to be done, in sentences."""
    used = np.zeros(len(mass), bool)
    used[shape.faces] = True
    floor = MASS_FLOOR * shape.area / used.sum()
    thin = used & (mass < floor)
    mass = np.where(thin, floor, np.where(used, mass, 0.0))
    notes = []
    if thin.any():
        notes.append(f"{thin.sum()} vertices touch only faces without area; they weigh next to nothing.")
    if not used.all():
        notes.append(f"{(~used).sum()} vertices belong to no face; every function of the basis is zero there.")
    return mass * (shape.area / mass.sum()), tuple(notes)


def _robust_matrix(vertices: np.ndarray, faces: np.ndarray) -> tuple[sp.csr_array, np.ndarray]:
    import robust_laplacian

    n = len(vertices)
    proper = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    used, compact = np.unique(faces[proper], return_inverse=True)
    try:
        stiffness, mass = robust_laplacian.mesh_laplacian(vertices[used], compact.reshape(-1, 3))
    except (RuntimeError, ValueError) as error:
        raise MeshError(f"The robust Laplacian failed: {_first_line(error)}.", "Repair the mesh first.") from error
    return _spread(stiffness, used, n), _spread_diagonal(mass, used, n)


def _cloud(shape: Shape) -> Laplacian:
    distinct, twin = _distinct_points(shape)
    if len(distinct) < 4:
        raise MeshError(f"{shape.name} has {len(distinct)} distinct points; a surface needs 4.", "Check the file.")
    lengths = np.linalg.svd(distinct - distinct.mean(axis=0), compute_uv=False)
    if lengths[1] < 1e-6 * lengths[0]:
        raise MeshError(f"The points of {shape.name} lie on a line and span no area.", "Check the file.")
    moved, notes = _without_ties(distinct)
    stiffness, areas = _star_matrix(moved, shape.name) if len(moved) > NEIGHBOURS else _tufted_matrix(moved, shape.name)
    areas = np.maximum(areas, MASS_FLOOR * areas.mean())
    return _shared_among_twins(stiffness, areas, twin, notes)


def _star_matrix(points: np.ndarray, name: str) -> tuple[sp.csr_array, np.ndarray]:
    """A third of the energy of all stars: each triangle of the surface is in about three of them."""
    stiffness, mass = cotan_matrix(points, local_triangles(points, name))
    return stiffness / 3, mass / 3


def _tufted_matrix(points: np.ndarray, name: str) -> tuple[sp.csr_array, np.ndarray]:
    """For clouds too small for stars, the tufted Laplacian, which takes any number of neighbours."""
    import robust_laplacian

    try:
        stiffness, mass = robust_laplacian.point_cloud_laplacian(points, n_neighbors=len(points) - 1)
    except (RuntimeError, ValueError) as error:
        raise MeshError(
            f"The points of {name} could not be triangulated: {_first_line(error)}.", "Remove outliers or mesh it."
        ) from error
    return sp.csr_array(stiffness), mass.diagonal()


def _shared_among_twins(stiffness: sp.csr_array, areas: np.ndarray, twin: np.ndarray, notes: list[str]) -> Laplacian:
    """The Laplacian of all points from that of the distinct ones; `twin` (n,) says which of these each one is.

    With D dividing equally among twins, (D L Dᵀ, D M Dᵀ) has the same eigenfunctions, constant on twins.
    """
    n = len(twin)
    share = 1 / np.bincount(twin)[twin]
    divide = sp.csr_array((share, (np.arange(n), twin)), shape=(n, len(areas)))
    first = np.zeros(len(areas), np.int64)
    first[twin[::-1]] = np.arange(n)[::-1]
    if n > len(areas):
        notes = [*notes, f"{n - len(areas)} points coincide with others and share their values."]
    mass = share * areas[twin]
    return Laplacian(_symmetric((divide @ stiffness @ divide.T).tocsr()), mass, "cloud", first[twin], tuple(notes))


def _distinct_points(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """The points without repetition (nearer than 1e-9 of the diagonal), and for each old point its new one."""
    spacing = max(shape.diagonal, np.finfo(float).tiny) * 1e-9
    cells = np.round((shape.vertices - shape.vertices.min(axis=0)) / spacing).astype(np.int64)
    _, first, twin = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    return shape.vertices[first], twin.ravel()


def _without_ties(points: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Points moved by 1e-6 of their spacing, reproducibly, so that no Delaunay triangulation is ambiguous.

    On a grid every cell is ambiguous, and neighbours that decide differently count its area twice: points whose
    coordinates take few values move by 1e-2.
    """
    varying = np.ptp(points, axis=0) > 0
    on_grid = any(4 * len(np.unique(column)) < len(points) for column in points.T[varying])
    share = 1e-2 if on_grid else 1e-6
    spacing = np.linalg.norm(np.ptp(points, axis=0)) / np.sqrt(len(points))
    moved = points + share * spacing * np.random.default_rng(0).uniform(-1, 1, points.shape)
    return moved, ["The points lie on a grid; they were moved by 1 % of their spacing."] if on_grid else []


def _spread(matrix: sp.sparray | sp.spmatrix, used: np.ndarray, n: int) -> sp.csr_array:
    coo = sp.coo_array(matrix)
    return _symmetric(sp.coo_array((coo.data, (used[coo.row], used[coo.col])), shape=(n, n)).tocsr())


def _spread_diagonal(matrix: sp.sparray | sp.spmatrix, used: np.ndarray, n: int) -> np.ndarray:
    diagonal = np.zeros(n)
    diagonal[used] = matrix.diagonal()
    return diagonal


def _symmetric(matrix: sp.csr_array) -> sp.csr_array:
    """The symmetric part with the diagonal set so that rows sum to zero exactly to rounding."""
    matrix = (matrix + matrix.T) / 2
    matrix = matrix - sp.diags_array(matrix.sum(axis=1))
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return matrix


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
