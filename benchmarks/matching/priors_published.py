"""Whole methods on published pairs, built-in creatures and unseen families, for `priors.py data`.

Ways     descriptors and isometry with orientation (the default of `match`); wave kernel signatures with either mask and
         plain ZoomOut, as published; pyfmaps with the same descriptors, its orientation term on; random features of
         coordinates and wave kernel signatures under each mask; features trained on the pair, with and without score
         distillation, for the default number of steps; these beside the first map of descriptors (`--method
         diffumatch` as it stands). Registration is meant for the group `partial`; its settings were chosen on built-in
         creatures alone.
Families one pair of each test category (invented animals with eight limbs, squeezed blobs with six bumps), on meshes of
         1,000 to 2,000 vertices: as its members stand, and `turned`, one of them at random. Nothing was chosen on them.
Columns  mean and median error, coverage, flips: maps to which the mirrored truth fits better, of those whose mirrored
         truth is known; seconds with bases; peak memory of a process that does this alone, libraries and all.

The default number of steps and the descriptors among the inputs were chosen on pairs of TOSCA: the rows of diffumatch
are optimistic there to that extent. A method without chance is run once.
"""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from benchmarks.harness import timed
from benchmarks.kept import Kept
from benchmarks.matching.pairs import CREATURES, Pair, creature_pairs, same_triangulation_pairs, tosca_pairs
from benchmarks.matching.peers import pyfmaps, spectral_mesh
from geomlearn.matching.diffumatch.maps.generate import random_category
from geomlearn.matching.evaluation import Truth, evaluate_map, read_truth
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape

N_TRUTH = 300
NAMES = ("mean", "median", "coverage", "flips", "s", "MB")


@dataclass(frozen=True)
class Way:
    """A method: its name in the table, and its options for `match_shapes`; None for pyfmaps."""

    name: str
    options: MatchOptions | None

    @property
    def random(self) -> bool:
        """Whether seeds matter."""
        return self.options is not None and self.options.method == "diffumatch"


def ways(prior_file: str) -> list[Way]:
    """From isometry alone to features trained on the pair."""

    def axiomatic(mask: str) -> MatchOptions:
        return MatchOptions(method="zoomout", mask=mask, w_products=0, w_orientation=0, n_candidates=1)

    def by_prior(**settings: object) -> MatchOptions:
        return MatchOptions(method="diffumatch", prior=prior_file, **{"with_descriptors": False, **settings})

    return [
        Way("descriptors, isometry, orientation", MatchOptions(method="bijective-zoomout")),
        Way("WKS, Laplacian, ZoomOut", axiomatic("laplacian")),
        Way("WKS, resolvent, ZoomOut", axiomatic("resolvent")),
        Way("registration", MatchOptions(method="registration")),
        Way("pyfmaps with orientation", None),
        Way("zero-shot beside descriptors", by_prior(with_descriptors=True)),
        Way("zero-shot", by_prior()),
        Way("diffusion mask", by_prior(steps=0)),
        Way("static prior", by_prior(regularizer="static", steps=0)),
        Way("resolvent mask", by_prior(regularizer="resolvent", steps=0)),
        Way("laplacian mask", by_prior(regularizer="laplacian", steps=0)),
        Way("zero-shot, no score", by_prior(w_sds=0)),
    ]


def published(folder: Path, count: int, only: list[str]) -> dict[str, list[Pair]]:
    """Pairs of bodies in poses, of different bodies, and with parts missing, by group; all groups, or those named."""
    sources = {
        "tosca_r": lambda: tosca_pairs(folder / "tosca_r", count),
        "tosca_noniso_r": lambda: different_bodies(folder / "tosca_noniso_r", count),
        "registered": lambda: same_triangulation_pairs(folder),
        "partial": lambda: partial_pairs(folder, count),
        "creatures": lambda: creature_pairs(names=CREATURES[::-1][:count]),
        "unseen": lambda: unseen_pairs(count),
        "turned": lambda: unseen_pairs(count, turned=True),
    }
    groups: dict[str, list[Pair]] = {}
    for pair in (pair for name in only or sources for pair in sources[name]()):
        groups.setdefault(pair.group.split()[0], []).append(pair)
    return groups


def different_bodies(folder: Path, count: int) -> Iterator[Pair]:
    """Women and men of TOSCA, `count` of the pairs at random."""
    women, men = (sorted(path.stem for path in folder.glob(f"8_{word}_*.off")) for word in ("woman", "man"))
    listed = [(a, b) for a in women for b in men]
    for i in np.random.default_rng(0).permutation(len(listed))[:count]:
        a, b = (read_shape(folder / f"{name}.off") for name in listed[i])
        lists = ",".join(str(folder / "corres" / f"{name}.vts") for name in listed[i])
        yield Pair("tosca_noniso_r", a, b, read_truth(lists, a.n_vertices, b.n_vertices))


def partial_pairs(folder: Path, count: int) -> Iterator[Pair]:
    """Parts of TOSCA shapes, cut off and riddled with holes in turn, and the whole shape in another pose."""
    cuts, holes = (sorted((folder / "tosca_partial_derived").glob(f"{kind}_*.gt.txt")) for kind in ("cuts", "holes"))
    for path in [path for both in zip(cuts, holes, strict=True) for path in both][:count]:
        part, whole = path.name.removesuffix(".gt.txt").split("__")
        a = read_shape(path.with_name(f"{part}.off"))
        b = read_shape(folder / "tosca_r" / f"{whole}.off")
        known = np.loadtxt(path, dtype=np.int64)
        yield Pair("partial", a, b, Truth(known[:, 0], known[:, 1]))


