"""Steady flow through a bent pipe: Navier-Stokes with a parabola at the inlet and a free outlet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu
from skfem import Basis, BilinearForm, ElementQuad1, ElementQuad2, ElementVector, FacetBasis, Functional, MeshQuad
from skfem.helpers import ddot, div, dot, grad

from geomlearn.core.errors import ParameterError, SolverError

LENGTH = 10.0
VISCOSITY = 0.005
N_NUMBERS = 10
_PICARD_STEPS = 2
_MOST_STEPS = 12
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class PipeFlow:
    """One solved pipe.

    Attributes
    ----------
    nodes   (2a + 1, 2b + 1, 2) corners, edges and centres of a × b elements, along the pipe and across.
    u, v    (2a + 1, 2b + 1) velocity along x and y.
    inflow, outflow   volume per time through both ends.
    """

    nodes: np.ndarray
    u: np.ndarray
    v: np.ndarray
    inflow: float
    outflow: float


def random_pipe(rng: np.random.Generator) -> np.ndarray:
    """(10,) heights and slopes (y₀, s₀, … y₄, s₄) of a centre line: y₀ = 0, the others uniform in [−1, 1].

    Source   released design script of Li et al. 2022, arXiv 2207.05209.
    """
    numbers = rng.uniform(-1, 1, N_NUMBERS)
    numbers[0] = 0.0
    return numbers


def centre_line(numbers: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Height of the centre line at x in [0, 10]: four cubic Hermite pieces, slopes per piece and not per length."""
    heights, slopes = np.asarray(numbers, np.float64).reshape(-1, 2).T
    pieces = len(heights) - 1
    at = np.clip(x / LENGTH * pieces, 0, pieces)
    i = np.minimum(at.astype(int), pieces - 1)
    t = at - i
    rise = t**2 * (3 - 2 * t)
    tangents = slopes[i] * t * (1 - t) ** 2 - slopes[i + 1] * t**2 * (1 - t)
    return heights[i] * (1 - rise) + heights[i + 1] * rise + tangents


def solve_pipe(numbers: np.ndarray, along: int = 32, across: int = 8, *, viscosity: float = VISCOSITY) -> PipeFlow:
    """The velocity in a pipe of width 1 and length 10.

    Parameters
    ----------
    numbers        (10,) heights and slopes of the centre line, as `random_pipe` draws them.
    along, across  elements; the published grid has 64 of both.

    Raises
    ------
    ParameterError   not ten numbers, or no elements.
    SolverError      Newton's method did not settle: the bends are too sharp for the elements.

    Source   problem of Li et al. 2022, arXiv 2207.05209; Taylor-Hood elements by scikit-fem, two Picard steps and then
             Newton's.
    """
    numbers = np.asarray(numbers, np.float64)
    if numbers.shape != (N_NUMBERS,) or along < 1 or across < 1:
        raise ParameterError("A pipe needs five heights and slopes, and elements both ways.", "Give ten numbers.")
    reference = MeshQuad.init_tensor(np.linspace(0, LENGTH, along + 1), np.linspace(-0.5, 0.5, across + 1))
    # Straight between the cuts: the elements then stay bilinear.
    corners = centre_line(numbers, np.linspace(0, LENGTH, along + 1))
    height = np.interp(reference.p[0], np.linspace(0, LENGTH, along + 1), corners)
    mesh = MeshQuad(np.stack([reference.p[0], reference.p[1] + height]), reference.t)
    flow = _Flow(mesh, viscosity)
    solution = flow.solve()
    return flow.on_grid(solution, along, across)


class _Flow:
    """The discrete equations on one mesh."""

    def __init__(self, mesh: MeshQuad, viscosity: float) -> None:
        self.mesh = mesh
        self.basis = Basis(mesh, ElementVector(ElementQuad2()), intorder=5)
        self.pressure = self.basis.with_element(ElementQuad1())
        stokes = BilinearForm(lambda u, v, w: viscosity * ddot(grad(u), grad(v))).assemble(self.basis)
        couple = BilinearForm(lambda u, q, w: -div(u) * q).assemble(self.basis, self.pressure)
        self.linear = sp.csr_array(sp.block_array([[stokes, couple.T], [couple, None]]))
        self.n, self.total = self.basis.N, self.basis.N + self.pressure.N
        inlet, outlet = (mesh.facets_satisfying(lambda x, at=at: np.abs(x[0] - at) < 1e-9) for at in (0.0, LENGTH))
        self.inlet, self.outlet = inlet, outlet
        self.held = self.basis.get_dofs(np.setdiff1d(mesh.boundary_facets(), outlet)).all()
        self.start = np.zeros(self.total)
        inflow = self.basis.get_dofs(inlet).all("u^1")
        y = self.basis.doflocs[1, inflow]
        middle = (y.min() + y.max()) / 2
        self.start[inflow] = 0.25 - (y - middle) ** 2

    def solve(self) -> np.ndarray:
        """Velocities and pressures at rest under the equations."""
        free = np.setdiff1d(np.arange(self.total), self.held)
        solution = self.start.copy()
        for step in range(_MOST_STEPS):
            carried, stretched, force = self._advection(solution[: self.n])
            newton = step >= _PICARD_STEPS
            matrix = self.linear + self._padded(carried + stretched if newton else carried)
            residual = self.linear @ solution
            residual[: self.n] += force
            change = splu(sp.csc_array(matrix[free][:, free])).solve(-residual[free])
            solution[free] += change
            if newton and np.abs(change).max() < _TOLERANCE * np.abs(solution).max():
                return solution
        raise SolverError("The flow in the pipe did not settle.", "Use more elements or smaller bends.", best=solution)

    def _advection(self, velocity: np.ndarray) -> tuple[sp.csr_array, sp.csr_array, np.ndarray]:
        before = self.basis.interpolate(velocity)
        carried = BilinearForm(lambda u, v, w: dot(np.einsum("j...,ij...->i...", w["z"], grad(u)), v))
        stretched = BilinearForm(lambda u, v, w: dot(np.einsum("j...,ij...->i...", u, grad(w["z"])), v))
        first = carried.assemble(self.basis, z=before)
        return first, stretched.assemble(self.basis, z=before), first @ velocity

    def _padded(self, block: sp.csr_array) -> sp.csr_array:
        block = sp.coo_array(block)
        return sp.csr_array((block.data, block.coords), shape=(self.total, self.total))

    def on_grid(self, solution: np.ndarray, along: int, across: int) -> PipeFlow:
        """The solution at corners, edges and centres, in order."""
        velocity = solution[: self.n]
        through = [self._through(facets, velocity) for facets in (self.inlet, self.outlet)]
        parts = [self.basis.get_dofs(elements=True).all(f"u^{i}") for i in (1, 2)]
        x, y = self.basis.doflocs[:, parts[0]]
        # Nodes share their x along each cut; within a cut they ascend in y.
        order = np.lexsort((y, np.round(x * 2 * along / LENGTH)))
        shape = (2 * along + 1, 2 * across + 1)
        nodes = np.stack([x, y], 1)[order].reshape(*shape, 2)
        u, v = (velocity[part][order].reshape(shape) for part in parts)
        return PipeFlow(nodes, u, v, -through[0], through[1])

    def _through(self, facets: np.ndarray, velocity: np.ndarray) -> float:
        rim = FacetBasis(self.mesh, ElementVector(ElementQuad2()), facets=facets, intorder=5)
        return float(Functional(lambda w: dot(w["z"], w.n)).assemble(rim, z=rim.interpolate(velocity)))
