"""Which of several maps of a pair is taken without truth: by which measure, on which pairs.

    python -m benchmarks matching priors_judged [--pairs 24] [--store FILE]

For pairs of validation categories, as they stand and with one of the two turned at random, the maps that `--method
diffumatch` chooses from: those of four random networks, those of two of them under every likely turn of the shape, and
that of descriptors. The table has the error after ZoomOut of the map each measure takes, where a turn is taken if it
leaves less than the given part of what the measure says of the shape as it stands, and the map of descriptors is kept
unless another has 0.9 of it. Maps that swap left and right come last by any measure. `TURN_ACCEPT_RATIO` of
`geomlearn/matching/diffumatch/first_maps.py` was chosen by this table, and that
rigid_residual and orientation_loss belong to the cost.

Errors are 100 × geodesic distance / √area. Features are untrained; seed 0.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.matching.priors import K, UnseenPair
from geomlearn.core.progress import SILENT
from geomlearn.matching.candidates import MapProblem, first_maps
from geomlearn.matching.diffumatch.first_maps import (
    ACCEPT_RATIO,
    BETWEEN_STARTS,
    N_STARTS,
    N_TURNED,
    TURN_ACCEPT_RATIO,
    network_inputs,
)
from geomlearn.matching.diffumatch.judgement import SWAPPED, Judge, Judgement
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import bundled_prior
from geomlearn.matching.diffumatch.regularizer import Regularizer
from geomlearn.matching.diffumatch.zero_shot import ZeroShot, proper_maps
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.poses import likely_poses
from geomlearn.matching.terms.descriptors import descriptors
from geomlearn.matching.terms.orientation import surface_calculus

MEASURES: dict[str, Callable[[Judgement], float]] = {
    "disorder": lambda one: one.disorder,
    "surprise": lambda one: one.surprise,
    "rigid_residual": lambda one: one.rigid_residual,
    "orientation_loss": lambda one: one.orientation_loss,
    "disorder × surprise": lambda one: one.disorder * one.surprise,
    "disorder × surprise × rigid_residual": lambda one: one.disorder * one.surprise * one.rigid_residual,
    "all four": lambda one: one.disorder * one.surprise * one.rigid_residual * one.orientation_loss,
}
PARTS = (0.1, TURN_ACCEPT_RATIO, 0.2, 0.3, 0.5)


class Found(NamedTuple):
    """The maps of one pair: (starts,), (turns,) and (1,) of descriptors, judged, with their errors."""

    starts: list[tuple[Judgement, float]]
    turns: list[tuple[Judgement, float]]
    rival: tuple[Judgement, float]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--store", type=Path, help="keep rows in this file")
    options = parser.parse_args(arguments)
    kept = Kept(options.store, float("inf"))
    os.environ["GEOMLEARN_CACHE"] = "off"
    torch.set_num_threads(1)
    print(machine_line("torch"))
    found = {
        turned: [
            _restored(kept.row(["judged", turned, i], lambda t=turned, i=i: _maps(i, t))) for i in range(options.pairs)
        ]
        for turned in (False, True)
    }
    print("\n## Error of the map taken")
    print("| taken by | turned below | as they stand | beside descriptors | turned at random | beside descriptors |")
    print("|:--|---:|---:|---:|---:|---:|")
    for name, measure in MEASURES.items():
        for part in PARTS:
            cells = [_mean(found[turned], measure, part, rival) for turned in (False, True) for rival in (False, True)]
            print(f"| {name} | {part:g} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")
    best = [np.mean([min(e for _, e in one.starts + one.turns) for one in found[turned]]) for turned in (False, True)]
    rival = [np.mean([one.rival[1] for one in found[turned]]) for turned in (False, True)]
    print(f"| truth | – | {best[0]:.1f} | – | {best[1]:.1f} | – |")
    print(f"| descriptors alone | – | {rival[0]:.1f} | – | {rival[1]:.1f} | – |")
    print(f"{options.pairs} pairs, one of each validation category.")


def _mean(found: list[Found], measure: Callable[[Judgement], float], part: float, rival: bool) -> float:
    """The mean error of what is taken by a measure."""

    def told(one: tuple[Judgement, float]) -> float:
        return measure(one[0]) * (SWAPPED if one[0].orientation_loss >= 1 else 1.0)

    errors = []
    for pair in found:
        turn, stood = min(pair.turns, key=told), min(pair.starts[:N_TURNED], key=told)
        taken = turn if told(turn) < part * told(stood) else min(pair.starts, key=told)
        if rival and told(taken) >= ACCEPT_RATIO * told(pair.rival):
            taken = pair.rival
        errors.append(taken[1])
    return float(np.mean(errors))


def _maps(number: int, turned: bool) -> dict[str, list[list[float]]]:
    """The four measures and the error of every map of a pair."""
    pair = UnseenPair("valid", number, 0)
    prior, options = bundled_prior(), DiffuMatchOptions()
    a, b = pair.sides
    surfaces = list(pair.surfaces)
    if turned:
        turn = Rotation.random(rng=np.random.default_rng(number)).as_matrix()
        surfaces[0] = surfaces[0].turned(torch.from_numpy(turn).float())
    inputs = network_inputs(a, b, tuple(surfaces), options)
    regularizer = Regularizer(options, a.basis.evals, b.basis.evals, prior, K)
    works = [
        ZeroShot(*surfaces, inputs[i % 2], pair.rows, regularizer, prior, options, i * BETWEEN_STARTS)
        for i in range(N_STARTS)
    ]
    judge = Judge(*surfaces, pair.rows, prior)

    def row(proper: tuple[np.ndarray, np.ndarray]) -> list[float]:
        return [*judge(proper), pair.errors(proper)[1]]

    points = [surface.points.double().numpy() for surface in surfaces]
    turns = [torch.from_numpy(r).float() for r, _ in likely_poses(*points, points[1], SILENT, n_ends=0)]
    under = (work.state_if_turned(one).proper for one in turns for work in works[:N_TURNED])
    rival = tuple(torch.from_numpy(np.ascontiguousarray(fmap[:K, :K])) for fmap in _of_descriptors(pair))
    return {
        "starts": [row(work.state(0).proper) for work in works],
        "turns": [row(proper) for proper in under],
        "rival": [row(proper_maps(pair.rows, rival))],
    }


def _of_descriptors(pair: UnseenPair) -> tuple[np.ndarray, np.ndarray]:
    """The first maps of `match` as it stands."""
    a, b = pair.sides
    options = MatchOptions(k_descriptors=100)
    values = descriptors(a.basis, b.basis, options, np.zeros((0, 2), np.int64))
    sides = (MapProblem(x.basis, surface_calculus(x.shape), v, x.samples) for x, v in zip((a, b), values, strict=True))
    best = first_maps(*sides, options, SILENT)[0]
    return best.fmap_ab, best.fmap_ba


def _restored(rows: dict[str, list[list[float]]]) -> Found:
    judged = {name: [(Judgement(*row[:4]), row[4]) for row in some] for name, some in rows.items()}
    return Found(judged["starts"], judged["turns"], judged["rival"][0])


if __name__ == "__main__":
    main()
