"""Correspondence: speed and error against pyfmaps, error of the default settings, growth with size.

    python benchmarks/matching.py [speed] [accuracy] [growth] [--pairs 10 | --pairs all] [--data DIR]

speed     both run from file to map on each pair: bases of 200 modes, the same 20 wave kernel signatures, a first map of
          20 modes, ZoomOut 20 → 200 in steps of 5. pyfmaps runs twice: with its own weights, and with the orientation
          term that ours has. Bases are computed anew each time, nothing is cached.
accuracy  `match_shapes` with its default options, nothing tuned per pair.
growth    seconds with the number of vertices, on one pair of built-in creatures, bases included.

Errors are 100 × geodesic distance / √area over the points of the truth. Where the data set is not there, pairs of
built-in creatures take its place. All is deterministic but for which pairs a number picks: seed 0.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from machine import machine_line

from geomlearn.matching.evaluation import Evaluation, Truth, evaluate_map, read_truth
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.terms.descriptors import descriptors
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.geodesics import HeatGeodesics

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "matching"
SCHEDULE = MatchOptions(k_end=200, step=5, k_solve=20, patience=0)
CREATURES = (
    ("biped-tall-walk", "biped-tall-run"),
    ("biped-slim-stand", "biped-strong-reach"),
    ("quadruped-cat-stand", "quadruped-cat-gallop"),
    ("quadruped-horse-stand", "quadruped-dog-walk"),
)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two shapes and what is known about them."""

    group: str
    a: Shape
    b: Shape
    truth: Truth

    @property
    def name(self) -> str:
        return f"{self.a.name} → {self.b.name}"


def tosca_pairs(folder: Path, count: int | None) -> Iterator[Pair]:
    """The test pairs whose shapes and truths are there, `count` of them at random, ordered by target."""
    listed = [line.split() for line in (folder / "test_pairs.txt").read_text().splitlines() if line.strip()]
    files = {name for pair in listed for name in pair}
    there = {n for n in files if (folder / f"{n}.off").is_file() and (folder / "corres" / f"{n}.vts").is_file()}
    listed = [pair for pair in listed if set(pair) <= there]
    if count is not None and count < len(listed):
        picked = np.random.default_rng(0).choice(len(listed), count, replace=False)
        listed = [listed[i] for i in picked]
    for name_a, name_b in sorted(listed, key=lambda pair: pair[1]):
        a, b = (read_shape(folder / f"{name}.off") for name in (name_a, name_b))
        lists = ",".join(str(folder / "corres" / f"{name}.vts") for name in (name_a, name_b))
        group = "tosca_r " + name_a.rstrip("0123456789")
        yield Pair(group, a, b, read_truth(lists, a.n_vertices, b.n_vertices))


def same_triangulation_pairs(folder: Path) -> Iterator[Pair]:
    """Pairs whose vertex i corresponds to vertex i; the order of one is shuffled so that it cannot help."""
    names = (("human_pair", "human_man.obj", "human_woman.obj"), ("cactus", "cactus.off", "cactus_deformed.off"))
    for group, name_a, name_b in names:
        if not (folder / group / name_a).is_file():
            continue
        a, b = (read_shape(folder / group / name) for name in (name_a, name_b))
        order = np.random.default_rng(0).permutation(b.n_vertices)
        place = np.argsort(order)
        b = Shape(b.vertices[order], place[b.faces], b.name)
        yield Pair(group, a, b, Truth(np.arange(a.n_vertices), place))


def creature_pairs(n_vertices: int = 5000) -> Iterator[Pair]:
    """Built-in creatures, each meshed on its own, with their exact truth and its mirror image."""
    for name_a, name_b in CREATURES:
        a, b = builtin(name_a, n_vertices, seed=0), builtin(name_b, n_vertices, seed=1)
        sizes = {"n_vertices_a": n_vertices, "n_vertices_b": n_vertices, "seed_b": 1}
        straight, mirrored = (ground_truth(name_a, name_b, **sizes, symmetric=side) for side in (False, True))
        yield Pair("creatures", a, b, Truth(np.arange(a.n_vertices), straight, mirrored))


@lru_cache(maxsize=1)
def distances_on(shape: Shape) -> np.ndarray:
    """(n, n) geodesic distances; pairs come ordered by target, so one matrix is kept."""
    return HeatGeodesics(shape).matrix(symmetric=True, dtype=np.float32)


def measured(pair: Pair, map_ab: np.ndarray) -> Evaluation:
    if pair.b.n_vertices > 8000:
        return evaluate_map(map_ab, pair.truth, pair.b, max_points=500)
    return evaluate_map(map_ab, pair.truth, pair.b, distances=distances_on(pair.b))


def pyfmaps(a: Shape, b: Shape, *, w_orientation: float) -> np.ndarray:
    """map_ab by pyfmaps: it searches from its second mesh on its first."""
    from pyFM.functional import FunctionalMapping
    from pyFM.mesh import TriMesh

    meshes = [TriMesh(shape.vertices, shape.faces, area_normalize=True) for shape in (b, a)]
    model = FunctionalMapping(*meshes)
    model.preprocess(descr_type=None, k_process=SCHEDULE.k_end)
    bases = [Basis(mesh.eigenvalues, mesh.eigenvectors, mesh.vertex_areas) for mesh in (model.mesh1, model.mesh2)]
    model.add_descriptors(*descriptors(*bases, SCHEDULE, np.zeros((0, 2), int)))
    model.fit(K=(SCHEDULE.k_solve, SCHEDULE.k_solve), w_orient=w_orientation)
    steps = (SCHEDULE.k_end - SCHEDULE.k_solve) // SCHEDULE.step
    return model.get_p2p(model.zoomout_refine(nit=steps, step=SCHEDULE.step))


