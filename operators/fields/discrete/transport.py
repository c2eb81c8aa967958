"""Carrying a function along a surface: gradients on faces, velocities, and the matrices of w·∇u."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from geomlearn.operators.fields.discrete.domain import Domain, pieces
from geomlearn.operators.fields.discrete.systems import solve_pinned
from geomlearn.spectral.local_triangles import local_triangles

# Faces whose double area is below this share of their longest edge squared carry nothing: their gradients are rounding.
_THINNEST = 1e-6
# Below this Péclet number |w| h/ν central differences do not ring.
CALM_PECLET = 2.0


@dataclass(frozen=True, eq=False)
class Patches:
    """Triangles that functions are linear on: the faces of a mesh, or the local triangles of a cloud.

    Attributes
    ----------
    faces      (m, 3) indices of unknowns.
    weights    (m,) areas in squared units; a third of the area for a cloud, whose triangles cover it three times.
    centers    (m, 3);  normals (m, 3) unit, zero for a face without area.
    gradients  (m, 3, 3) gradient of the hat function of each corner, in 1/length.
    n          number of unknowns.
    """

    faces: np.ndarray
    weights: np.ndarray
    centers: np.ndarray
    normals: np.ndarray
    gradients: np.ndarray
    n: int

    def gradient(self, u: np.ndarray) -> np.ndarray:
        """(m, 3) ∇u of the piecewise linear u (n,)."""
        return np.einsum("fkd,fk->fd", self.gradients, u[self.faces])

    def divergence(self, w: np.ndarray) -> np.ndarray:
        """(n,) weak divergence −∫ w·∇φ_j of a velocity (m, 3)."""
        flux = self.weights[:, None] * np.einsum("fkd,fd->fk", self.gradients, w)
        return -np.bincount(self.faces.ravel(), flux.ravel(), minlength=self.n)

    def mass(self) -> sp.csr_array:
        """(n, n) ∫ φ_i φ_j, the consistent mass; vertices of faces without area weigh next to nothing."""
        pattern = (np.ones((3, 3)) + np.eye(3)) / 12
        matrix = self.assemble(self.weights[:, None, None] * pattern)
        areas = matrix.sum(axis=1)
        return sp.csr_array(matrix + sp.diags_array(np.maximum(1e-8 * areas.mean() - areas, 0.0)))

    def stiffness(self) -> sp.csr_array:
        """(n, n) ∫ ∇φ_i·∇φ_j; equals the cotan matrix, and is consistent with `gradient` to the last digit."""
        return self.assemble(self.weights[:, None, None] * np.einsum("fid,fjd->fij", self.gradients, self.gradients))

    def assemble(self, elements: np.ndarray) -> sp.csr_array:
        """(n, n) sum of the element matrices (m, 3, 3)."""
        rows = np.repeat(self.faces, 3, axis=1).ravel()
        columns = np.tile(self.faces, (1, 3)).ravel()
        return sp.coo_array((elements.ravel(), (rows, columns)), (self.n, self.n)).tocsr()

    def tangential(self, w: np.ndarray) -> np.ndarray:
        """(m, 3) `w` without its part along the normals, and zero where a face has no area."""
        flat = np.any(self.normals != 0, axis=1)[:, None]
        return flat * (w - np.einsum("fd,fd->f", w, self.normals)[:, None] * self.normals)

    def solenoidal(self, w: np.ndarray) -> np.ndarray:
        """(m, 3) the part of `w` that has no weak divergence and crosses no rim: w − ∇q with L q = −div w."""
        stiffness = self.stiffness()
        return w - self.gradient(solve_pinned(stiffness, -self.divergence(w), pieces(stiffness)))


def patches_of(domain: Domain) -> Patches:
    """The faces of a mesh; for a cloud the star of every point in a Delaunay triangulation of its tangent plane.

    Raises
    ------
    MeshError   the points of a cloud are too few, or cannot be triangulated.
    """
    if len(domain.faces):
        return _patches(domain.points, domain.faces, 1.0)
    patches = _patches(domain.points, local_triangles(domain.points, domain.shape.name), 1 / 3)
    return patches if domain.normals is None else _oriented(patches, domain.normals)


def _patches(points: np.ndarray, faces: np.ndarray, share: float) -> Patches:
    corners = points[faces]
    across = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]
    normals = np.cross(across[:, 0], across[:, 1])
    double_area = np.linalg.norm(normals, axis=1)
    longest = np.einsum("fkd,fkd->fk", across, across).max(axis=1)
    solid = double_area > _THINNEST * longest
    safe = np.where(solid, double_area, 1.0)[:, None]
    normals = np.where(solid[:, None], normals / safe, 0.0)
    gradients = np.cross(normals[:, None], across) / safe[:, None]
    return Patches(faces, share * double_area / 2, corners.mean(axis=1), normals, gradients, len(points))


def _oriented(patches: Patches, normals: np.ndarray) -> Patches:
    """Faces turned so that their normals agree with those of the points."""
    agrees = np.einsum("fd,fd->f", patches.normals, normals[patches.faces].sum(axis=1)) >= 0
    return replace(patches, normals=np.where(agrees[:, None], patches.normals, -patches.normals))


def advection_matrix(patches: Patches, w: np.ndarray, *, skew: bool, conservative: bool) -> sp.csr_array:
    """Matrix of w·∇u, or of ∇·(u w), tested with the hat functions.

    C_ij = ∫ φ_i w·∇φ_j, exact for w constant on faces.

    Parameters
    ----------
    skew          the skew part (C − Cᵀ)/2, for a divergence-free w: both forms at once, and ∫u² is kept.
    conservative  −Cᵀ, whose columns sum to zero: ∫u is kept. Else C, whose rows sum to zero: constants are kept.
    """
    slopes = np.einsum("fjd,fd->fj", patches.gradients, w) * patches.weights[:, None] / 3
    matrix = patches.assemble(np.repeat(slopes[:, None, :], 3, axis=1))
    if skew:
        return sp.csr_array((matrix - matrix.T) / 2)
    return sp.csr_array(-matrix.T) if conservative else matrix


def peclet_numbers(patches: Patches, w: np.ndarray, diffusivity: float) -> np.ndarray:
    """(m,) |w| h/ν with h the length of the face along w; infinite without diffusion."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.linalg.norm(w, axis=1) * _lengths(patches, w) / diffusivity, posinf=np.inf)