def unseen_pairs(count: int, turned: bool = False) -> Iterator[Pair]:
    """Two members of each of so many test categories; the second may be turned at random."""
    for number in range(count):
        category, rng = random_category("test", number), np.random.default_rng((number, 0, 7))
        a, b = (category.member(rng, mesh) for mesh in (0, 1))
        turn = Rotation.random(rng=np.random.default_rng(number)).as_matrix() if turned else np.eye(3)
        names = (f"{category.name} {number} {end}" for end in "ab")
        shapes = (
            Shape(x.shape.vertices @ r.T, x.shape.faces, n)
            for x, r, n in zip((a, b), (np.eye(3), turn), names, strict=True)
        )
        truth = Truth(np.arange(a.shape.n_vertices), category.true_map(a, b))
        yield Pair("turned" if turned else "unseen", *shapes, truth)


def data(chosen: list[Way], groups: dict[str, list[Pair]], seeds: int, prior_file: str, kept: Kept) -> None:
    print("\n## Published pairs, built-in creatures and unseen families")
    print("| pairs | how many | method | seeds | " + " | ".join(NAMES) + " | spread over seeds |")
    print("|:--|---:|:--|---:|" + "---:|" * (len(NAMES) + 1), flush=True)
    # Every method once before any a second time.
    for seed in range(seeds):
        for group, way in ((group, way) for group in groups for way in chosen):
            _rows(groups[group], way, seed, prior_file, kept)
    for group, pairs in groups.items():
        for way in chosen:
            runs = [_rows(pairs, way, seed, prior_file, kept) for seed in range(seeds if way.random else 1)]
            whole = np.array([run for run in runs if run])
            if len(whole):
                print(f"| {group} | {len(pairs)} | {way.name} | {len(whole)} | {_cells(whole, pairs)} |", flush=True)


def seconds(repeat: int = 3) -> None:
    """Print how long a pair takes by each whole method, after one match that loads what is loaded once."""
    a, b = (builtin(f"quadruped-cat-{pose}", 5000) for pose in ("stand", "walk"))
    methods = {
        "descriptors": MatchOptions(method="bijective-zoomout"),
        "registration": MatchOptions(method="registration"),
        "diffumatch": MatchOptions(method="diffumatch"),
        "diffumatch, fast": MatchOptions(method="diffumatch", fast=True),
        "diffumatch, mask alone": MatchOptions(method="diffumatch", steps=0),
    }
    match_shapes(a, b, methods["diffumatch, fast"])
    sizes = f"{a.n_vertices} and {b.n_vertices} vertices"
    print(f"\n## Seconds for {sizes}, bases included, {torch.get_num_threads()} threads")
    print("| method | least | most |")
    print("|:--|---:|---:|")
    for name, options in methods.items():
        taken = [timed(lambda o=options: match_shapes(a, b, o))[0] for _ in range(repeat)]
        print(f"| {name} | {min(taken):.1f} | {max(taken):.1f} |", flush=True)


def _rows(pairs: list[Pair], way: Way, seed: int, prior_file: str, kept: Kept) -> list[list[float]] | None:
    """A row for each pair, or None while some are missing."""
    if seed and not way.random:
        return None
    keys = (["data", prior_file, pair.group, pair.name, way.name, seed] for pair in pairs)
    rows = [kept.row(key, lambda p=pair: _alone(p, way, seed)) for key, pair in zip(keys, pairs, strict=True)]
    return None if any(row is None for row in rows) else rows


def _cells(runs: np.ndarray, pairs: list[Pair]) -> str:
    """From (seeds, pairs, numbers)."""
    mean, median, covered, flips, seconds, memory = runs.mean(axis=(0, 1))
    known = sum(pair.truth.symmetric_b is not None for pair in pairs)
    of = f"{flips * len(pairs):.1f} of {known}" if known else "–"
    spread = f"{runs[:, :, 0].mean(axis=1).std():.2f}" if len(runs) > 1 else "–"
    return f"{mean:.2f} | {median:.2f} | {covered:.2f} | {of} | {seconds:.1f} | {memory:.0f} | {spread}"


def _alone(pair: Pair, way: Way, seed: int) -> list[float]:
    """`_run` in a process of its own, whose memory is its alone."""
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=lambda: there.send(_run(pair, way, seed)))
    child.start()
    there.close()
    try:
        return here.recv()
    finally:
        child.join()


def _run(pair: Pair, way: Way, seed: int) -> list[float]:
    seconds, map_ab = timed(lambda: _matched(pair, way, seed))
    found = evaluate_map(map_ab, pair.truth, pair.b, max_points=N_TRUTH)
    areas = np.bincount(pair.b.faces.ravel(), np.repeat(pair.b.face_areas / 3, 3), pair.b.n_vertices)
    covered = areas[np.unique(map_ab)].sum() / areas.sum()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [found.mean_error, found.median_error, covered, float(found.flipped), seconds, memory]


def _matched(pair: Pair, way: Way, seed: int) -> np.ndarray:
    if way.options is None:
        return pyfmaps(spectral_mesh(pair.a), spectral_mesh(pair.b), 1.0)
    return match_shapes(pair.a, pair.b, way.options.replace(seed=seed)).value.map_ab
