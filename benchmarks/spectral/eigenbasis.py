"""The eigenbasis against `scipy.sparse.linalg.eigsh` in shift-invert mode, what other packages call.

    python -m benchmarks spectral eigenbasis            5 k and 41 k vertices, k = 128 and 300, one and all threads
    python -m benchmarks spectral eigenbasis --sizes 160000 --ks 128 --repeat 1
    python -m benchmarks spectral eigenbasis --shape model.ply      another surface instead of the generated one

Both solvers get the same stiffness and mass of a shape of unit area, in a process of their own with the same number of
threads; they take turns, and the fastest repetition counts. eigsh gets sigma = −0.01, as pyfmaps calls it. Residuals
are ‖Lφ − λMφ‖ in the M⁻¹ norm relative to λ + 4π/area; memory is the peak of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import time
from itertools import product

import numpy as np

from benchmarks.harness import in_a_process
from benchmarks.machine import machine_line


def generated(n: int, seed: int = 0):
    """A closed bumpy surface: a jittered spiral of points on the sphere, their hull, and three octaves of bumps."""
    from scipy.spatial import ConvexHull

    from geomlearn.shapes.shape import Shape

    rng = np.random.default_rng(seed)
    height = 1 - (2 * np.arange(n) + 1) / n
    angle = np.pi * (1 + 5**0.5) * np.arange(n)
    points = np.column_stack([np.cos(angle), np.sin(angle), height])
    points[:, :2] *= np.sqrt(1 - height**2)[:, None]
    points += rng.normal(scale=0.2 / np.sqrt(n), size=points.shape)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    faces = ConvexHull(points).simplices
    corners = points[faces]
    inward = np.linalg.det(corners) < 0
    faces = np.where(inward[:, None], faces[:, ::-1], faces)
    radius = 1 + sum(0.25 / f * np.sin(f * points @ rng.normal(size=3) + f) for f in (2, 4, 8))
    return Shape(points * radius[:, None], faces)


def solve(solver: str, shape: str, n: int, k: int) -> dict[str, float]:
    """One repetition, in this process."""
    import scipy.sparse as sp
    from scipy.sparse.linalg import eigsh

    from geomlearn.core.progress import SILENT
    from geomlearn.spectral.laplacian import build_laplacian
    from geomlearn.spectral.solver.eigenproblem import mean_gap, residuals, smallest_pairs

    if shape:
        from geomlearn.shapes.load import load_shape

        surface = load_shape(shape)
    else:
        surface = generated(n)
    laplacian = build_laplacian(surface)
    mass = laplacian.mass / laplacian.mass.sum()
    stiffness = sp.csc_matrix(laplacian.stiffness)
    diagonal = sp.csc_matrix(sp.diags(mass))
    start = time.perf_counter()
    if solver == "ours":
        pairs = smallest_pairs(laplacian.stiffness, mass, k, tolerance=1e-8, seed=0, progress=SILENT)
        evals, evecs = pairs.evals, pairs.evecs
    else:
        evals, evecs = eigsh(stiffness, k=k, M=diagonal, sigma=-0.01)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    worst = residuals(laplacian.stiffness, mass, evals, evecs, mean_gap(mass)).max()
    return {"n": surface.n_vertices, "s": seconds, "gb": peak, "residual": float(worst), "last": float(evals[-1])}


def in_child(solver: str, shape: str, n: int, k: int, threads: int) -> dict[str, float]:
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    command = in_a_process(
        "spectral", "eigenbasis", "--child", solver, "--sizes", str(n), "--ks", str(k), "--shape", shape
    )
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 41_000])
    parser.add_argument("--ks", type=int, nargs="+", default=[128, 300])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, len(os.sched_getaffinity(0))}))
    parser.add_argument("--shape", default="", help="a file or builtin:NAME instead of the generated surface")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(solve(options.child, options.shape, options.sizes[0], options.ks[0])))
        return
    print(f"{machine_line('cholespy')}; best of {options.repeat}, seed 0")
    print(
        "| threads |   k |       n | eigsh s | ours s | ratio | eigsh residual | ours residual | eigsh GB | ours GB |"
    )
    print(
        "|--------:|----:|--------:|--------:|-------:|------:|---------------:|--------------:|---------:|--------:|"
    )
    growth = []
    for threads, k in product(options.threads, options.ks):
        rows = [compare(options.shape, n, k, threads, options.repeat) for n in sorted(options.sizes)]
        if len(rows) > 1:
            n, theirs, ours = np.log(rows).T
            powers = [np.polyfit(n, seconds, 1)[0] for seconds in (theirs, ours)]
            growth.append(f"{threads} threads, k = {k}: eigsh grows as n^{powers[0]:.2f}, ours as n^{powers[1]:.2f}")
    print("\n".join(growth))


def compare(shape: str, n: int, k: int, threads: int, repeat: int) -> tuple[float, float, float]:
    """Print one row of the table; returns vertices, seconds of eigsh, seconds of ours."""
    turns = [[in_child(solver, shape, n, k, threads) for solver in ("eigsh", "ours")] for _ in range(repeat)]
    theirs, ours = (min((turn[i] for turn in turns), key=lambda run: run["s"]) for i in range(2))
    print(
        f"| {threads:7d} | {k:3d} | {ours['n']:7d} | {theirs['s']:7.2f} | {ours['s']:6.2f} "
        f"| {theirs['s'] / ours['s']:5.1f} | {theirs['residual']:14.1e} | {ours['residual']:13.1e} "
        f"| {theirs['gb']:8.2f} | {ours['gb']:7.2f} |",
        flush=True,
    )
    return ours["n"], theirs["s"], ours["s"]


if __name__ == "__main__":
    main()