def streamline_upwind(patches: Patches, w: np.ndarray, diffusivity: float) -> tuple[sp.csr_array, sp.csr_array]:
    """What SUPG adds to the mass and to the advection: ∫ τ (w·∇φ_i) φ_j and ∫ τ (w·∇φ_i)(w·∇φ_j).

    τ = h/(2|w|) (coth(Pe/2) − 2/Pe) on faces whose Péclet number Pe exceeds 2, zero on the others. Both matrices have
    zero column sums, so ∫u is unaffected; constants are too.

    Source   Brooks & Hughes 1982.
    Differs  Calm faces get nothing, so that a resolved flow keeps second order untouched.
    """
    peclet = peclet_numbers(patches, w, diffusivity)
    speed = np.linalg.norm(w, axis=1)
    rough = peclet > CALM_PECLET
    half = np.where(rough, peclet, 1.0) / 2
    tau = np.where(rough, _lengths(patches, w) / (2 * np.maximum(speed, 1e-300)) * (1 / np.tanh(half) - 1 / half), 0.0)
    slopes = np.einsum("fid,fd->fi", patches.gradients, w)
    weighted = (tau * patches.weights)[:, None] * slopes
    mass = patches.assemble(np.repeat(weighted[:, :, None] / 3, 3, axis=2))
    return mass, patches.assemble(weighted[:, :, None] * slopes[:, None, :])


def _lengths(patches: Patches, w: np.ndarray) -> np.ndarray:
    """(m,) how far one can go along w within each face: 2 / Σ_k |ŵ·∇φ_k|."""
    slopes = np.abs(np.einsum("fkd,fd->fk", patches.gradients, w)).sum(axis=1)
    return np.divide(2 * np.linalg.norm(w, axis=1), slopes, out=np.zeros_like(slopes), where=slopes > 0)
