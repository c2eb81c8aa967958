"""Regularisers of functional maps, and matching by each: which prior helps on shapes nobody has trained on.

    python -m benchmarks matching priors [denoise] [choose] [unseen] [data] [seconds] [--pairs 24] [--seeds 3]
        [--prior FILE] [--store FILE]

denoise  the squared error of the network over that of one Gaussian per entry with the same moments, on true maps of
        validation and test categories.
choose  for each regulariser the weight λ, and the noise level σ of its mask where it has one, with the lowest error on
        validation categories (invented animals with six limbs, blobs with seven): the values in
        `geomlearn/matching/diffumatch/regularizer.py`. The default number of steps and the descriptors among the
        inputs were chosen on pairs of `data`, whose rows for diffumatch are optimistic to that extent.
unseen  those values on test categories (eight limbs; six and squeezed), untrained features: only the mask differs.
data    whole methods on published pairs and built-in creatures, see `priors_published.py`.
seconds  of whole methods on two built-in cats of 5,000 vertices, with as many threads as there are cores.

Errors are 100 × geodesic distance / √area; no method sees the truth. Seeds change the random features; the spread over
them is printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA
from benchmarks.matching.priors_published import data, published, seconds, ways
from geomlearn.matching.diffumatch.maps.generate import pair_maps, random_category, unit_basis
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.diffumatch.prior.prior import MapPrior, bundled_prior, load_prior
from geomlearn.matching.diffumatch.prior.task import JUDGED, denoising_errors
from geomlearn.matching.diffumatch.regularizer import CHOSEN, Regularizer
from geomlearn.matching.diffumatch.regularizer import Pair as MapPair
from geomlearn.matching.diffumatch.solver import masked_map, raw_map
from geomlearn.matching.diffumatch.surface import sampled_surface
from geomlearn.matching.diffumatch.zero_shot import ZeroShot, settled
from geomlearn.matching.options import ZoomOutOptions
from geomlearn.matching.point_map import point_map
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.zoomout.sides import EmbeddingPair
from geomlearn.matching.zoomout.zoomout import grow
from geomlearn.spectral.geodesics import HeatGeodesics

K, K_SURFACE, N_SAMPLES, N_TRUTH = 30, 128, 600, 300
# Members of a category whose maps, each to each, are denoised.
N_MEMBERS = 4
WEIGHTS = (1e-4, 1e-3, 1e-2, 1e-1)
# Levels to choose from: floors of the static mask, noise of the others.
SIGMAS = {"static": (0.05, 0.1, 0.3, 1.0), "diffusion": (0.07, 0.15, 0.3, 1.0), "score": (0.15, 0.3, 1.0)}
KINDS = ("laplacian", "resolvent", "static", "score", "diffusion")
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
    def rows(self) -> EmbeddingPair:
        return EmbeddingPair(*(s.basis for s in self.sides), *(s.samples for s in self.sides))

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
        fmap_ba = self.rows.functional_maps(grown.maps, grown.k, 1.0)[1]
        return self.error(plain), self.error(point_map(fmap_ba, bases[1].evecs, bases[0].evecs))


class Pairs:
    """Two pairs of each category in turn, made when first asked for."""

    def __init__(self, split: str, count: int) -> None:
        self._split, self._count, self._made = split, count, []

    def made(self) -> list[UnseenPair]:
        """All of them."""
        if not self._made:
            self._made = [UnseenPair(self._split, i // 2, i % 2) for i in range(self._count)]
        return self._made


def with_mask(
    pair: UnseenPair, kind: str, weight: float, sigma: float, prior: MapPrior, seed: int
) -> tuple[float, float, float]:
    """Errors before and after ZoomOut of untrained features under one regulariser, and the cost."""
    a, b = pair.coefficients(seed)
    options = DiffuMatchOptions(regularizer=kind, w_regularizer=weight, mask_sigma=sigma)
    regularizer = Regularizer(options, *(side.basis.evals for side in pair.sides), prior, K)

    def solve(masks: MapPair) -> MapPair:
        return masked_map(a, b, masks[0], weight), masked_map(b, a, masks[1], weight)

    raw = raw_map(a, b), raw_map(b, a)
    masks = regularizer.masks(raw, partial(settled, pair.rows, solve), torch.Generator().manual_seed(seed))
    found = solve(masks)
    fmaps = tuple(fmap.double().numpy() for fmap in found)
    return *pair.errors(fmaps), pair.work(seed, prior).judged(fmaps)


@torch.no_grad()
def denoise(prior: MapPrior, count: int, seeds: int) -> None:
    print("\n## Denoising error over that of one Gaussian per entry")
    print("| categories | maps | " + " | ".join(f"σ = {level:g}" for level in JUDGED) + " | spread over noise |")
    print("|:--|---:|" + "---:|" * (len(JUDGED) + 1))
    for split in ("valid", "test"):
        numbered = [(number, random_category(split, number)) for number in range(count // 2)]
        maps = [
            np.stack(list(pair_maps(category, N_MEMBERS, K, np.random.default_rng((number, 3)))))
            for number, category in numbered
        ]
        clean = torch.from_numpy(np.abs(np.concatenate(maps))).float()
        runs = []
        for seed in range(seeds):
            errors = denoising_errors(prior.denoiser, clean, torch.Generator().manual_seed(seed))
            runs.append([float(errors[f"ratio_{level:g}"].mean()) for level in JUDGED])
        cells = " | ".join(f"{ratio:.2f}" for ratio in np.mean(runs, axis=0))
        print(f"| {len(maps)} {split} | {len(clean)} | {cells} | {np.std(runs, axis=0).max():.3f} |", flush=True)


def choose(prior: MapPrior, count: int, kept: Kept) -> None:
    print("\n## Weight and level by the error after ZoomOut on validation categories")
    pairs = Pairs("valid", count)
    print("| regulariser | σ | " + " | ".join(f"λ = {w:g}" for w in WEIGHTS) + " |")
    print("|:--|---:|" + "---:|" * len(WEIGHTS))
    for kind in KINDS:
        for sigma in SIGMAS.get(kind, (1.0,)):
            cells = []
            for weight in WEIGHTS:
                key = ["choose", kind, sigma, weight, count]
                rows = kept.row(
                    key, lambda k=kind, w=weight, s=sigma: [with_mask(p, k, w, s, prior, 0) for p in pairs.made()]
                )
                cells.append("–" if rows is None else "{:.1f} → {:.2f}".format(*np.mean(rows, axis=0)[:2]))
            print(f"| {kind} | {sigma:g} | " + " | ".join(cells) + " |", flush=True)
    print(f"{count} pairs, seed 0.")


def unseen(prior: MapPrior, count: int, seeds: int, kept: Kept) -> None:
    print("\n## Untrained features on test categories: only the mask differs")
    print("Beside the static prior: by how much the error after ZoomOut differs from its own, pair by pair, with the")
    print("standard error of the mean over pairs; and on how many pairs, seeds averaged, it is lower. Best: of the")
    print("maps from the features of each seed, the one with the least cost.")
    pairs = Pairs("test", count)
    print("| regulariser | λ | σ | error | after ZoomOut | spread over seeds | beside static | lower on |")
    print("|:--|---:|---:|---:|---:|---:|---:|---:|")
    table = {}
    for kind in ("none", *KINDS):
        weight, sigma = CHOSEN.get(kind, (0.0, 1.0))
        asked = "laplacian" if kind == "none" else kind

        def work(seed: int, k: str = asked, w: float = weight, s: float = sigma) -> list[tuple[float, float, float]]:
            return [with_mask(p, k, w, s, prior, seed) for p in pairs.made()]

        runs = kept.rows(["unseen", kind, sigma, weight, count], seeds, work)
        if runs is None:
            return
        table[kind] = np.array(runs)
        if seeds > 1 and kind in ("resolvent", "static", "diffusion"):
            table[f"{kind}, best of {seeds} by cost"] = _least_cost(table[kind])
    for kind, runs in table.items():
        weight, sigma = CHOSEN.get(kind.split(",")[0], (0.0, 1.0))
        plain, grown, _ = runs.mean(axis=(0, 1))
        spread = f"{runs[:, :, 1].mean(axis=1).std():.2f}" if len(runs) > 1 else "–"
        beside = runs[:, :, 1].mean(axis=0) - table["static"][:, :, 1].mean(axis=0)
        by = f"{beside.mean():+.2f} ± {beside.std() / np.sqrt(len(beside)):.2f} | {(beside < 0).sum()}"
        print(f"| {kind} | {weight:g} | {sigma:g} | {plain:.2f} | {grown:.2f} | {spread} | {by} |")
    print(f"{count} pairs of {(count + 1) // 2} categories, {seeds} seeds.")


def _least_cost(runs: np.ndarray) -> np.ndarray:
    """(1, pairs, 3) from (seeds, pairs, 3): of each pair the run with the least cost."""
    return np.take_along_axis(runs, runs[:, :, 2:].argmin(axis=0)[None], axis=0)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="denoise, choose, unseen, data; the last two by default"
    )
    parser.add_argument("--pairs", type=int, default=24, help="of each split, or of each published group")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--prior", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", nargs="*", default=[], help="groups of data: tosca_r, tosca_noniso_r, registered …")
    parser.add_argument("--ways", nargs="*", default=[], help="methods of data by the beginnings of their names")
    parser.add_argument("--store", type=Path, help="keep rows in this file")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no row after so long")
    options = parser.parse_args(arguments)
    kept = Kept(options.store, options.minutes)
    prior = load_prior(options.prior) if options.prior else bundled_prior()
    print(machine_line("torch"))
    parts = options.parts or ["unseen", "data"]
    os.environ["GEOMLEARN_CACHE"] = "off"
    # Small products, and processes forked beside a pool of threads wait for it for ever.
    torch.set_num_threads(1)
    start = time.perf_counter()
    if "denoise" in parts:
        denoise(prior, options.pairs, options.seeds)
    if "choose" in parts:
        choose(prior, options.pairs, kept)
    if "unseen" in parts:
        unseen(prior, options.pairs, options.seeds, kept)
    if "data" in parts:
        chosen = [way for way in ways(str(options.prior or "")) if way.name.startswith(tuple(options.ways or ("",)))]
        groups = published(options.data, options.pairs, options.only)
        data(chosen, groups, options.seeds, str(options.prior or ""), kept)
    if "seconds" in parts:
        torch.set_num_threads(os.cpu_count() or 1)
        seconds()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{time.perf_counter() - start:.0f} s, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
