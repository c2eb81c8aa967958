"""Maps of a collection made consistent: their errors before and after, and the wrong ones found by their cycles.

    python -m benchmarks collections network [--shapes 8] [--vertices 1000] [--spoil 0.15] [--seeds 3] [--kind biped]

Built-in creatures of one body in different poses, or (`--vary bodies`) of different bodies, are matched each with
each; or one human body in several poses (`--kind body`), meshed on its own each time. `as matched`: the maps as they
come. `spoilt`: of a share of the pairs, drawn by the seed, both maps are replaced by the mirrored truth, the commonest
fault of maps by spectra. Errors are 100 × geodesic distance / √area against the exact truth, over all maps. A map
counts as wrong when its error exceeds 10. The most that a cycle error may be and what may replace a doubted map were
chosen on quadrupeds, that the judge has the last word on bipeds; human bodies judge.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.collections.members import members_of
from geomlearn.collections.networks.refine import refine_network
from geomlearn.collections.pairs.choice import all_pairs
from geomlearn.collections.pairs.matched import Matched, open_matched
from geomlearn.collections.pairs.run import match_pairs
from geomlearn.collections.pairs.store import pair_key
from geomlearn.shapes.builtin import builtin, family_named, ground_truth
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesics import HeatGeodesics

Pair = tuple[str, str]
WRONG = 10.0


class Truths:
    """Exact maps between the shapes, mirrored ones, and errors by geodesic distance.

    Parameters
    ----------
    shapes   by what they are called in the collection;  truth   the map of a pair, mirrored or not.
    """

    def __init__(self, shapes: dict[str, Shape], truth: Callable[[str, str, bool], np.ndarray]) -> None:
        self.shapes, self._truth = shapes, truth
        self.distances, self.units = {}, {}
        for name, shape in shapes.items():
            self.distances[name] = HeatGeodesics(shape).matrix(np.arange(shape.n_vertices))
            self.units[name] = np.sqrt(shape.area)

    def of(self, pair: Pair, *, mirrored: bool = False) -> np.ndarray:
        return self._truth(*pair, mirrored)

    def error(self, pair: Pair, mapped: np.ndarray) -> float:
        target = pair[1]
        return float(100 * self.distances[target][mapped, self.of(pair)].mean() / self.units[target])


def creatures(count: int, n_vertices: int, kind: str, vary: str) -> Truths:
    names = {f"{name}@{n_vertices}": name for name in chosen(count, kind, vary)}
    more = {"n_vertices_a": n_vertices, "n_vertices_b": n_vertices, "seed_a": 0, "seed_b": 0}
    return Truths(
        {name: builtin(plain, n_vertices) for name, plain in names.items()},
        lambda a, b, mirrored: ground_truth(names[a], names[b], symmetric=mirrored, **more),
    )


def people(count: int, n_vertices: int) -> Truths:
    """One human body in several poses, each meshed on its own."""
    from benchmarks.worlds.bodies import bodies, random_build
    from benchmarks.worlds.pairs import rng_of
    from benchmarks.worlds.poses import random_pose
    from benchmarks.worlds.remeshing import Surface, true_places

    build, placed = random_build(rng_of("judge", "network", 0)), {}
    for number in range(count):
        rng = rng_of("judge", "network", number + 1)
        body = bodies().body(build, random_pose(rng, 0.8))
        surface = Surface(bodies().rest, body.vertices, body.faces, "body")
        placed[f"body{number}"] = surface.meshed("isotropic", n_vertices, rng, f"body{number}")

    def truth(a: str, b: str, mirrored: bool) -> np.ndarray:
        return np.maximum(true_places(placed[a], placed[b], symmetric=mirrored), 0)

    return Truths({name: one.shape for name, one in placed.items()}, truth)


def chosen(count: int, kind: str = "quadruped", vary: str = "bodies") -> list[str]:
    """Creatures in poses in turn, of one body or of several."""
    family = family_named(kind)
    bodies, poses = list(family.bodies)[: None if vary == "bodies" else 1], list(family.poses)
    return [f"{kind}-{bodies[i % len(bodies)]}-{poses[i % len(poses)]}" for i in range(count)]


def spoil(found: Matched, truths: Truths, share: float, seed: int) -> None:
    """Mirror the maps of some pairs in the store."""
    names = sorted(found.keys)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    drawn = np.random.default_rng(seed).choice(len(pairs), max(1, round(share * len(pairs))), replace=False)
    for number in drawn:
        a, b = pairs[number]
        maps = {"map_ab": truths.of((a, b), mirrored=True), "map_ba": truths.of((b, a), mirrored=True)}
        key = pair_key(found.keys[a], found.keys[b], found.options)
        found.store.put("pairs", key, maps, found.store.facts("pairs", key) or {})
    # What the judge said was said of other maps.
    found.rows = [replace(one, p_within_5=None) for one in found.rows]


def row(title: str, found: Matched, truths: Truths) -> str:
    maps = {}
    for one in found.rows:
        maps[one.source, one.target] = found.maps(one.source, one.target)[0]
    before = {pair: truths.error(pair, mapped) for pair, mapped in maps.items()}
    start = time.perf_counter()
    refined = refine_network(found)
    seconds = time.perf_counter() - start
    after = {pair: truths.error(pair, mapped) for pair, mapped in refined.maps.items()}
    wrong = {pair for pair, error in before.items() if error > WRONG}
    hit = len(wrong & set(refined.wrong))
    means = [float(np.mean(list(one.values()))) for one in (before, after)]
    worse = sum(after[pair] > before[pair] + 0.5 for pair in before)
    return (
        f"| {title} | {len(maps)} | {means[0]:.2f} | {means[1]:.2f} | {100 * (1 - means[1] / means[0]):.0f} % | "
        f"{len(wrong)} | {hit} | {len(refined.wrong) - hit} | {worse} | {seconds:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=8)
    parser.add_argument("--vertices", type=int, default=1000)
    parser.add_argument("--spoil", type=float, default=0.15)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kind", choices=["quadruped", "biped", "body"], default="quadruped")
    parser.add_argument("--vary", choices=["poses", "bodies"], default="poses")
    parser.add_argument("--keep", type=Path, help="folder for maps and rows, so that a run can be made in parts")
    asked = parser.parse_args()
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
    print(machine_line("torch"))
    print(f"{asked.shapes} of kind {asked.kind}, {asked.vertices} vertices, different {asked.vary}\n")
    if asked.kind == "body":
        truths = people(asked.shapes, asked.vertices)
    else:
        truths = creatures(asked.shapes, asked.vertices, asked.kind, asked.vary)
    heads = "maps | error before | after | lower by | wrong | found by cycles | false alarms | worse by > 0.5 | s"
    print(f"| | {heads} |\n|---|{'---:|' * 9}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        kept = Kept(folder / "rows.jsonl" if asked.keep else None)
        for name, shape in truths.shapes.items():
            write_shape(folder / "shapes" / f"{name}.off", shape, force=True)
        members = members_of([str(folder / "shapes")])
        found = match_pairs(members, all_pairs(members), folder / "maps")
        print(kept.row(["as matched"], lambda: row("as matched", found, truths)), flush=True)
        for seed in range(asked.seeds):
            print(kept.row([seed], lambda seed=seed: spoilt(folder, truths, asked.spoil, seed)), flush=True)


def spoilt(folder: Path, truths: Truths, share: float, seed: int) -> str:
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder / "maps", Path(copy) / "maps")
        found = open_matched(Path(copy) / "maps")
        spoil(found, truths, share, seed)
        return row(f"spoilt, seed {seed}", found, truths)


if __name__ == "__main__":
    main()
