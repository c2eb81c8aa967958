"""Fields on spheres: orders of convergence against the known solutions, and time per step against scipy.

    python -m benchmarks fields equations [--quick]        both tables; --quick leaves out the largest sphere

The peer of the second table is the script that people write with scipy: its plain form solves each step with `spsolve`,
its best form factors once with `splu`. Both solve the same step with the same matrices as ours, in this process; the
fastest of 25 steps counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import trimesh
from scipy.sparse.linalg import splu, spsolve

from benchmarks.harness import timed
from benchmarks.machine import machine_line
from geomlearn.operators.fields.discrete.domain import Domain, build_domain
from geomlearn.operators.fields.discrete.systems import factor_general, factor_symmetric
from geomlearn.operators.fields.discrete.transport import advection_matrix, patches_of
from geomlearn.operators.fields.discrete.velocity import velocity_of
from geomlearn.operators.fields.options import AdvectOptions, HeatOptions, WaveOptions
from geomlearn.operators.fields.solve import solve
from geomlearn.shapes.shape import Shape

L3 = "z*(5*z**2 - 3)"


def sphere(subdivisions: int) -> Shape:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions)
    return Shape(np.array(mesh.vertices), np.array(mesh.faces), name="sphere")


def convergence() -> None:
    """Relative errors in the mass norm, and how they fall from one row to the next (4 is second order)."""
    rows = []
    for subdivisions, dt in ((3, 0.02), (4, 0.01), (5, 0.005)):
        shape = sphere(subdivisions)
        domain = build_domain(shape)
        x, y, z = shape.vertices.T
        harmonic = z * (5 * z**2 - 3)
        turned = (np.cos(1) * x + np.sin(1) * y) * (np.cos(1) * y - np.sin(1) * x)
        heat = HeatOptions(expression=L3, duration=0.1, time_step=dt / 10, smooth_start=False)
        wave = WaveOptions(expression=L3, duration=2, time_step=dt)
        advect = AdvectOptions(expression="x*y", duration=1, time_step=dt, diffusivity=0.02, stabilize=False)
        cases = [
            (solve("poisson", shape, initial=6 * x * y), x * y),
            (solve("heat", shape, heat), harmonic * np.exp(-1.2)),
            (solve("wave", shape, wave), harmonic * np.cos(2 * np.sqrt(12))),
            (solve("advect", shape, advect), turned * np.exp(-0.12)),
        ]
        errors = [relative_error(result.value.values[-1], exact, domain.mass) for result, exact in cases]
        rows.append([shape.n_vertices, 4 * np.pi - domain.area, *errors])
    print("vertices | area (of 4π) | Poisson l=2 | heat l=3 T=.1 | wave l=3 T=2 | advection l=2, 1 rad, ν=.02")
    for before, row in zip([None, *rows], rows, strict=False):
        fall = ["" if before is None else f" ({b / a:.2f}×)" for b, a in zip(before or row, row, strict=True)]
        print(" | ".join([f"{row[0]:8d}", *(f"{a:.2e}{f:9s}" for a, f in zip(row[1:], fall[1:], strict=True))]))


def relative_error(u: np.ndarray, exact: np.ndarray, mass: np.ndarray) -> float:
    return float(np.sqrt(mass @ (u - exact) ** 2 / (mass @ exact**2)))


def speed(subdivisions: tuple[int, ...]) -> None:
    """Milliseconds per step and for factoring, ours beside scipy's."""
    print("equation | vertices | factor ours, splu [ms] | step ours [ms] | splu once [ms] (×) | spsolve each [ms] (×)")
    for make in (heat_matrix, advection_step_matrix):
        for subdivision in subdivisions:
            domain = build_domain(sphere(subdivision))
            name, matrix, factor = make(domain)
            rhs = np.random.default_rng(0).normal(size=domain.n_unknowns)
            ours, solve_ours = timed(lambda f=factor, a=matrix: f(a))
            theirs, factored = timed(lambda a=matrix: splu(a.tocsc()))
            steps = [
                (timed(lambda s=solve_ours, b=rhs: s(b))[0], timed(lambda s=factored, b=rhs: s.solve(b))[0])
                for _ in range(25)
            ]
            step, once = np.min(steps, axis=0)  # taken in turns, so that a busy machine is busy for both
            each = timed(lambda a=matrix, b=rhs: spsolve(a.tocsc(), b))[0]
            error = np.abs(solve_ours(rhs) - factored.solve(rhs)).max() / np.abs(rhs).max()
            print(
                f"{name:9s}| {domain.n_unknowns:8d} | {1e3 * ours:8.0f} {1e3 * theirs:8.0f} | {1e3 * step:8.2f} | "
                f"{1e3 * once:8.2f} ({once / step:.1f}×) | {1e3 * each:8.0f} ({each / step:.0f}×) | same to {error:.0e}"
            )


def heat_matrix(domain: Domain) -> tuple[str, sp.csr_array, Callable]:
    """Crank–Nicolson on the default clock: M + dt/2 L."""
    dt = domain.radius**2 / 400
    return "heat", sp.csr_array(sp.diags_array(domain.mass) + dt / 2 * domain.stiffness), factor_symmetric


def advection_step_matrix(domain: Domain) -> tuple[str, sp.csr_array, Callable]:
    """One turn in steps of one edge: M + dt/2 (C + νL), not symmetric."""
    patches = patches_of(domain)
    carried = advection_matrix(patches, velocity_of(domain, patches, AdvectOptions()), skew=True, conservative=False)
    matrix = patches.mass() + domain.spacing / 2 * (carried + 0.01 * domain.stiffness)
    return "advection", sp.csr_array(matrix), factor_general(domain.points)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest sphere")
    quick = parser.parse_args().quick
    print(machine_line("cholespy"), "· seed 0")
    convergence()
    speed((5, 6) if quick else (5, 6, 7))
