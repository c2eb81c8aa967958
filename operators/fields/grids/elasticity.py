"""A clamped elastic square with a hole, pulled at its top: von Mises stress at the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse.linalg import splu
from skfem import Basis, BilinearForm, ElementQuad1, ElementQuad2, ElementVector, FacetBasis, LinearForm, MeshQuad
from skfem.helpers import ddot, dot, sym_grad, trace

from geomlearn.core.errors import ParameterError

# Strains stay near 1e-3 under the published load, so the linear law is within 0.13 % of the hyperelastic one.
_YOUNG = 6 * (1.863e5 + 9.79e3)
_POISSON = 0.5
TRACTION = 100.0
FOURIER_MODES = 5


@dataclass(frozen=True)
class Stress:
    """One solved square.

    Attributes
    ----------
    nodes     (around, layers, 2) corners of the quads, from the hole outward; the last of `around` meets the first.
    stress    (around, layers) von Mises, in the unit of the traction.
    reaction  (2,) total force that the clamp exerts.
    """

    nodes: np.ndarray
    stress: np.ndarray
    reaction: np.ndarray


def random_hole(rng: np.random.Generator, angles: np.ndarray) -> np.ndarray:
    """Radii of a random hole at the angles: 0.2 + 0.2 / (1 + exp g), g of covariance 4² (−d²/dθ² + 9)^−1, five modes.

    Source   Li et al. 2022, arXiv 2207.05209, as far as its data show: ten random numbers per sample.
    """
    k = np.arange(1, FOURIER_MODES + 1)
    numbers = rng.standard_normal((2, FOURIER_MODES)) * 4 / np.sqrt(k**2 + 9) / np.sqrt(np.pi)
    g = numbers[0] @ np.cos(k[:, None] * angles) + numbers[1] @ np.sin(k[:, None] * angles)
    return 0.2 + 0.2 / (1 + np.exp(g))


def solve_hole(radii: np.ndarray, layers: int = 12, *, traction: float = TRACTION, young: float = _YOUNG) -> Stress:
    """The stress around a hole.

    Parameters
    ----------
    radii    (m,) distance of the hole's rim from the centre, at m equally spaced angles starting at 0; m a multiple
             of 8, so that the corners of the square are nodes.
    layers   quads from the hole to the rim.
    traction force per length on the top side, upwards.
    young    modulus of elasticity; the stress does not depend on it.

    Raises
    ------
    ParameterError   the radii do not leave the square whole, or their number is no multiple of 8.

    Source   problem of Li et al. 2022, arXiv 2207.05209; biquadratic elements by scikit-fem.
    Differs  Linear plane stress at ν = ½ in place of an incompressible Rivlin-Saunders solid.
    """
    radii = np.asarray(radii, np.float64)
    if radii.ndim != 1 or len(radii) % 8 or not len(radii) or layers < 1:
        raise ParameterError("The hole needs radii at a multiple of 8 angles, and at least one layer.", "Resample it.")
    if not ((radii > 0) & (radii < 0.5)).all():
        raise ParameterError("The hole reaches the rim of the square, or has no size.", "Keep radii within (0, 0.5).")
    mesh = _ring(radii, layers)
    basis = Basis(mesh, ElementVector(ElementQuad2()), intorder=4)
    lame = young * _POISSON / (1 - _POISSON**2)
    shear = young / (2 * (1 + _POISSON))

    @BilinearForm
    def stiffness(u, v, w):
        return lame * trace(sym_grad(u)) * trace(sym_grad(v)) + 2 * shear * ddot(sym_grad(u), sym_grad(v))

    @LinearForm
    def pull(v, w):
        return dot(np.array([0.0, traction])[:, None, None] * np.ones_like(w.x), v)

    top = FacetBasis(mesh, ElementVector(ElementQuad2()), facets=mesh.facets_satisfying(lambda x: x[1] > 1 - 1e-9))
    matrix, load = stiffness.assemble(basis).tocsc(), pull.assemble(top)
    clamped = basis.get_dofs(lambda x: x[1] < 1e-9).all()
    free = np.setdiff1d(np.arange(basis.N), clamped)
    moved = np.zeros(basis.N)
    factor = splu(matrix[free][:, free], permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    moved[free] = factor.solve(load[free])
    left = matrix @ moved - load
    reaction = np.array(
        [left[np.intersect1d(clamped, basis.get_dofs(elements=True).all(f"u^{i}"))].sum() for i in (1, 2)]
    )
    stress = _von_mises(mesh, basis, moved, lame, shear)
    shape = (layers + 1, len(radii))
    return Stress(mesh.p.T.reshape(*shape, 2).swapaxes(0, 1), stress.reshape(shape).T, reaction)


def _von_mises(mesh: MeshQuad, basis: Basis, moved: np.ndarray, lame: float, shear: float) -> np.ndarray:
    """Von Mises stress at the corners of the quads; the components are projected, so that it is never negative."""
    strain = sym_grad(basis.interpolate(moved))
    stress = 2 * shear * strain
    for axis in (0, 1):
        stress[axis, axis] += lame * trace(strain)
    corners = basis.with_element(ElementQuad1())
    one, two, mixed = (corners.project(stress[i, j]) for i, j in ((0, 0), (1, 1), (0, 1)))
    return np.sqrt(one**2 - one * two + two**2 + 3 * mixed**2)


def _ring(radii: np.ndarray, layers: int) -> MeshQuad:
    """Quads between the hole and the square, one ring of nodes after the other from the hole outward."""
    m = len(radii)
    directions, reach = _rays(m)
    # Layers grow outward, as the stress is steepest at the hole.
    share = (np.linspace(0, 1, layers + 1) ** 1.5)[:, None]
    distance = radii * (1 - share) + reach * share
    points = 0.5 + distance[..., None] * directions
    node = np.arange((layers + 1) * m).reshape(layers + 1, m)
    after = np.roll(node, -1, axis=1)
    quads = np.stack([node[:-1], node[1:], after[1:], after[:-1]]).reshape(4, -1)
    return MeshQuad(np.ascontiguousarray(points.reshape(-1, 2).T), quads)


@lru_cache(maxsize=8)
def _rays(m: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit directions at m angles, and how far the rim of the square is along them."""
    angles = 2 * np.pi * np.arange(m) / m
    directions = np.stack([np.cos(angles), np.sin(angles)], 1)
    return directions, 0.5 / np.abs(directions).max(1)
