"""Regularisers of functional maps, and matching by each: which prior helps on shapes nobody has trained on.

    python benchmarks/priors.py [choose] [unseen] [data] [--pairs 8] [--seeds 3] [--steps N] [--prior FILE] [--data DIR]

choose  for each regulariser the weight λ, and the noise level σ of its mask where it has one, with the lowest error on
        validation categories (invented animals with six limbs, blobs with seven): the values in
        `geomlearn/matching/diffumatch/regularizer.py`. The default number of steps and the descriptors among the
        inputs were chosen on pairs of `data`, whose rows for diffumatch are optimistic to that extent.
unseen  those values on test categories (eight limbs; six and squeezed), untrained features: only the mask differs.
data    whole methods on published pairs and built-in creatures: descriptors and isometry (the default of `match`),
        random features of coordinates and wave kernel signatures under each mask, and features trained on the pair
        with and without score distillation.

Errors are 100 × geodesic distance / √area; no method sees the truth. A flip is a map to which the mirrored truth fits
better; invented shapes have no left and right of their own, so theirs cannot be counted. Seeds change the random
features; the spread over them is printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from machine import machine_line
from matching import DATA, Pair, creature_pairs, same_triangulation_pairs, timed, tosca_pairs

from geomlearn.matching.diffumatch.maps.generate import random_category, unit_basis
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import MapPrior, bundled_prior, load_prior
from geomlearn.matching.diffumatch.regularizer import CHOSEN, Regularizer
from geomlearn.matching.diffumatch.solver import masked_map, raw_map
from geomlearn.matching.diffumatch.surface import sampled_surface
from geomlearn.matching.diffumatch.zero_shot import ZeroShot
from geomlearn.matching.evaluation import Truth, evaluate_map, read_truth
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.matching.point_map import point_map
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.zoomout import Sides, grow
from geomlearn.shapes.io import read_shape
from geomlearn.spectral.geodesics import HeatGeodesics

K, K_SURFACE, N_SAMPLES, N_TRUTH = 30, 128, 600, 300
WEIGHTS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
SIGMAS = (0.1, 0.3, 1.0)
KINDS = ("laplacian", "resolvent", "static", "diffusion")
GROWTH = ZoomOutOptions(k_end=60, step=6, patience=0)


_category = lru_cache(maxsize=1)(random_category)


class UnseenPair:
    """Two members of a category, on different meshes, with the features of an untrained network.

    Parameters
    ----------
    split, number  of the category;  which  numbers the pairs of one category.
    """

    def __init__(self, split: str, number: int, which: int) -> None:
        category = _category(split, number)
        rng = np.random.default_rng((number, which, 7))
        a, b = (category.member(rng, mesh) for mesh in (0, 1))
        self.name, self.shapes = f"{category.name} #{which}", (a.shape, b.shape)
        self.truth = category.true_map(a, b)
        self.sides = tuple(Prepared(s, unit_basis(s, K_SURFACE), N_SAMPLES) for s in self.shapes)
        self.picked = np.random.default_rng(0).choice(a.shape.n_vertices, N_TRUTH, replace=False)

    @cached_property
    def distances(self) -> np.ndarray:
        """(t, n_b) from the true images of the picked vertices, 100 × geodesic distance / √area."""
        fields = HeatGeodesics(self.shapes[1]).matrix(self.truth[self.picked])
        return 100 * fields / np.sqrt(self.shapes[1].area)

    @cached_property
    def rows(self) -> Sides:
        return Sides(*(s.basis for s in self.sides), *(s.samples for s in self.sides))

    def error(self, map_ab: np.ndarray) -> float:
        """Mean over the picked vertices."""
        return float(self.distances[np.arange(N_TRUTH), map_ab[self.picked]].mean())

    @lru_cache(maxsize=4)  # noqa: B019 (pairs live as long as the run)
    def coefficients(self, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(k, 128) of the features of both shapes; members of a category stand the same way, so none is turned."""
        work = self.work(seed)
        work.network.eval()
        with torch.no_grad():
            return tuple((s.project @ work.network(s, s.points))[:K] for s in self.surfaces)

    @cached_property
    def surfaces(self) -> tuple:
        return tuple(sampled_surface(side, N_SAMPLES, K_SURFACE) for side in self.sides)

    def work(self, seed: int, prior: MapPrior | None = None, options: DiffuMatchOptions | None = None) -> ZeroShot:
        """The optimisation of features on this pair."""
        options = options or DiffuMatchOptions(regularizer="laplacian")
        regularizer = Regularizer(options, *(s.basis.evals for s in self.sides), prior, K)
        points = tuple(s.points for s in self.surfaces)
        return ZeroShot(*self.surfaces, points, self.rows, regularizer, prior, options, seed)

    def errors(self, fmaps: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
        """Of the map as it is, and after growing to 60 modes at the samples."""
        bases = [side.basis for side in self.sides]
        plain = point_map(fmaps[1], bases[1].evecs, bases[0].evecs)
        grown = grow(self.rows, fmaps, GROWTH)
        fmap_ba = grown.rows.functional_maps(grown.maps, grown.k, 1.0)[1]
        return self.error(plain), self.error(point_map(fmap_ba, bases[1].evecs, bases[0].evecs))


def pairs_of(split: str, count: int) -> Iterator[UnseenPair]:
    """Two pairs of each category in turn."""
    for i in range(count):
        yield UnseenPair(split, i // 2, i % 2)


def with_mask(
    pair: UnseenPair, kind: str, weight: float, sigma: float, prior: MapPrior, seed: int
) -> tuple[float, float]:
    """Errors before and after ZoomOut of untrained features under one regulariser."""
    a, b = pair.coefficients(seed)
    options = DiffuMatchOptions(regularizer=kind, w_regularizer=weight, mask_sigma=sigma)
    regularizer = Regularizer(options, *(side.basis.evals for side in pair.sides), prior, K)
    raw = raw_map(a, b), raw_map(b, a)
    masks = regularizer.masks(raw, torch.Generator().manual_seed(seed))
    fmaps = masked_map(a, b, masks[0], weight), masked_map(b, a, masks[1], weight)
    return pair.errors(tuple(fmap.double().numpy() for fmap in fmaps))


def choose(prior: MapPrior, count: int) -> None:
    print("\n## Weight and noise level by the error after ZoomOut on validation categories")
    pairs = list(pairs_of("valid", count))
    print("| regulariser | σ | " + " | ".join(f"λ = {w:g}" for w in WEIGHTS) + " |")
    print("|:--|---:|" + "---:|" * len(WEIGHTS))
    for kind in KINDS:
        for sigma in SIGMAS if kind in ("static", "diffusion") else (1.0,):
            row = [np.mean([with_mask(p, kind, w, sigma, prior, 0) for p in pairs], axis=0) for w in WEIGHTS]
            cells = " | ".join(f"{plain:.1f} → {grown:.2f}" for plain, grown in row)
            print(f"| {kind} | {sigma:g} | {cells} |", flush=True)


def unseen(prior: MapPrior, count: int, seeds: int) -> None:
    print("\n## Untrained features on test categories: only the mask differs")
    pairs = list(pairs_of("test", count))
    print("| regulariser | λ | σ | error | after ZoomOut | spread over seeds | best on |")
    print("|:--|---:|---:|---:|---:|---:|---:|")
    table = {}
    for kind in ("none", *KINDS):
        weight, sigma = CHOSEN.get(kind, (0.0, 1.0))
        asked = "laplacian" if kind == "none" else kind
        runs = [[with_mask(p, asked, weight, sigma, prior, s) for p in pairs] for s in range(seeds)]
        table[kind] = np.array(runs)
    lowest = np.stack([runs[:, :, 1].mean(axis=0) for runs in table.values()]).argmin(axis=0)
    for i, (kind, runs) in enumerate(table.items()):
        weight, sigma = CHOSEN.get(kind, (0.0, 1.0))
        plain, grown = runs.mean(axis=(0, 1))
        spread = runs[:, :, 1].mean(axis=1).std()
        print(f"| {kind} | {weight:g} | {sigma:g} | {plain:.2f} | {grown:.2f} | {spread:.2f} | {(lowest == i).sum()} |")
    print(f"{len(pairs)} pairs, {seeds} seeds.")


@dataclass(frozen=True)
class Way:
    """A method: its name in the table, and its options for `match_shapes`."""

    name: str
    options: MatchOptions


def ways(prior_file: str, steps: int) -> list[Way]:
    """From isometry alone to features trained on the pair."""

    def by_prior(**settings: object) -> MatchOptions:
        return MatchOptions(method="diffumatch", prior=prior_file, **settings)

    return [
        Way("descriptors, isometry, orientation", MatchOptions()),
        Way("laplacian mask", by_prior(regularizer="laplacian", steps=0)),
        Way("resolvent mask", by_prior(regularizer="resolvent", steps=0)),
        Way("static prior", by_prior(regularizer="static", steps=0)),
        Way("diffusion mask", by_prior(steps=0)),
        Way("zero-shot, no score", by_prior(steps=steps, w_sds=0)),
        Way("zero-shot", by_prior(steps=steps)),
    ]


def published(folder: Path, count: int, only: list[str]) -> list[Pair]:
    """Pairs of bodies in poses, of different bodies, and with parts missing; all groups, or only those named."""
    sources = {
        "tosca_r": lambda: tosca_pairs(folder / "tosca_r", count),
        "tosca_noniso_r": lambda: different_bodies(folder / "tosca_noniso_r", count),
        "registered": lambda: same_triangulation_pairs(folder),
        "partial": lambda: partial_pairs(folder, max(1, count // 2)),
        "creatures": lambda: islice(creature_pairs(), count),
    }
    return [pair for name in only or sources for pair in sources[name]()]


def different_bodies(folder: Path, count: int) -> Iterator[Pair]:
    """Women and men of TOSCA, `count` of the pairs at random."""
    women, men = (sorted(path.stem for path in folder.glob(f"8_{word}_*.off")) for word in ("woman", "man"))
    listed = [(a, b) for a in women for b in men]
    for i in np.random.default_rng(0).permutation(len(listed))[:count]:
        a, b = (read_shape(folder / f"{name}.off") for name in listed[i])
        lists = ",".join(str(folder / "corres" / f"{name}.vts") for name in listed[i])
        yield Pair("tosca_noniso_r", a, b, read_truth(lists, a.n_vertices, b.n_vertices))


def partial_pairs(folder: Path, count: int) -> Iterator[Pair]:
    """Parts of TOSCA shapes, and the whole shape in another pose."""
    for path in sorted((folder / "tosca_partial_derived").glob("*.gt.txt"))[:count]:
        part, whole = path.name.removesuffix(".gt.txt").split("__")
        a = read_shape(path.with_name(f"{part}.off"))
        b = read_shape(folder / "tosca_r" / f"{whole}.off")
        known = np.loadtxt(path, dtype=np.int64)
        yield Pair("partial", a, b, Truth(known[:, 0], known[:, 1]))


def data(prior_file: str, folder: Path, count: int, seeds: int, steps: int, only: list[str]) -> None:
    print(f"\n## Published pairs and built-in creatures: {steps} steps, {seeds} seeds")
    print("| pairs | method | mean | median | coverage | flips | s | spread over seeds |")
    print("|:--|:--|---:|---:|---:|---:|---:|---:|")
    groups: dict[str, list[Pair]] = {}
    for pair in published(folder, count, only):
        groups.setdefault(pair.group.split()[0], []).append(pair)
    for group, pairs in groups.items():
        for way in ways(prior_file, steps):
            # Descriptors are without chance.
            n_seeds = seeds if way.options.method == "diffumatch" else 1
            runs = np.array([[_run(pair, way, s) for pair in pairs] for s in range(n_seeds)])
            mean, median, coverage, flips, seconds = runs.mean(axis=(0, 1))
            spread = runs[:, :, 0].mean(axis=1).std()
            of = f"{flips * len(pairs):.1f} of {len(pairs)}"
            row = f"{mean:.2f} | {median:.2f} | {coverage:.2f} | {of} | {seconds:.1f} | {spread:.2f}"
            print(f"| {group} | {way.name} | {row} |", flush=True)


def _run(pair: Pair, way: Way, seed: int) -> tuple[float, ...]:
    """Mean and median error, coverage, whether left and right are swapped, seconds with bases."""
    seconds, result = timed(lambda: match_shapes(pair.a, pair.b, way.options.replace(seed=seed)))
    found = evaluate_map(result.value.map_ab, pair.truth, pair.b, max_points=N_TRUTH)
    coverage = result.value.scores.coverage.value
    return found.mean_error, found.median_error, coverage, float(found.flipped), seconds


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="choose, unseen, data; the last two by default")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=30, help="of training features on a pair")
    parser.add_argument("--prior", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", nargs="*", default=[], help="groups of data: tosca_r, tosca_noniso_r, registered …")
    options = parser.parse_args(arguments)
    prior = load_prior(options.prior) if options.prior else bundled_prior()
    print(machine_line("torch"))
    parts = options.parts or ["unseen", "data"]
    os.environ["GEOMLEARN_CACHE"] = "off"
    start = time.perf_counter()
    if "choose" in parts:
        choose(prior, options.pairs)
    if "unseen" in parts:
        unseen(prior, options.pairs, options.seeds)
    if "data" in parts:
        data(str(options.prior or ""), options.data, options.pairs, options.seeds, options.steps, options.only)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{time.perf_counter() - start:.0f} s, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
