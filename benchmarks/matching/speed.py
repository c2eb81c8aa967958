"""Correspondence: seconds beside pyfmaps, and growth with size.

    python -m benchmarks matching speed [pyfmaps] [growth] [--pairs 10 | all] [--sizes 5000 20000 80000] [--data DIR]

pyfmaps   both run from file to map on each pair: 200 modes of the cotan Laplacian, 20 wave kernel signatures, a first
          map of 20 modes, ZoomOut 20 → 200 in steps of 5. pyfmaps runs twice: with its own weights, and with the
          orientation term that ours has. Bases are computed anew each time, nothing is cached.
growth    seconds with the number of vertices, on one pair of built-in creatures, bases included.

Errors are 100 × geodesic distance / √area over the points of the truth. Where the data set is not there, pairs of
built-in creatures take its place. All is deterministic but for which pairs a number picks: seed 0.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from benchmarks.harness import timed
from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA, Pair, creature_pairs, measured, test_pairs
from benchmarks.matching.peers import PEERS, ours, pyfmaps, spectral_mesh
from geomlearn.matching.match import match_shapes


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
    parser.add_argument("parts", nargs="*", metavar="PART", help="both by default")
    parser.add_argument("--pairs", default="10", help="how many test pairs, or all")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 20_000, 80_000])
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    os.environ["GEOMLEARN_CACHE"] = "off"
    print(threads_line())
    if "pyfmaps" in (options.parts or ["pyfmaps"]):
        speed(test_pairs(options.data, options.pairs))
    if "growth" in (options.parts or ["growth"]):
        growth(options.sizes)


def threads_line() -> str:
    """The machine, and how many threads the numbers were measured with."""
    import torch

    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    return f"{machine_line('torch', 'pyfmaps')}; {torch.get_num_threads()} threads, OMP_NUM_THREADS {threads}"


if __name__ == "__main__":
    main()
