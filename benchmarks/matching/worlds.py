"""Correspondence in worlds: mean, median, share over 8, flips and seconds, beside pyfmaps and with parts left out.

    python -m benchmarks matching worlds [WORLD …] [--pairs 8] [--methods auto pyfmaps …] [--store FILE]

Worlds: tosca, women-men, human, cactus, partial (public data, nothing was learned or fitted on them); choose-bodies,
choose-scans, choose-template, choose-parts, choose-apes, choose-animals (the judge's calibration saw others of these),
judge-bodies and so on (nothing saw them). Methods: auto, what `match` does by default; pyfmaps, with its orientation
term; "without learned", "without diffumatch", "without registration", of auto; single, one map of descriptors refined;
learned, diffumatch, registration as they are. Errors are 100 × geodesic distance / √area at 200 points, seconds those
of one processor. With a store an interrupted run goes on; `--minutes 0` prints what it holds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA, Pair, same_triangulation_pairs, tosca_pairs
from benchmarks.matching.peers import pyfmaps, quick_neighbours, spectral_mesh
from benchmarks.matching.priors_published import different_bodies, partial_pairs
from geomlearn.core.errors import GeomError
from geomlearn.matching.evaluation import Truth, evaluate_map
from geomlearn.matching.judge.verdict import Verdict
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.strategies import auto, problem

OVER = 8.0
# What `auto` can lack.
PARTS = ("learned", "diffumatch", "registration")
METHODS = {
    "auto": MatchOptions(),
    "single": MatchOptions(method="bijective-zoomout", n_candidates=1),
    "descriptors": MatchOptions(method="bijective-zoomout"),
    "learned": MatchOptions(method="learned"),
    "diffumatch": MatchOptions(method="diffumatch"),
    "registration": MatchOptions(method="registration"),
}
PUBLIC = ("tosca", "women-men", "human", "cactus", "partial")
GROUPS = ("bodies", "scans", "template", "parts", "views", "clouds", "apes", "animals")


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
        for group in GROUPS:
            made[f"{world}-{group}"] = lambda w=world, g=group: list(free(w, g, count))
    return made


@contextmanager
def without(part: str) -> Iterator[None]:
    """`auto` lacks one of learned, diffumatch, registration."""
    if part == "learned":
        kept, problem.BUNDLED = problem.BUNDLED, Path("left out")
    else:
        kept, auto.COSTLY = auto.COSTLY, tuple(one for one in auto.COSTLY if one[0] != part)
    try:
        yield
    finally:
        if part == "learned":
            problem.BUNDLED = kept
        else:
            auto.COSTLY = kept


def mapped(pair: Pair, method: str) -> tuple[np.ndarray, Verdict | None]:
    """map_ab, and what is said of it."""
    if method == "pyfmaps":
        with quick_neighbours():
            return pyfmaps(spectral_mesh(pair.a), spectral_mesh(pair.b), 1.0), None
    with without(method.removeprefix("without ")) if method.startswith("without ") else nullcontext():
        found = match_shapes(pair.a, pair.b, METHODS.get(method, METHODS["auto"])).value
    return found.map_ab, found.verdict


def measured(pair: Pair, method: str) -> dict:
    """Error, flips, seconds and verdict of a method on a pair; a refusal counts as the worst."""
    start = time.process_time()
    try:
        map_ab, said = mapped(pair, method)
    except (GeomError, ValueError) as error:
        seconds, why = time.process_time() - start, str(error)[:120]
        return {"error": problem.WORST, "flipped": False, "seconds": seconds, "refused": why}
    seconds = time.process_time() - start
    error = evaluate_map(map_ab, pair.truth, pair.b, max_points=200)
    found = {"error": error.mean_error, "flipped": error.flipped, "seconds": seconds}
    return found if said is None else {**found, "word": said.word, "predicted": said.predicted_error}


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
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help="all public ones and choose by default")
    parser.add_argument("--pairs", type=int, default=8)
    ways = [*METHODS, "pyfmaps", *(f"without {part}" for part in PARTS)]
    parser.add_argument("--methods", nargs="+", choices=ways, default=["auto", "pyfmaps"])
    parser.add_argument("--store", type=Path)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    print(machine_line("pyfmaps"))
    print("| world | method | pairs | mean | median | over 8 | flips | seconds | refused | called good |")
    print("|:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|")
    kept = Kept(options.store, options.minutes)
    made = worlds(options.data, options.pairs)
    for world in options.worlds or [*PUBLIC, *(f"choose-{group}" for group in GROUPS)]:
        pairs = made[world]()
        for method in options.methods:
            rows = [kept.row([world, pair.name, method], lambda p=pair, m=method: measured(p, m)) for pair in pairs]
            rows = [row for row in rows if row is not None]
            if rows:
                show(world, method, rows)


if __name__ == "__main__":
    main()
