"""The judge of maps: calibrated on the choose world, held against maps of other pairs.

    python -m benchmarks matching judge --store FILE [--pairs 12] [--minutes 20] [--fit]

Of every pair hypotheses of the cheap kinds, and maps grown from the true one and the mirrored one after some of their
first modes changed sign, are measured without the truth and held against it; what is measured is kept in the store, so
that an interrupted run goes on. `--fit` fits the calibration on all but every third pair and writes it
where geomlearn reads it; the table is of those held out: rank correlation of predicted and true error, and how many of
the maps called good are within 5.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.stats import spearmanr

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.worlds.pairs import WorldPair, animal_pairs, body_pairs
from geomlearn.core.progress import SILENT
from geomlearn.matching.candidates import CandidateEvaluator
from geomlearn.matching.initial_maps import LEARNED_FROM, _functional_maps, _problems, descriptor_candidates
from geomlearn.matching.judge.evidence import Evidence
from geomlearn.matching.judge.verdict import BAD, CALIBRATED, GOOD, Calibration
from geomlearn.matching.learned.first_maps import USES, placed
from geomlearn.matching.match import COARSE_SAMPLES
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.strategies.problem import Clock, MatchProblem
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.geodesics import HeatGeodesics
from geomlearn.spectral.options import EigenbasisOptions

GROUPS = ("bodies", "scans", "template", "apes", "quadruped", "biped")
# Modes that wrong maps begin with.
START = 15
# Errors above this say no more than that a map is wrong.
WORST = 60.0
RIDGE = 3.0


def measured(pair: WorldPair, number: int) -> list[dict]:
    """Evidence and error of the hypotheses of a pair."""
    options = MatchOptions()
    shapes = pair.a, pair.b
    a, b = (Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=128)), COARSE_SAMPLES) for shape in shapes)
    work = MatchProblem(a, b, np.zeros((0, 2), int), options, [], Clock())
    collector = work.collector
    known = pair.map_ab[a.active[collector.samples_a]]
    rows = np.flatnonzero(known >= 0)[:150]
    # Distances run from the truth, once for all maps.
    fields = HeatGeodesics(pair.b).matrix(known[rows])
    unit = np.sqrt(b.area)
    found: list[dict] = []

    def keep(source: str, image: np.ndarray, back: np.ndarray) -> None:
        evidence = collector.of(image, back).vector().tolist()
        error = 100 * float(fields[np.arange(len(rows)), b.active[image[rows]]].mean()) / unit
        found.append({"source": source, "evidence": evidence, "error": error})

    candidates = [("descriptors", one) for one in descriptor_candidates(a, b, work.landmarks, options, SILENT)[::4]]
    evaluator = CandidateEvaluator(*_problems(a, b, (np.zeros((0, 0)),) * 2), options, max(LEARNED_FROM))
    for use in USES if work.learned is not None and work.learned.places is not None else ():
        places = placed(*work.learned._named, work.learned._model, use)
        if places is not None:
            fmaps = _functional_maps(a, b, places, max(LEARNED_FROM))
            candidates.append((f"learned {use}", evaluator.judged(fmaps, options)))
    candidates += [("changed", evaluator.judged(fmaps, options)) for fmaps in _changed(pair, a, b, number)]
    for source, one in candidates:
        image, back = one.maps
        keep(source, b.samples[image[: len(collector.samples_a)]], a.samples[back[: len(collector.samples_b)]])
    return found


def _changed(pair: WorldPair, a: Prepared, b: Prepared, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """First maps that are wrong as matchings are: from the truth and the mirrored one, some modes with a wrong sign."""
    rng = np.random.default_rng(number)
    rows_a, rows_b = a.samples[:600], b.samples[:600]
    tree = cKDTree(b.shape.vertices[rows_b])
    for truth in (pair.map_ab, pair.mirrored_ab):
        known = truth[a.active[rows_a]]
        places = {vertex: i for i, vertex in enumerate(b.active)}
        images = np.array([places.get(vertex, -1) for vertex in known])
        whole = tree.query(b.shape.vertices[images[images >= 0]])[1]
        there = b.basis.evecs[rows_b[whole], :START]
        here = a.basis.evecs[rows_a[images >= 0], :START]
        fmap_ba = np.linalg.lstsq(here, there, rcond=1e-6)[0]
        for count in (0, 1, 2, 4):
            signs = np.ones(START)
            signs[rng.permutation(np.arange(1, 10))[:count]] = -1
            yield (fmap_ba * signs).T, fmap_ba * signs


def fitted(values: np.ndarray, errors: np.ndarray) -> Calibration:
    """Ridge regression of the logarithm of the error, and a logistic curve for being within 5."""
    lows, highs = np.percentile(values, 1, axis=0), np.percentile(values, 99, axis=0)
    clipped = np.clip(values, lows, highs)
    centre, spread = clipped.mean(axis=0), clipped.std(axis=0) + 1e-6
    known, logs = (clipped - centre) / spread, np.log(errors)

    # More evidence of a fault never makes a map better.
    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        off = known @ weights - (logs - logs.mean())
        return float(off @ off + RIDGE * weights @ weights), 2 * (known.T @ off + RIDGE * weights)

    weights = minimize(loss, np.full(known.shape[1], 0.1), jac=True, bounds=[(0, None)] * known.shape[1]).x
    predicted = known @ weights + logs.mean()
    within = errors <= 5

    def surprise(curve: np.ndarray) -> float:
        logit = -np.exp(curve[0]) * (predicted - curve[1])
        return float(np.logaddexp(0, np.where(within, -logit, logit)).sum() + 0.05 * curve[0] ** 2)

    slope, threshold = minimize(surprise, np.array([0.5, np.log(5.0)]), method="Nelder-Mead").x
    return Calibration(centre, spread, weights, float(logs.mean()), float(np.exp(slope)), float(threshold), lows, highs)


def write(calibrations: dict[str, Calibration], path: Path, about: dict) -> None:
    parts = {name: {key: np.asarray(v).tolist() for key, v in vars(one).items()} for name, one in calibrations.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**parts, "about": about}, indent=1) + "\n")


def table(name: str, one: Calibration, values: np.ndarray, errors: np.ndarray) -> None:
    judged = np.array([one.judged(value) for value in values])
    good, bad = judged[:, 1] >= GOOD, judged[:, 1] < BAD
    within = errors <= 5
    print(
        f"| {name} | {len(errors)} | {spearmanr(judged[:, 0], errors).statistic:.2f} | {good.sum()} | "
        f"{within[good].mean():.0%} | {(~good & ~bad).sum()} | {within[~good & ~bad].mean():.0%} | {bad.sum()} | "
        f"{within[bad].mean():.0%} |"
    )
    edges = np.linspace(0, 1, 6)
    cells = [
        f"{low:.1f}–{high:.1f}: {within[inside].mean():.0%} of {inside.sum()}"
        for low, high in pairwise(edges)
        if (inside := (judged[:, 1] >= low) & (judged[:, 1] <= high)).any()
    ]
    print(f"  reliability, probability: share within 5; {name}: {'; '.join(cells)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=12, help="of each group")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    print(machine_line())
    kept = Kept(options.store, options.minutes)
    rows = []
    for i in range(options.pairs * len(GROUPS)):

        def work(i: int = i) -> list[dict]:
            return measured(_pair(i), i)

        found = kept.row(["pair", i], work)
        rows += [{**one, "pair": i} for one in found or ()]
    values, errors = np.array([row["evidence"] for row in rows], float), np.clip([r["error"] for r in rows], 0.5, WORST)
    held = np.array([row["pair"] % 3 == 2 for row in rows])
    seen = ~np.isnan(values).any(axis=1)
    known = ~np.isnan(np.array([[n not in ("disagreement", "strangers") or np.nan for n in Evidence.names()]], float))[
        0
    ]
    sets = {"seen": (seen, np.ones(len(known), bool)), "unseen": (np.ones(len(rows), bool), known)}
    found = {name: fitted(values[on & ~held][:, columns], errors[on & ~held]) for name, (on, columns) in sets.items()}
    print("| judge, maps held out | maps | Spearman | good | of them within 5 | doubtful | within 5 | bad | within 5 |")
    print("|:--|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, (on, columns) in sets.items():
        table(name, found[name], values[on & held][:, columns], errors[on & held])
        weights = zip(np.array(Evidence.names())[columns], found[name].weights, strict=True)
        print(f"  weights; {name}: {', '.join(f'{word} {weight:.2f}' for word, weight in weights)}")
    if options.fit:
        write(found, CALIBRATED, {"pairs": options.pairs * len(GROUPS), "maps": len(rows), "world": "choose"})


def _pair(i: int) -> WorldPair:
    """Pair i of the world, alone."""
    number, group = divmod(i, len(GROUPS))
    if GROUPS[group] in ("bodies", "scans", "template", "apes"):
        return next(body_pairs("choose", 1, seed=number, group=GROUPS[group]))
    return next(animal_pairs("choose", 1, seed=number, family=GROUPS[group]))


if __name__ == "__main__":
    main()
