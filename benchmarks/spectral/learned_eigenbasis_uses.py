"""What learned eigenbases are good for: matching bare clouds, and embedding tables of features.

    python -m benchmarks spectral learned_eigenbasis_uses [matching] [tables] [--pairs 6] [--seeds 10] [--model FILE]

matching  2 000 farthest vertices of each shape as bare points, moved by Gaussian noise of 0, 1, 5 % of √area; ten
          landmarks of the truth as heat kernels at three times, a functional map of 20 modes, ZoomOut to 40: the same
          for every basis. Errors are 100 × geodesic distance on the clean mesh / √area over the points of the truth.
tables    k-means on 2, 5, 10 coordinates, normalised mutual information and adjusted Rand index against the classes,
          mean ± deviation over the seeds. Each seed draws the embedding's randomness and that of k-means; all
          neighbour graphs have 10 neighbours. t-SNE beyond 2 dimensions takes minutes per seed and is left out.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.spatial import cKDTree

from benchmarks.harness import SHARED
from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from benchmarks.matching.pairs import DATA, Pair, creature_pairs, measured, tosca_pairs
from geomlearn.matching.functional_map import Constraints, functional_map
from geomlearn.matching.options import FunctionalMapOptions, ZoomOutOptions
from geomlearn.matching.zoomout.zoomout import zoomout
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.learned_eigenbasis.amortised.model import load_eigenbasis_model
from geomlearn.spectral.learned_eigenbasis.fit import fit_points
from geomlearn.spectral.learned_eigenbasis.options import BasisModelOptions, FitOptions
from geomlearn.spectral.options import EigenbasisOptions

IMAGES = SHARED / "images" / "subspace"
DIMENSIONS = (2, 5, 10)
N_POINTS, K_FIRST, K_LAST, N_LANDMARKS = 2000, 20, 40, 10


def at_unit_area(basis: Basis) -> Basis:
    area = basis.mass.sum()
    return replace(basis, evals=basis.evals * area, evecs=basis.evecs * np.sqrt(area), mass=basis.mass / area)


def heat_columns(basis: Basis, at: np.ndarray) -> np.ndarray:
    """(n, 3 · landmarks) heat spread from each landmark for three times, each of unit norm."""
    evals, evecs = basis.evals[:K_LAST], basis.evecs[:, :K_LAST]
    columns = [evecs @ (np.exp(-time * evals)[:, None] * evecs[at].T) for time in (0.005, 0.02, 0.08)]
    found = np.concatenate(columns, axis=1)
    return found / np.sqrt(basis.mass @ found**2)


def matched(pair: Pair, make: Callable[[np.ndarray], Basis], noise: float, seed: int) -> float:
    """Mean error of the map between the sampled clouds, carried to the vertices."""
    rng = np.random.default_rng(seed)
    picked = [farthest_points(shape.vertices, N_POINTS) for shape in (pair.a, pair.b)]
    bases = []
    for shape, vertices in zip((pair.a, pair.b), picked, strict=True):
        points = shape.vertices[vertices]
        points = points + noise * np.sqrt(shape.area) * rng.standard_normal(points.shape)
        bases.append(at_unit_area(make(points)))
    known_a, known_b = pair.truth.points_a, pair.truth.points_b
    spread = farthest_points(pair.a.vertices[known_a], N_LANDMARKS)
    near = [cKDTree(s.vertices[v]) for s, v in zip((pair.a, pair.b), picked, strict=True)]
    at_a = near[0].query(pair.a.vertices[known_a[spread]])[1]
    at_b = near[1].query(pair.b.vertices[known_b[spread]])[1]
    settings = FunctionalMapOptions(k_solve=K_FIRST, w_products=0, w_orientation=0)
    constraints = (Constraints(basis, heat_columns(basis, at)) for basis, at in zip(bases, (at_a, at_b), strict=True))
    fmap = functional_map(*constraints, settings)
    maps = zoomout(*bases, fmap, ZoomOutOptions(k_end=K_LAST)).value
    whole = picked[1][maps.map_ab[near[0].query(pair.a.vertices)[1]]]
    return measured(pair, whole).mean_error


def matching(pairs: list[Pair], model_file: str | None, fits: int, seeds: int, kept: Kept) -> None:
    model = load_eigenbasis_model(model_file)
    bases: dict[str, Callable[[np.ndarray], Basis]] = {
        "cloud Laplacian": lambda points: eigenbasis(Shape(points), EigenbasisOptions(k=K_LAST), cache=False),
        "learned": lambda points: model.basis(points, BasisModelOptions(k=K_LAST)),
        "learned, Ritz": lambda points: model.basis(points, BasisModelOptions(k=K_LAST, refine=True)),
        "fitted": lambda points: fit_points(points, FitOptions(k=K_LAST, steps=300, n_samplings=12)).value.basis(
            points
        ),
    }
    of = f"{len(pairs)} pairs (fitted: the first {fits})"
    print(f"\n## Matching clouds of {N_POINTS} points, {of}, noise of {seeds} seeds")
    print("Mean over pairs and seeds ± deviation over pairs, and in brackets over the means of the seeds.")
    print("| noise | " + " | ".join(bases) + " |")
    print("|---:|" + "---:|" * len(bases), flush=True)
    for noise in (0.0, 0.01, 0.05):
        cells = []
        for name, make in bases.items():
            some = pairs[:fits] if name == "fitted" else pairs
            # Without noise there is no chance.
            n = seeds if noise else 1
            rows = [
                kept.rows(["matching", name, noise, i], n, lambda seed, p=p, m=make, x=noise: matched(p, m, x, seed))
                for i, p in enumerate(some)
            ]
            cells.append(_errors(rows))
        print(f"| {100 * noise:.0f} % | " + " | ".join(cells) + " |", flush=True)


def _errors(rows: list[list[float] | None]) -> str:
    if not rows or None in rows:
        return "–"
    table = np.array(rows)
    spread = f" ({table.mean(axis=0).std():.2f})" if table.shape[1] > 1 else ""
    return f"{table.mean():.2f} ± {table.mean(axis=1).std():.2f}{spread}"


def data_sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Features (n, d) in [0, 1] and classes (n,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    found = {"digits": (digits.data / 16, digits.target)}
    for name in ("COIL20", "ORL"):
        if (IMAGES / f"{name}.mat").is_file():
            stored = loadmat(IMAGES / f"{name}.mat")
            found[name] = stored["X"] / np.max(stored["X"]), stored["Y"].ravel()
    return found


def embeddings(seed: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Ten coordinates of each method, but two of t-SNE."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE, Isomap, SpectralEmbedding

    options = FitOptions(k=11, steps=300, n_neighbours=10, n_samplings=8, frequency=1.0, seed=seed)
    return {
        "PCA": lambda x: PCA(10, random_state=seed).fit_transform(x),
        "Isomap": lambda x: Isomap(n_neighbors=10, n_components=10).fit_transform(x),
        "SpectralEmbedding": lambda x: SpectralEmbedding(10, n_neighbors=10, random_state=seed).fit_transform(x),
        "t-SNE": lambda x: TSNE(2, random_state=seed).fit_transform(x),
        "learned": lambda x: fit_points(x, options).value.basis(x).evecs[:, 1:],
    }


def tables(seeds: int, sets: list[str], kept: Kept) -> None:
    import warnings

    # Isomap says that it joins the parts of a graph that falls apart.
    warnings.filterwarnings("ignore", module="sklearn")
    warnings.filterwarnings("ignore", module="scipy")
    print(f"\n## Tables of features, seeds 0 … {seeds - 1}: NMI / ARI")
    print("| data | method | 2 dimensions | 5 | 10 |")
    print("|:-----|:-------|---:|---:|---:|", flush=True)
    for name, (features, classes) in data_sets().items():
        if sets and name not in sets:
            continue
        for method in embeddings(0):
            key = ["tables", name, method]
            rows = kept.rows(
                key, seeds, lambda seed, x=features, y=classes, m=method: _clustered(embeddings(seed)[m](x), y, seed)
            )
            if rows:
                cells = [_scores([row[str(d)] for row in rows if str(d) in row]) for d in DIMENSIONS]
                print(f"| {name} | {method} | " + " | ".join(cells) + " |", flush=True)


def _clustered(coordinates: np.ndarray, classes: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """NMI and ARI of k-means on the first 2, 5, 10 coordinates."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    found = {}
    for d in DIMENSIONS:
        if d <= coordinates.shape[1]:
            means = KMeans(len(set(classes.tolist())), n_init=3, random_state=seed)
            labels = means.fit_predict(coordinates[:, :d])
            found[str(d)] = normalized_mutual_info_score(classes, labels), adjusted_rand_score(classes, labels)
    return found


