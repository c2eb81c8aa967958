"""Correspondence: speed and error against pyfmaps, error of the default settings, growth with size.

    python benchmarks/matching.py [speed] [errors] [accuracy] [growth] [--pairs 10 | all] [--store FILE] [--data DIR]

speed     both run from file to map on each pair: 200 modes of the cotan Laplacian, 20 wave kernel signatures, a first
          map of 20 modes, ZoomOut 20 → 200 in steps of 5. pyfmaps runs twice: with its own weights, and with the
          orientation term that ours has. Bases are computed anew each time, nothing is cached.
errors    the same maps on every test pair, bases shared between pairs, a summary per group; neighbours for pyfmaps in
          single precision, which is quicker. What is measured is kept in the store, and taken from there as long as the
          code that made it is the same: run it again to go on.
accuracy  `match_shapes` with its default options, nothing tuned per pair.
growth    seconds with the number of vertices, on one pair of built-in creatures, bases included.
priors    regularisers from isometry and from priors over maps; the whole of `benchmarks/priors.py`, not by default.

Errors are 100 × geodesic distance / √area over the points of the truth. Where the data set is not there, pairs of
built-in creatures take its place. All is deterministic but for which pairs a number picks: seed 0.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from machine import machine_line
from matching_data import DATA, Pair, creature_pairs, measured, same_triangulation_pairs, tosca_pairs
from matching_errors import compare_errors
from matching_peers import PEERS, ours, pyfmaps, spectral_mesh

from geomlearn.matching.match import match_shapes


def timed(work) -> tuple[float, object]:
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def speed(pairs: list[Pair]) -> None:
    print("\n## Against pyfmaps: same Laplacian, descriptors and ZoomOut schedule 20 → 200, bases included")
    print(
        "| pair | ours s | pyfmaps s | ratio | with orientation s | ratio | ours error | pyfmaps | with orientation |"
    )
    print("|:-----|---:|---:|---:|---:|---:|---:|---:|---:|")
    rows = []
    for pair in pairs:
        runs = [timed(lambda pair=pair: ours(pair.a, pair.b))]
        runs += [
            timed(lambda pair=pair, w=w: pyfmaps(spectral_mesh(pair.a), spectral_mesh(pair.b), w))
            for w in PEERS.values()
        ]
        found = [measured(pair, value) for _, value in runs]
        rows.append([*(seconds for seconds, _ in runs), *(one.mean_error for one in found)])
        marks = ["*" if one.flipped else "" for one in found]
        print(_speed_row(pair.name, rows[-1], marks), flush=True)
    table = np.array(rows)
    print(_speed_row("mean", table.mean(axis=0), ["", "", ""]))
    for name, column in zip(PEERS, (4, 5), strict=True):
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
    parser.add_argument("parts", nargs="*", metavar="PART", help="the first four by default")
    parser.add_argument("--pairs", default="10", help="how many test pairs, or all")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 20_000, 80_000])
    parser.add_argument("--store", type=Path, default=Path(tempfile.gettempdir()) / "geomlearn-matching-errors.jsonl")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    os.environ["GEOMLEARN_CACHE"] = "off"
    parts = options.parts or ["speed", "errors", "accuracy", "growth"]
    count = None if options.pairs == "all" else int(options.pairs)
    import torch

    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    print(f"{machine_line('torch', 'pyfmaps')}; {torch.get_num_threads()} threads, OMP_NUM_THREADS {threads}")
    tosca = options.data / "tosca_r"
    there = (tosca / "test_pairs.txt").is_file()
    pairs = list(tosca_pairs(tosca, count)) if there else list(creature_pairs())
    if "speed" in parts:
        speed(pairs)
    if "errors" in parts:
        with tempfile.TemporaryDirectory() as kept:
            os.environ["GEOMLEARN_CACHE"] = kept
            compare_errors(list(tosca_pairs(tosca, None)) if there else pairs, options.store)
        os.environ["GEOMLEARN_CACHE"] = "off"
    if "accuracy" in parts:
        more = [*same_triangulation_pairs(options.data), *(creature_pairs() if tosca.is_dir() else ())]
        accuracy([*pairs, *more])
    if "growth" in parts:
        growth(options.sizes)
    if "priors" in parts:
        # It draws its pairs from this file, so it cannot come first.
        from priors import main as compare_priors

        compare_priors(["unseen", "data", "--data", str(options.data)])


if __name__ == "__main__":
    main()
