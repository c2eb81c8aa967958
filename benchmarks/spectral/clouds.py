"""Which point-cloud Laplacian: local triangles as they are, or the tufted cover, on points strewn on the unit sphere.

    python -m benchmarks spectral clouds [--sizes 2500 8000 20000] [--seeds 3]

The worst relative error of the eigenvalues 1 … 24 against l (l + 1), and the error of the total mass against 4π; mean
and largest over the seeds. Both get the same points. With noise, points move along their radius by 1 % of it at 2 500
points and in proportion to the spacing at other numbers.
"""

from __future__ import annotations

import argparse

import numpy as np
import robust_laplacian
import scipy.sparse as sp
from scipy.sparse.linalg import eigsh

from benchmarks.machine import machine_line
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.laplacian import build_laplacian

EXACT = np.repeat([0, 2, 6, 12, 20], [1, 3, 5, 7, 9])


def strewn(n: int, noise: float, seed: int) -> np.ndarray:
    """(n, 3) points at random on the unit sphere."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    return points * (1 + noise * np.sqrt(2500 / n) * rng.normal(size=(n, 1)))


def local_triangles(points: np.ndarray) -> tuple[sp.sparray, np.ndarray]:
    """Ours."""
    made = build_laplacian(Shape(points))
    return made.stiffness, made.mass


def tufted(points: np.ndarray) -> tuple[sp.sparray, np.ndarray]:
    """The peer's."""
    stiffness, mass = robust_laplacian.point_cloud_laplacian(points, n_neighbors=30)
    return stiffness, mass.diagonal()


def errors(stiffness: sp.sparray, mass: np.ndarray) -> tuple[float, float]:
    """Worst relative error of the eigenvalues, and error of the mass."""
    evals = np.sort(eigsh(sp.csc_array(stiffness), 25, sp.diags_array(mass).tocsc(), sigma=-0.01)[0])
    return float(np.abs(evals[1:] / EXACT[1:] - 1).max()), abs(float(mass.sum()) / (4 * np.pi) - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2500, 8000, 20000])
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{machine_line('robust_laplacian', 'potpourri3d')}; seeds 0 … {arguments.seeds - 1}")
    print("| points | noise | local triangles: eigenvalues | mass | tufted: eigenvalues | mass |")
    print("|-------:|------:|-----------------------------:|-----:|--------------------:|-----:|")
    for n in arguments.sizes:
        for noise in (0.0, 0.01):
            cells = []
            for build in (local_triangles, tufted):
                found = np.array([errors(*build(strewn(n, noise, seed))) for seed in range(arguments.seeds)])
                (eigen, area), worst = 100 * found.mean(axis=0), 100 * found[:, 0].max()
                cells += [f"{eigen:.2f} % (≤ {worst:.2f})", f"{area:.2f} %"]
            print(f"| {n} | {100 * noise:.0f} % | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
