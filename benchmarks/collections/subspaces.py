"""Groups near subspaces: accuracy against labels that no method saw, beside k-means, spectral clustering and ridge.

    python -m benchmarks collections subspaces [--seeds 3] [--sets union orl coil20 digits

Accuracy by the best assignment of groups to labels, normalised mutual information, and the seconds. `union`: six
subspaces of dimension 4 in R³⁰, noise .1. `orl`, `coil20`: public pictures, 32 × 32. `digits`: sklearn's. Ridge at
four weights shows what has to be tuned with labels otherwise.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.harness import SHARED
from benchmarks.machine import machine_line
from geomlearn.collections.self_expression import least_squares_representation
from geomlearn.collections.spectral_groups import affinity, spectral_groups
from geomlearn.collections.subspace_clustering import cluster_subspaces

Data = tuple[np.ndarray, np.ndarray]


def union(seed: int) -> Data:
    random = np.random.default_rng(seed)
    bases = [np.linalg.qr(random.standard_normal((30, 4)))[0] for _ in range(6)]
    samples = np.concatenate([random.standard_normal((40, 4)) @ basis.T for basis in bases])
    return samples + 0.1 * random.standard_normal(samples.shape), np.repeat(np.arange(6), 40)


def pictures(name: str) -> Data | None:
    from scipy.io import loadmat

    file = SHARED / "images" / "subspace" / f"{name}.mat"
    if not file.is_file():
        return None
    read = loadmat(file)
    return read["X"].astype(float) / 255, np.unique(read["Y"].ravel(), return_inverse=True)[1]


def digits(_seed: int) -> Data:
    from sklearn.datasets import load_digits

    return load_digits(return_X_y=True)


def accuracy(labels: np.ndarray, truth: np.ndarray) -> float:
    table = np.zeros((labels.max() + 1, truth.max() + 1))
    np.add.at(table, (labels, truth), 1)
    return float(table[linear_sum_assignment(-table)].sum() / len(truth))


def rows(name: str, samples: np.ndarray, truth: np.ndarray, seed: int) -> dict[str, tuple[float, float, float]]:
    from sklearn.cluster import KMeans, SpectralClustering
    from sklearn.metrics import normalized_mutual_info_score

    count = int(truth.max()) + 1
    unit = samples / np.linalg.norm(samples, axis=1, keepdims=True)

    def ridge(weight: float) -> np.ndarray:
        return spectral_groups(affinity(least_squares_representation([unit], weight), 9), count, seed=seed)

    ways: dict[str, Callable[[], np.ndarray]] = {
        "k-means": lambda: KMeans(count, n_init=20, random_state=seed).fit_predict(samples),
        "spectral clustering": lambda: SpectralClustering(
            count, affinity="nearest_neighbors", random_state=seed, assign_labels="kmeans"
        ).fit_predict(samples),
        **{f"ridge λ = {weight}": (lambda weight=weight: ridge(weight)) for weight in (0.01, 0.1, 1, 10)},
        "ours, no encoder": lambda: cluster_subspaces(samples, n_groups=count, seed=seed).value.labels,
    }
    if name in ("orl", "coil20"):
        ways["ours, conv"] = lambda: (
            cluster_subspaces(samples, n_groups=count, encoder="conv", side=32, seed=seed).value.labels
        )
    elif name == "digits":
        ways["ours, mlp"] = lambda: cluster_subspaces(samples, n_groups=count, encoder="mlp", seed=seed).value.labels
    found = {}
    for way, work in ways.items():
        start = time.perf_counter()
        labels = work()
        score = normalized_mutual_info_score(truth, labels)
        found[way] = (accuracy(labels, truth), score, time.perf_counter() - start)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="*", default=["union", "orl", "coil20", "digits"])
    words = parser.parse_args()
    print(machine_line("torch", "scikit-learn"), f"{words.seeds} seeds", sep="; ")
    makers = {
        "union": union,
        "digits": digits,
        "orl": lambda _: pictures("ORL"),
        "coil20": lambda _: pictures("COIL20"),
    }
    for name in words.sets:
        collected: dict[str, list[tuple[float, ...]]] = {}
        for seed in range(words.seeds):
            data = makers[name](seed)
            if data is None:
                print(f"\n{name}: the pictures are not here.")
                break
            for way, values in rows(name, *data, seed).items():
                collected.setdefault(way, []).append(values)
        print(f"\n| {name} | accuracy | NMI | seconds |\n|---|---|---|---|")
        for way, values in collected.items():
            cells = [f"{a:.3f} ± {b:.3f}" for a, b in zip(np.mean(values, 0), np.std(values, 0), strict=True)]
            print(f"| {way} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
