"""Registration of parts: on the creatures its settings were chosen on, on others, and on published pairs.

    python -m benchmarks matching parts [chosen] [others] [published] [strangers]

chosen     parts of sixteen built-in creatures, cut off by planes or at a distance or riddled with twelve holes, in a
           pose of their own, turned and moved at random, and the whole body: what the settings were chosen on.
others     sixteen more, made alike, on which nothing was chosen.
published  the pair of SHREC'16 at hand, and eight parts of TOSCA beside the eight of `matching priors data`.
strangers  the parts of `others`, as large a share as of their own, on wholes of the other family and on the next of
           their own: how many are suspected to be no part.

Errors are 100 × geodesic distance / √area at 250 points. No method sees the truth; nothing here depends on chance but
the parts themselves, whose seeds are fixed.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation

from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA, Pair
from geomlearn.matching.evaluation import Truth, evaluate_map
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesics import HeatGeodesics

N_TRUTH, N_HOLES = 250, 12
OPTIONS = MatchOptions(method="registration")
# Body, pose of the whole, pose of the part, how it was cut.
CHOSEN = (
    ("biped-average", "stand", "walk", "plane"),
    ("biped-average", "stand", "kick", "holes"),
    ("biped-tall", "stand", "wave", "holes"),
    ("biped-slim", "stand", "run", "ball"),
    ("biped-heavy", "walk", "reach", "holes"),
    ("biped-strong", "stand", "bow", "plane"),
    ("biped-child", "stand", "jump", "holes"),
    ("biped-strong", "stand", "crouch", "holes"),
    ("quadruped-cat", "stand", "gallop", "holes"),
    ("quadruped-cat", "stand", "sit", "holes"),
    ("quadruped-dog", "stand", "bow", "plane"),
    ("quadruped-dog", "walk", "leap", "holes"),
    ("quadruped-horse", "stand", "rear", "ball"),
    ("quadruped-horse", "stand", "graze", "holes"),
    ("quadruped-fox", "stand", "look", "plane"),
    ("quadruped-stout", "stand", "crouch", "holes"),
)
OTHERS = (
    ("biped-slim", "stand", "kick", "plane"),
    ("biped-tall", "stand", "reach", "holes"),
    ("biped-heavy", "stand", "run", "plane"),
    ("biped-child", "stand", "wave", "ball"),
    ("biped-average", "stand", "bow", "holes"),
    ("biped-average", "stand", "twist", "holes"),
    ("biped-slim", "walk", "jump", "holes"),
    ("biped-tall", "stand", "sit", "holes"),
    ("quadruped-dog", "stand", "gallop", "holes"),
    ("quadruped-dog", "stand", "graze", "ball"),
    ("quadruped-cat", "stand", "leap", "holes"),
    ("quadruped-cat", "walk", "look", "plane"),
    ("quadruped-horse", "stand", "leap", "holes"),
    ("quadruped-fox", "stand", "rear", "holes"),
    ("quadruped-giraffe", "stand", "gallop", "plane"),
    ("quadruped-stout", "stand", "sit", "holes"),
)
# Animals of TOSCA, and the shapes of them that are parts already in `matching priors data --only partial`.
ANIMALS = ("cat", "dog", "horse", "michael")
PARTS_ALREADY = {"cat3", "cat7", "dog5", "dog7", "horse10", "horse6", "michael4", "michael6"}


def creature_parts(listed: tuple[tuple[str, str, str, str], ...]) -> Iterator[Pair]:
    """Parts of built-in creatures and the whole bodies, meshed on their own."""
    for number, (body, stood, pose, kind) in enumerate(listed):
        rng = np.random.default_rng([number, zlib.crc32(f"{body}{stood}{pose}{kind}".encode())])
        n_a, n_b = int(rng.integers(3500, 5001)), int(rng.integers(4000, 5001))
        a, b = builtin(f"{body}-{pose}", n_a, seed=0), builtin(f"{body}-{stood}", n_b, seed=1)
        truth = ground_truth(a.name, b.name, n_vertices_a=n_a, n_vertices_b=n_b, seed_b=1)
        part, kept = _largest(a, _stays(a, kind, rng))
        turn = Rotation.random(rng=rng).as_matrix()
        part = part.replace(vertices=part.vertices @ turn.T + rng.standard_normal(3), name=f"{a.name}-{kind}")
        yield Pair("creatures", part, b, Truth(np.arange(len(kept)), truth[kept]))


def _stays(shape: Shape, kind: str, rng: np.random.Generator) -> np.ndarray:
    """(n,) the vertices that are not cut away."""
    if kind == "plane":
        direction = rng.standard_normal(3)
        height = shape.vertices @ (direction / np.linalg.norm(direction))
        return height <= np.quantile(height, rng.uniform(0.55, 0.75))
    if kind == "ball":
        far = HeatGeodesics(shape).matrix(np.array([rng.integers(shape.n_vertices)]))[0]
        return far <= np.quantile(far, rng.uniform(0.55, 0.75))
    far = HeatGeodesics(shape).matrix(rng.choice(shape.n_vertices, N_HOLES, replace=False))
    return (far > np.sqrt(shape.area) * rng.uniform(0.07, 0.12)).all(axis=0)


def _largest(shape: Shape, stays: np.ndarray) -> tuple[Shape, np.ndarray]:
    """The largest piece of faces whose corners all stay, and its vertices."""
    faces = shape.faces[stays[shape.faces].all(axis=1)]
    edges = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_array((np.ones(len(edges)), tuple(edges.T)), shape=(shape.n_vertices,) * 2)
    piece = connected_components(graph, directed=False)[1]
    used = np.zeros(shape.n_vertices, bool)
    used[faces] = True
    kept = np.flatnonzero(used & (piece == np.bincount(piece[used]).argmax()))
    place = np.full(shape.n_vertices, -1)
    place[kept] = np.arange(len(kept))
    return Shape(shape.vertices[kept], place[faces[(place[faces] >= 0).all(axis=1)]], shape.name), kept


def published_parts(folder: Path) -> Iterator[Pair]:
    """The pair of SHREC'16, then two more parts of each animal of TOSCA."""
    sample = folder / "partial_shrec16_sample"
    known = np.loadtxt(sample / "cuts-cat1_cuts-cat.map", dtype=int).reshape(-1)
    shapes = (read_shape(sample / f"{name}.off") for name in ("cuts-cat1", "cuts-cat"))
    yield Pair("SHREC'16", *shapes, Truth(np.arange(len(known)), known))
    rng = np.random.default_rng(5)
    for animal in ANIMALS:
        listed = sorted(path.stem for path in (folder / "tosca_r").glob(f"{animal}*.off"))
        listed = [name for name in listed if name not in PARTS_ALREADY | {f"{animal}0"}]
        listed = [name for name in listed if (folder / "tosca_r" / "corres" / f"{name}.vts").exists()]
        for kind, name in zip(("cuts", "holes"), rng.choice(listed, 2, replace=False), strict=True):
            a, b = (read_shape(folder / "tosca_r" / f"{end}.off") for end in (name, f"{animal}0"))
            lists = (folder / "tosca_r" / "corres" / f"{end}.vts" for end in (name, f"{animal}0"))
            points_a, points_b = (np.loadtxt(path, dtype=int) - 1 for path in lists)
            if kind == "cuts":
                far = HeatGeodesics(a).matrix(np.array([rng.integers(a.n_vertices)]))[0]
                stays = far <= np.quantile(far, 0.6)
            else:
                far = HeatGeodesics(a).matrix(rng.choice(a.n_vertices, N_HOLES, replace=False))
                stays = (far > 0.09 * np.sqrt(a.area)).all(axis=0)
            part, kept = _largest(a, stays)
            place = np.full(a.n_vertices, -1)
            place[kept] = np.arange(len(kept))
            there = place[points_a] >= 0
            part = part.replace(vertices=part.vertices @ Rotation.random(rng=rng).as_matrix().T, name=f"{kind}_{name}")
            yield Pair("TOSCA", part, b, Truth(place[points_a][there], points_b[there]))


