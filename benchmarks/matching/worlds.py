"""Correspondence in worlds: mean, median, share over 8, flips and seconds of every strategy, and of pyfmaps.

    python -m benchmarks matching worlds [WORLD …] [--pairs 8] [--methods auto …] [--store FILE]

Worlds: tosca, women-men, human, cactus, partial (public data, nothing was learned or fitted on them); choose-bodies,
choose-scans, choose-template, choose-animals (the judge's calibration saw others of these), judge-bodies, judge-scans,
judge-animals (nothing saw them). Methods: auto, descriptors (auto's rival without learned features), learned (without
descriptors), diffumatch, registration, pyfmaps with orientation. Errors are 100 × geodesic distance / √area at 400
points. With a store an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA, Pair, same_triangulation_pairs, tosca_pairs
from benchmarks.matching.peers import pyfmaps, quick_neighbours, spectral_mesh
from benchmarks.matching.priors_published import different_bodies, partial_pairs
from geomlearn.core.errors import GeomError
from geomlearn.matching.evaluation import Truth, evaluate_map
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions

OVER = 8.0
METHODS = {
    "auto": "auto",
    "descriptors": "bijective-zoomout",
    "learned": "learned",
    "diffumatch": "diffumatch",
    "registration": "registration",
}


def free(world: str, group: str, count: int) -> Iterator[Pair]:
    """Pairs of a world of free shapes."""
    from benchmarks.worlds.pairs import animal_pairs, body_pairs

    made = animal_pairs(world, count) if group == "animals" else body_pairs(world, count, group=group)
    for pair in made:
        rows = np.flatnonzero((pair.map_ab >= 0) & (pair.mirrored_ab >= 0))
        yield Pair(f"{world}-{group}", pair.a, pair.b, Truth(rows, pair.map_ab[rows], pair.mirrored_ab[rows]))


def worlds(folder: Path, count: int) -> dict[str, Callable[[], list[Pair]]]:
    """By name, what makes the pairs."""
    made: dict[str, Callable[[], list[Pair]]] = {
        "tosca": lambda: list(tosca_pairs(folder / "tosca_r", count)),
        "women-men": lambda: list(different_bodies(folder / "tosca_noniso_r", count)),
        "human": lambda: [p for p in same_triangulation_pairs(folder) if p.group == "human_pair"],
        "cactus": lambda: [p for p in same_triangulation_pairs(folder) if p.group == "cactus"],
        "partial": lambda: list(partial_pairs(folder, count)),
    }
    for world in ("choose", "judge"):
        for group in ("bodies", "scans", "template", "parts", "views", "clouds", "animals"):
            made[f"{world}-{group}"] = lambda w=world, g=group: list(free(w, g, count))
    return made


def measured(pair: Pair, method: str) -> dict:
    """Error, flips, seconds and verdict of a method on a pair; a refusal counts as the worst."""
    start = time.perf_counter()
    verdict: dict = {}
    try:
        if method == "pyfmaps":
            with quick_neighbours():
                map_ab = pyfmaps(spectral_mesh(pair.a), spectral_mesh(pair.b), 1.0)
        else:
            found = match_shapes(pair.a, pair.b, MatchOptions(method=METHODS[method])).value
            map_ab, said = found.map_ab, found.verdict
            verdict = {"word": said.word, "predicted": said.predicted_error, "p": said.p_within_5}
    except (GeomError, ValueError) as error:
        return {"error": 60.0, "flipped": False, "seconds": time.perf_counter() - start, "refused": str(error)[:120]}
    seconds = time.perf_counter() - start
    error = evaluate_map(map_ab, pair.truth, pair.b, max_points=400)
    return {"error": error.mean_error, "flipped": error.flipped, "seconds": seconds, **verdict}


def show(world: str, method: str, rows: list[dict]) -> None:
    errors = np.array([row["error"] for row in rows])
    refused = sum("refused" in row for row in rows)
    words = [row["word"] for row in rows if "word" in row]
    good = [row["error"] <= 5 for row in rows if row.get("word") == "good"]
    said = f"{len(good)} of {len(words)}, {sum(good)} within 5" if words else "–"
    print(
        f"| {world} | {method} | {len(rows)} | {errors.mean():.2f} | {np.median(errors):.2f} | "
        f"{(errors > OVER).mean():.0%} | {sum(row['flipped'] for row in rows)} | "
        f"{np.mean([row['seconds'] for row in rows]):.1f} | {refused} | {said} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help="tosca, women-men, human, judge-bodies")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--methods", nargs="+", default=["auto", "descriptors", "learned", "pyfmaps"])
    parser.add_argument("--store", type=Path)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    print(machine_line("pyfmaps"))
    print("| world | method | pairs | mean | median | over 8 | flips | seconds | refused | called good |")
    print("|:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|")
    kept = Kept(options.store, options.minutes)
    made = worlds(options.data, options.pairs)
    for world in options.worlds or ["tosca", "women-men", "human", "judge-bodies"]:
        pairs = made[world]()
        for method in options.methods:
            rows = [
                kept.row([world, i, method], lambda p=pair, m=method: measured(p, m)) for i, pair in enumerate(pairs)
            ]
            rows = [row for row in rows if row is not None]
            if rows:
                show(world, method, rows)


if __name__ == "__main__":
    main()