def timed(work) -> tuple[float, object]:
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def speed(pairs: list[Pair]) -> None:
    print("\n## Against pyfmaps: same descriptors, same ZoomOut schedule 20 → 200, bases included")
    print(
        "| pair | ours s | pyfmaps s | ratio | with orientation s | ratio | ours error | pyfmaps | with orientation |"
    )
    print("|:-----|---:|---:|---:|---:|---:|---:|---:|---:|")
    rows = []
    for pair in pairs:
        runs = [timed(lambda pair=pair: match_shapes(pair.a, pair.b, SCHEDULE).value.map_ab)]
        runs += [timed(lambda pair=pair, w=w: pyfmaps(pair.a, pair.b, w_orientation=w)) for w in (0.0, 1.0)]
        found = [measured(pair, value) for _, value in runs]
        rows.append([*(seconds for seconds, _ in runs), *(one.mean_error for one in found)])
        marks = ["*" if one.flipped else "" for one in found]
        print(_speed_row(pair.name, rows[-1], marks), flush=True)
    table = np.array(rows)
    print(_speed_row("mean", table.mean(axis=0), ["", "", ""]))
    for name, column in (("pyfmaps", 4), ("pyfmaps with orientation", 5)):
        lower = int((table[:, 3] <= table[:, column]).sum())
        print(f"No larger error than {name} on {lower} of {len(table)} pairs.")
    print("* left and right swapped: the symmetric truth fits better.")


def _speed_row(name: str, row, marks: list[str]) -> str:
    seconds = f"{row[0]:.2f} | {row[1]:.2f} | {row[1] / row[0]:.1f} | {row[2]:.2f} | {row[2] / row[0]:.1f}"
    errors = " | ".join(f"{error:.2f}{mark}" for error, mark in zip(row[3:], marks, strict=True))
    return f"| {name} | {seconds} | {errors} |"


def accuracy(pairs: list[Pair]) -> None:
    print("\n## Default settings, no ground truth used")
    print("| pair | mean | median | AUC | under symmetry | coverage | flips | seconds |")
    print("|:-----|---:|---:|---:|---:|---:|---:|---:|")
    groups: dict[str, list[list[float]]] = {}
    for pair in pairs:
        seconds, result = timed(lambda pair=pair: match_shapes(pair.a, pair.b))
        found, scores = measured(pair, result.value.map_ab), result.value.scores
        row = [found.mean_error, found.median_error, found.auc, found.symmetric_mean_error or np.nan]
        row += [scores.coverage.value, scores.orientation_flips.value, seconds]
        groups.setdefault(pair.group, []).append([*row, found.flipped])
        print(f"| {pair.name} | {_accuracy_row(row)}", flush=True)
    for group, rows in groups.items():
        table = np.array(rows, float)
        spread = f"mean errors {table[:, 0].min():.2f} … {table[:, 0].max():.2f}, deviation {table[:, 0].std():.2f}"
        print(f"| **{group}**, {len(rows)} pairs | {_accuracy_row(table[:, :7].mean(axis=0))}")
        print(f"{group}: {spread}; {int(table[:, 7].sum())} of {len(rows)} pairs with left and right swapped.")


def _accuracy_row(row) -> str:
    return " | ".join(f"{value:.2f}" for value in row) + " |"


def growth(sizes: list[int]) -> None:
    print("\n## Growth with the number of vertices, default settings, bases included")
    print("| vertices | seconds | of which bases | µs per vertex | mean error |")
    print("|---:|---:|---:|---:|---:|")
    for n in sizes:
        pair = next(creature_pairs(n))
        seconds, result = timed(lambda pair=pair: match_shapes(pair.a, pair.b))
        bases = result.stats["time_s"]["bases"]
        error = measured(pair, result.value.map_ab).mean_error
        print(f"| {n} | {seconds:.1f} | {bases:.1f} | {1e6 * seconds / n:.0f} | {error:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="speed, accuracy, growth; all by default")
    parser.add_argument("--pairs", default="10", help="how many test pairs, or all")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 20_000, 80_000])
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    os.environ["GEOMLEARN_CACHE"] = "off"
    parts = options.parts or ["speed", "accuracy", "growth"]
    count = None if options.pairs == "all" else int(options.pairs)
    import torch

    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    print(f"{machine_line('torch', 'pyfmaps')}; {torch.get_num_threads()} threads, OMP_NUM_THREADS {threads}")
    tosca = options.data / "tosca_r"
    pairs = list(tosca_pairs(tosca, count)) if (tosca / "test_pairs.txt").is_file() else list(creature_pairs())
    if "speed" in parts:
        speed(pairs)
    if "accuracy" in parts:
        more = [*same_triangulation_pairs(options.data), *(creature_pairs() if tosca.is_dir() else ())]
        accuracy([*pairs, *more])
    if "growth" in parts:
        growth(options.sizes)


if __name__ == "__main__":
    main()