def table(name: str, pairs: Iterator[Pair]) -> None:
    print(f"\n## {name}\n| part | vertices | mean | median | s | suspected |\n|:--|---:|---:|---:|---:|---:|")
    rows: dict[str, list[tuple[float, float, bool]]] = {}
    for pair in pairs:
        start = time.perf_counter()
        found = match_shapes(pair.a, pair.b, OPTIONS)
        seconds = time.perf_counter() - start
        error = evaluate_map(found.value.map_ab, pair.truth, pair.b, max_points=N_TRUTH)
        told = bool(found.stats["notes"])
        print(
            f"| {pair.a.name} | {pair.a.n_vertices} of {pair.b.n_vertices} | {error.mean_error:.2f} "
            f"| {error.median_error:.2f} | {seconds:.1f} | {'yes' if told else ''} |",
            flush=True,
        )
        rows.setdefault(pair.group, []).append((error.mean_error, error.median_error, told))
    for group, found in rows.items():
        mean, median, told = np.mean(found, axis=0)
        print(f"| **{group}, {len(found)}** | | {mean:.2f} | {median:.2f} | | {told * len(found):.0f} |")


def strangers() -> None:
    print("\n## Parts laid on bodies they are no part of\n| laid on | suspected |\n|:--|---:|")
    pairs = list(creature_parts(OTHERS))
    half = len(pairs) // 2
    # Bipeds come first, quadrupeds follow.
    shifts = {
        "the other family": lambda i: (i + half) % len(pairs),
        "the next body of their family": lambda i: i // half * half + (i + 1) % half,
    }
    for name, shifted in shifts.items():
        told = 0
        for i, pair in enumerate(pairs):
            whole = pairs[shifted(i)].b
            factor = np.sqrt(whole.area / pair.b.area)
            part = pair.a.replace(vertices=pair.a.vertices * factor)
            told += bool(match_shapes(part, whole, OPTIONS).stats["notes"])
        print(f"| {name} | {told} of {len(pairs)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="chosen, others, published, strangers; all by default")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    print(machine_line())
    parts = options.parts or ["chosen", "others", "published", "strangers"]
    if "chosen" in parts:
        table("Creatures the settings were chosen on", creature_parts(CHOSEN))
    if "others" in parts:
        table("Creatures nothing was chosen on", creature_parts(OTHERS))
    if "published" in parts:
        table("Published pairs", published_parts(options.data))
    if "strangers" in parts:
        strangers()


if __name__ == "__main__":
    main()