def _scores(rows: list[tuple[float, float]]) -> str:
    if not rows:
        return "–"
    mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
    return f"{mean[0]:.2f} ± {spread[0]:.2f} / {mean[1]:.2f} ± {spread[1]:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="matching, tables; both by default")
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--fits", type=int, default=2, help="pairs for which bases are fitted, too")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sets", nargs="+", default=[], help="tables to embed: digits, COIL20, ORL; all by default")
    parser.add_argument("--model", default=None, help="another model file than the shipped one")
    parser.add_argument("--store", type=Path, help="keep rows in this file")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no row after so long")
    options = parser.parse_args()
    kept = Kept(options.store, options.minutes)
    os.environ["GEOMLEARN_CACHE"] = "off"
    parts = options.parts or ["matching", "tables"]
    print(f"{machine_line('torch', 'scikit-learn')}; OMP_NUM_THREADS {os.environ.get('OMP_NUM_THREADS', 'unset')}")
    if "matching" in parts:
        tosca = DATA / "tosca_r"
        there = (tosca / "test_pairs.txt").is_file()
        pairs = list(tosca_pairs(tosca, options.pairs)) if there else list(creature_pairs())[: options.pairs]
        matching(pairs, options.model, options.fits, min(options.seeds, 3), kept)
    if "tables" in parts:
        tables(options.seeds, options.sets, kept)


if __name__ == "__main__":
    main()
