"""Heat-method distances against potpourri3d: seconds of set-up, per source, and error on the unit sphere.

    python -m benchmarks spectral geodesics [--sizes 5000 41000] [--sources 64]

Both solvers get the same sphere and the same sources in one process, one after the other; errors are mean absolute
differences from great-circle distances, over all sources and vertices, in units of the radius.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.machine import machine_line
from benchmarks.spectral.eigenbasis import generated
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesics import HeatGeodesics


def ours(sphere: Shape, sources: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Seconds of set-up, seconds of all sources, distances (r, n)."""
    start = time.perf_counter()
    solver = HeatGeodesics(sphere)
    ready = time.perf_counter()
    found = solver.matrix(sources)
    return ready - start, time.perf_counter() - ready, found


def theirs(sphere: Shape, sources: np.ndarray) -> tuple[float, float, np.ndarray]:
    """The same by potpourri3d, which takes one source at a time."""
    import potpourri3d

    start = time.perf_counter()
    solver = potpourri3d.MeshHeatMethodDistanceSolver(sphere.vertices, sphere.faces)
    ready = time.perf_counter()
    found = np.stack([solver.compute_distance(source) for source in sources.tolist()])
    return ready - start, time.perf_counter() - ready, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 41_000])
    parser.add_argument("--sources", type=int, default=64)
    options = parser.parse_args()
    print(f"{machine_line('potpourri3d', 'cholespy')}; {options.sources} sources, seed 0")
    print("|       n | solver      | set-up s | ms per source | ratio | mean error |")
    print("|--------:|:------------|---------:|--------------:|------:|-----------:|")
    for n in options.sizes:
        bumpy = generated(n)
        sphere = bumpy.replace(vertices=bumpy.vertices / np.linalg.norm(bumpy.vertices, axis=1, keepdims=True))
        sources = np.random.default_rng(0).integers(0, n, options.sources)
        exact = np.arccos(np.clip(sphere.vertices[sources] @ sphere.vertices.T, -1, 1))
        reference = 0.0
        for name, solve in (("potpourri3d", theirs), ("ours", ours)):
            set_up, seconds, found = solve(sphere, sources)
            each, error = seconds / len(sources) * 1e3, np.abs(found - exact).mean()
            reference = reference or each
            print(f"| {n:7d} | {name:11s} | {set_up:8.2f} | {each:13.2f} | {reference / each:5.1f} | {error:10.4f} |")


if __name__ == "__main__":
    main()
