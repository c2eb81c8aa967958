"""How well the known points of published pairs agree with each other: what a smooth map must be off by at least.

    python -m benchmarks matching truth [--pairs 12]

Each known point is left out in turn and its image predicted from those of its neighbours on the surface: an affine map
fitted to them, nearer ones counting more. The error of the prediction is measured as that of a method is (100 ×
geodesic distance / √area, from the vertex nearest to it). A map that is affine from neighbour to neighbour cannot
come nearer on average, unless it follows noise of the known points themselves. On built-in creatures, whose truth is
exact and of which as many points are taken, the same prediction shows what it errs by itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA, Pair
from benchmarks.matching.priors_published import published
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesics import HeatGeodesics

N_POINTS = 900
NEIGHBOURS = (8, 12, 16, 24, 32)
# Reach of the weights, over the distance of the farthest neighbour; and the pull towards no slope.
REACH, RIDGE = 0.6, 1e-5


def predicted_from_neighbours(pair: Pair) -> np.ndarray:
    """(len(NEIGHBOURS),) mean error of predicting known points from as many of their neighbours."""
    points_a, points_b = pair.truth.points_a, pair.truth.points_b
    if len(points_a) > N_POINTS:
        chosen = np.random.default_rng(0).choice(len(points_a), N_POINTS, replace=False)
        points_a, points_b = points_a[chosen], points_b[chosen]
    here, there = (_unit(shape) for shape in (pair.a, pair.b))
    apart = HeatGeodesics(pair.a).matrix(points_a)[:, points_a] / np.sqrt(pair.a.area)
    errors = HeatGeodesics(pair.b).matrix(points_b) / np.sqrt(pair.b.area)
    tree = cKDTree(there)
    order = np.argsort(apart, axis=1)[:, 1:]
    found = np.zeros((len(NEIGHBOURS), len(points_a)))
    for row, count in enumerate(NEIGHBOURS):
        for i, near in enumerate(order[:, :count]):
            weight = np.exp(-((apart[i, near] / (REACH * apart[i, near].max())) ** 2))
            place = _affine_at(here[points_a[near]] - here[points_a[i]], there[points_b[near]], weight)
            found[row, i] = errors[i, tree.query(place)[1]]
    return 100 * found.mean(axis=1)


def _affine_at(offsets: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(3,) at offset 0, of the affine function of offsets (n, 3) that fits values (n, 3) best."""
    rows = np.column_stack([np.ones(len(offsets)), offsets])
    weighted = rows.T * weight
    return np.linalg.solve(weighted @ rows + np.diag([0, RIDGE, RIDGE, RIDGE]), weighted @ values)[0]


def _unit(shape: Shape) -> np.ndarray:
    return shape.vertices / np.sqrt(shape.area)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12, help="of each group")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    print(machine_line())
    print("\n## Known points predicted from their neighbours")
    print("| pairs | how many | " + " | ".join(f"{n} neighbours" for n in NEIGHBOURS) + " | least, pair by pair |")
    print("|:--|---:|" + "---:|" * (len(NEIGHBOURS) + 1))
    for group, pairs in published(options.data, options.pairs, ["tosca_noniso_r", "tosca_r", "creatures"]).items():
        errors = np.array([predicted_from_neighbours(pair) for pair in pairs])
        cells = " | ".join(f"{value:.2f}" for value in errors.mean(axis=0))
        least = errors.min(axis=1)
        print(f"| {group} | {len(pairs)} | {cells} | {least.mean():.2f} ({least.min():.2f}–{least.max():.2f}) |")


if __name__ == "__main__":
    main()
