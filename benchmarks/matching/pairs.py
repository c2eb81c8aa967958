"""Pairs of shapes whose correspondence is known, and the error of a map between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.harness import SHARED
from geomlearn.matching.evaluation import Evaluation, Truth, evaluate_map, read_truth
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesics import HeatGeodesics

DATA = SHARED / "matching"
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


# The same file gives the same object, so that bases and distances can be kept by shape.
_read = lru_cache(maxsize=None)(read_shape)


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
        a, b = (_read(folder / f"{name}.off") for name in (name_a, name_b))
        lists = ",".join(str(folder / "corres" / f"{name}.vts") for name in (name_a, name_b))
        group = "tosca_r " + name_a.rstrip("0123456789")
        yield Pair(group, a, b, read_truth(lists, a.n_vertices, b.n_vertices))


def same_triangulation_pairs(folder: Path) -> Iterator[Pair]:
    """Pairs whose vertex i corresponds to vertex i; the order of one is shuffled so that it cannot help."""
    names = (("human_pair", "human_man.obj", "human_woman.obj"), ("cactus", "cactus.off", "cactus_deformed.off"))
    for group, name_a, name_b in names:
        if not (folder / group / name_a).is_file():
            continue
        a, b = (_read(folder / group / name) for name in (name_a, name_b))
        order = np.random.default_rng(0).permutation(b.n_vertices)
        place = np.argsort(order)
        b = Shape(b.vertices[order], place[b.faces], b.name)
        yield Pair(group, a, b, Truth(np.arange(a.n_vertices), place))


def creature_pairs(n_vertices: int = 5000, names: Sequence[tuple[str, str]] = CREATURES) -> Iterator[Pair]:
    """Built-in creatures, each meshed on its own, with their exact truth and its mirror image."""
    for name_a, name_b in names:
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


def test_pairs(folder: Path, count: str) -> list[Pair]:
    """`count` test pairs of TOSCA, or "all"; built-in creatures where the data set is not there."""
    tosca = folder / "tosca_r"
    if not (tosca / "test_pairs.txt").is_file():
        return list(creature_pairs())
    return list(tosca_pairs(tosca, None if count == "all" else int(count)))
