"""Correspondence: error beside pyfmaps, and of the default settings.

    python -m benchmarks matching errors [pyfmaps] [accuracy] [--pairs 10 | all] [--store FILE] [--data DIR]

pyfmaps   the maps that `matching speed` times, on every test pair, bases shared between pairs, a summary per group;
          neighbours for pyfmaps in single precision, which is quicker. What is measured is kept in the store, and taken
          from there as long as the code that made it is the same: run it again to go on.
accuracy  `match_shapes` with its default options, nothing tuned per pair.

Errors are 100 × geodesic distance / √area over the points of the truth. Where the data set is not there, pairs of
built-in creatures take its place.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

import geomlearn
from benchmarks.harness import timed
from benchmarks.kept import Kept
from benchmarks.matching.pairs import DATA, Pair, creature_pairs, measured, same_triangulation_pairs, test_pairs
from benchmarks.matching.peers import PEERS, SCHEDULE, ours, pyfmaps, quick_neighbours, spectral_mesh
from benchmarks.matching.speed import threads_line
from geomlearn.matching.match import match_shapes

WHO = ("ours", *PEERS)


def compare_errors(pairs: list[Pair], store: Path) -> None:
    """Measure what the store lacks, then print it all."""
    keys = {"ours": _digest_of_ours(), **dict.fromkeys(PEERS, f"{version('pyfmaps')}, single")}
    kept, kept_mesh = Kept(store), cache(spectral_mesh)

    def line(pair: Pair, who: str) -> dict:
        found = ours(pair.a, pair.b) if who == "ours" else pyfmaps(kept_mesh(pair.a), kept_mesh(pair.b), PEERS[who])
        error = measured(pair, found)
        line = {"pair": pair.name, "group": pair.group, "error": error.mean_error}
        return line | {"mirrored": error.symmetric_mean_error, "flipped": error.flipped}

    with quick_neighbours():
        _print(
            {
                who: [
                    kept.row([pair.name, who, keys[who]], lambda pair=pair, who=who: line(pair, who)) for pair in pairs
                ]
                for who in WHO
            }
        )


def _digest_of_ours() -> str:
    """A fingerprint of the code that makes our maps: results of other code are not mixed in."""
    digest = hashlib.sha256(SCHEDULE.model_dump_json().encode())
    room = Path(geomlearn.__file__).parent / "matching"
    # Files of formats and the learned way of matching have no part in what is measured here.
    for path in sorted([*room.glob("*.py"), *room.glob("terms/*.py"), *room.glob("zoomout/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _print(lines: dict[str, list[dict]]) -> None:
    print("\n## Errors against pyfmaps: same Laplacian, descriptors and ZoomOut schedule 20 → 200")
    print("| pairs | number |" + "".join(f" {who} mean (median, worst) |" for who in WHO) + " swapped sides |")
    print("|:------|---:|" + "---:|" * len(WHO) + "---:|")
    groups = [line["group"] for line in lines["ours"]]
    for group in [*dict.fromkeys(groups), "all"]:
        chosen = [i for i, name in enumerate(groups) if group in (name, "all")]
        cells = []
        for who in WHO:
            errors = np.array([lines[who][i]["error"] for i in chosen])
            cells.append(f"{errors.mean():.2f} ({np.median(errors):.2f}, {errors.max():.2f})")
        swapped = " · ".join(str(sum(lines[who][i]["flipped"] for i in chosen)) for who in WHO)
        print(f"| {group} | {len(chosen)} | {' | '.join(cells)} | {swapped} |")
    print(f"Swapped sides: pairs on which the mirrored truth fits better, of {' · '.join(WHO)}.")
    for who in PEERS:
        worse = [(a, b) for a, b in zip(lines["ours"], lines[who], strict=True) if a["error"] > b["error"]]
        print(f"No larger error than {who} on {len(groups) - len(worse)} of {len(groups)} pairs", end="")
        listed = sorted(worse, key=lambda two: two[1]["error"] - two[0]["error"])
        told = "; ".join(f"{a['pair']} {a['error']:.2f} against {b['error']:.2f}" for a, b in listed)
        print(f"; larger: {told}." if told else ".")


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="both by default")
    parser.add_argument("--pairs", default="10", help="how many test pairs for accuracy, or all")
    parser.add_argument("--store", type=Path, default=Path(tempfile.gettempdir()) / "geomlearn-matching-errors.jsonl")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    print(threads_line())
    if "pyfmaps" in (options.parts or ["pyfmaps"]):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["GEOMLEARN_CACHE"] = folder
            compare_errors(test_pairs(options.data, "all"), options.store)
    if "accuracy" in (options.parts or ["accuracy"]):
        os.environ["GEOMLEARN_CACHE"] = "off"
        more = [
            *same_triangulation_pairs(options.data),
            *(creature_pairs() if (options.data / "tosca_r").is_dir() else ()),
        ]
        accuracy([*test_pairs(options.data, options.pairs), *more])


if __name__ == "__main__":
    main()
