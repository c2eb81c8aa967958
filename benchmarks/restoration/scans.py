"""Cleaning: planted outliers on real scans, holes cut into surfaces, decimation; MeshLab beside it if installed.

    python -m benchmarks restoration scans [outliers] [holes] [decimation]

World. The bounds of the gap rule were looked at on the scans of ``choose``; those of ``judge`` were seen while the rule
was built, with seed 0 and another share of outliers. Holes and decimation have no constant that was chosen on a shape.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.machine import machine_line
from benchmarks.restoration.meshlab import meshlab
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.cleaning.holes.fill import fill
from geomlearn.shapes.cleaning.outliers import outliers
from geomlearn.shapes.cleaning.resampling import decimate
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.nearest import nearest_on
from geomlearn.shapes.shape import Shape

SCANS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "pointclouds"
CHOOSE = ("ism_train_horse", "lamppost", "object_template_0", "capture0001")
JUDGE = ("ism_train_cat", "milk", "samp11-utm", "capture0002")
SHARES = (0.005, 0.02, 0.1)
SHAPES = ("biped-tall-walk", "quadruped-giraffe-walk", "torus")


def plant(points: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Points uniform in the bounding box, a tenth larger, ten times the usual spacing or more off the scan."""
    random = np.random.default_rng(seed)
    tree = cKDTree(points)
    spacing = np.median(tree.query(points[:: max(1, len(points) // 20_000)], k=2)[0][:, 1])
    low, high = points.min(axis=0), points.max(axis=0)
    centre, half = (low + high) / 2, 0.55 * (high - low)
    wanted, found = max(20, round(share * len(points))), np.zeros((0, 3))
    while len(found) < wanted:
        drawn = centre + half * random.uniform(-1, 1, (2 * wanted, 3))
        found = np.vstack([found, drawn[tree.query(drawn)[0] > 10 * spacing]])
    return found[:wanted]


def precision_recall(planted: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """Share of what was said that was planted, and share of the planted that was said."""
    both = (planted & said).sum()
    return both / max(said.sum(), 1), both / planted.sum()


def table_of_outliers(seeds: int) -> None:
    """Precision and recall on every scan, the gap beside mean + 3σ."""
    print("| world | scan | points | planted | gap: precision | recall | 3σ: precision | recall | said without any |")
    print("|:--|:--|--:|--:|--:|--:|--:|--:|--:|")
    for world, names in (("choose", CHOOSE), ("judge", JUDGE)):
        for name in names:
            points = read_shape(SCANS / f"{name}.pcd").vertices
            clean = int(outliers(points).sum())
            for share in SHARES if len(points) < 100_000 else SHARES[1:2]:
                rows = []
                for seed in range(1, 1 + (seeds if len(points) < 100_000 else 1)):
                    more = plant(points, share, seed)
                    together = np.vstack([points, more])
                    planted = np.arange(len(together)) >= len(points)
                    rules = [outliers(together, rule=rule) for rule in ("gap", "sigma")]
                    rows.append([x for said in rules for x in precision_recall(planted, said)])
                cells = " | ".join(f"{x:.3f}" for x in np.mean(rows, axis=0))
                print(f"| {world} | {name} | {len(points)} | {share:.1%} | {cells} | {clean} |", flush=True)


def cut(shape: Shape, centre: int, radius_rel: float) -> Shape:
    """The mesh without the faces within a part of the diagonal of a vertex."""
    middles = shape.vertices[shape.faces].mean(axis=1)
    away = np.linalg.norm(middles - shape.vertices[centre], axis=1)
    faces = shape.faces[away > radius_rel * shape.diagonal]
    used = np.bincount(faces.ravel(), minlength=shape.n_vertices) > 0
    return Shape(shape.vertices[used], (np.cumsum(used) - 1)[faces], shape.name)


def samples(shape: Shape, n: int = 20_000) -> np.ndarray:
    """Points spread over the surface by area."""
    random = np.random.default_rng(0)
    face = random.choice(shape.n_faces, n, p=shape.face_areas / shape.area)
    shares = random.dirichlet(np.ones(3), n)
    return np.einsum("ij,ijk->ik", shares, shape.vertices[shape.faces[face]])


def hausdorff(a: Shape, b: Shape) -> tuple[float, float]:
    """Largest and root mean square distance between two surfaces, of each from the other, in parts of the diagonal."""
    there = nearest_on(b, np.vstack([a.vertices, samples(a)]))[2]
    back = nearest_on(a, np.vstack([b.vertices, samples(b)]))[2]
    both = np.concatenate([there, back]) / a.diagonal
    return float(both.max()), float(np.sqrt((both**2).mean()))


def table_of_holes(seeds: int) -> None:
    """Distance of the filled surface from the one that was cut."""
    print("| shape | hole | filled: largest | rms | MeshLab, refined | rms | MeshLab, flat | rms |")
    print("|:--|--:|--:|--:|--:|--:|--:|--:|")
    for name in SHAPES:
        whole = builtin(name, 4000)
        for radius in (0.03, 0.06, 0.1):
            rows = []
            for seed in range(seeds):
                holed = cut(whole, int(np.random.default_rng(seed).integers(whole.n_vertices)), radius)
                made = [fill(holed).shape, meshlab("fill", 500, holed), meshlab("fill-flat", 500, holed)]
                rows.append([x for one in made for x in (hausdorff(whole, one) if one else (np.nan, np.nan))])
            cells = " | ".join(f"{x:.2e}" for x in np.median(rows, axis=0))
            print(f"| {name} | {radius:.0%} | {cells} |", flush=True)


def table_of_decimation() -> None:
    """Distance of the decimated surface from the one before."""
    print("| shape | faces | ours: largest | rms | MeshLab | rms |")
    print("|:--|--:|--:|--:|--:|--:|")
    for name in SHAPES:
        whole = builtin(name, 8000)
        for count in (4000, 1000):
            made = [decimate(whole, n_faces=count).shape, meshlab("decimate", count, whole)]
            cells = " | ".join(f"{x:.2e}" for one in made for x in (hausdorff(whole, one) if one else (np.nan, np.nan)))
            print(f"| {name} | {whole.n_faces} → {count} | {cells} |", flush=True)


def main() -> None:
    """The tables asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="outliers, holes, decimation; all when none is named")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    print(machine_line("fast-simplification", "pymeshlab"), f"; {asked.seeds} seeds\n", sep="")
    tables = {
        "outliers": lambda: table_of_outliers(asked.seeds),
        "holes": lambda: table_of_holes(asked.seeds),
        "decimation": table_of_decimation,
    }
    for part in asked.parts or tables:
        print(f"## {part}\n")
        tables[part]()
        print()


if __name__ == "__main__":
    main()
