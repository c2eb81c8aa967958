"""Error of sparse codes at equal activity: five penalties, debiased soft, and sklearn's dictionaries.

    python -m benchmarks sparse penalties [--seeds 3] [--activity 0.04] [--what leaves fields] [--store FILE]

Each way learns its own dictionary (128 atoms, 150 batches of 200; sklearn's, by more than gradients, 70) at the
activity asked for and codes test signals at that activity; rows are mean ± standard deviation over the seeds of the
relative mean square error and the activity that was reached. World: `leaves`, 8 × 8 patches of a whitened dead-
leaves picture, test patches from another one; `fields`, patches on geodesic disks of heat kernel signatures and
heat fields of built-in creatures (four-legged), test patches from a creature of another family. λ of each penalty
is found by bisection on training signals.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.kept import Kept
from benchmarks.machine import machine_line
from geomlearn.sparse.codes import debiased, sparse_codes
from geomlearn.sparse.dictionary import SparseDictionary
from geomlearn.sparse.options import CodeOptions
from geomlearn.sparse.patches import disk_patches


def dead_leaves(seed: int, size: int = 256) -> np.ndarray:
    """Opaque disks of many sizes, one over the other, then whitened: (size, size), variance .1."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    picture = np.zeros((size, size))
    for _ in range(3000):
        # Radii with density r⁻³, as the sizes of objects in pictures.
        radius = 3 / np.sqrt(1 - random.random() * (1 - (3 / 80) ** 2))
        centre = random.random(2) * size
        rows, columns = (slice(max(0, int(c - radius)), int(c + radius) + 2) for c in centre[::-1])
        inside = (x[rows, columns] - centre[0]) ** 2 + (y[rows, columns] - centre[1]) ** 2 < radius**2
        picture[rows, columns][inside] = random.random()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size) * size, np.fft.fftfreq(size) * size))
    filtered = np.fft.ifft2(
        np.fft.fft2(picture - picture.mean()) * frequency * np.exp(-((frequency / (0.4 * size)) ** 4))
    )
    white = filtered.real
    return white * np.sqrt(0.1 / white.var())


def leaves(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training (20000, 64) and test (1000, 64) patches without their means."""
    random = np.random.default_rng(seed)
    return tuple(_cut(dead_leaves(2 * seed + place), random, count) for place, count in ((0, 20_000), (1, 1_000)))


def _cut(picture: np.ndarray, random: np.random.Generator, count: int, side: int = 8) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(picture, (side, side))
    rows, columns = random.integers(0, len(windows), (2, count))
    patches = windows[rows, columns].reshape(count, -1)
    return patches - patches.mean(1, keepdims=True)


def fields(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Patches of signatures on two creatures for training, on one of another family for the test."""
    parts = [
        _on_disks(name, seed)
        for name in ("builtin:quadruped-cat-walk", "builtin:quadruped-horse-stand", "builtin:biped-average-run")
    ]
    return np.concatenate(parts[:2]), parts[2]


def _on_disks(spec: str, seed: int) -> np.ndarray:
    from geomlearn.shapes.load import load_shape
    from geomlearn.spectral.descriptors import heat_kernel_signature
    from geomlearn.spectral.eigenbasis import eigenbasis

    shape = load_shape(spec)
    basis = eigenbasis(shape)
    basis = getattr(basis, "value", basis)
    signatures = heat_kernel_signature(basis).T[20:80:6]
    random = np.random.default_rng(seed)
    smooth = (basis.evecs @ (random.standard_normal((basis.k, 10)) / (1 + np.sqrt(basis.evals))[:, None])).T
    disks = disk_patches(shape, 200, radius_rel=0.12)
    values = disks.patches(np.concatenate([signatures, smooth]))
    values = values - values.mean(1, keepdims=True)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(length > 1e-12, length, 1)


def ours(
    penalty: str, activity: float, seed: int, train: np.ndarray, test: np.ndarray
) -> dict[str, tuple[float, float]]:
    """Relative error and activity of the penalty, and of soft with its bias taken away."""
    learner = SparseDictionary(penalty=penalty, activity=activity, seed=seed).fit(train)
    options = CodeOptions(penalty=penalty, activity=activity)
    codes = sparse_codes(test, learner.components_, options).value
    rows = {penalty: scored(test, codes, learner.components_)}
    if penalty == "soft":
        rows["soft, debiased"] = scored(test, debiased(test, learner.components_, codes), learner.components_)
    return rows


def longest_steps(activity: float, seed: int, train: np.ndarray, test: np.ndarray) -> dict[str, tuple[float, float]]:
    """CEL0 with atoms that step as far as the error is sure to fall, 1/‖R‖², which no scale of the signals changes."""
    learner = SparseDictionary(penalty="cel0", activity=activity, seed=seed, rate=10.0).fit(train)
    codes = sparse_codes(test, learner.components_, CodeOptions(penalty="cel0", activity=activity)).value
    return {"cel0, longest steps of atoms": scored(test, codes, learner.components_)}


def sklearn_rows(activity: float, seed: int, train: np.ndarray, test: np.ndarray) -> dict[str, tuple[float, float]]:
    """sklearn's online dictionary at an α found for the activity, read by lasso at that activity and by OMP."""
    from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode

    def codes(signals: np.ndarray, atoms: np.ndarray, alpha: float) -> np.ndarray:
        return sparse_encode(signals, atoms, algorithm="lasso_cd", alpha=alpha, max_iter=200)

    def fitting(atoms: np.ndarray) -> float:
        low, high = 1e-3, 2.0
        for _ in range(9):
            alpha = (low * high) ** 0.5
            low, high = (alpha, high) if np.mean(codes(train[:300], atoms, alpha) != 0) > activity else (low, alpha)
        return (low * high) ** 0.5

    random = np.random.default_rng(seed)
    first = random.standard_normal((128, train.shape[1]))
    words = {"batch_size": 200, "max_iter": 1, "random_state": seed, "fit_algorithm": "cd", "transform_max_iter": 200}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        atoms = first / np.linalg.norm(first, axis=1, keepdims=True)
        for signals in (train[:2000], train[:12_000]):
            alpha = fitting(atoms)
            model = MiniBatchDictionaryLearning(128, alpha=alpha, dict_init=atoms, **words)
            atoms = model.fit(signals).components_
        lasso = codes(test, atoms, fitting(atoms))
        count = max(1, round(activity * 128))
        omp = sparse_encode(test, atoms, algorithm="omp", n_nonzero_coefs=count)
    return {"sklearn, lasso": scored(test, lasso, atoms), "sklearn, omp": scored(test, omp, atoms)}


def scored(signals: np.ndarray, codes: np.ndarray, atoms: np.ndarray) -> tuple[float, float]:
    error = np.sum((signals - codes @ atoms) ** 2) / np.sum(signals**2)
    return float(error), float(np.mean(codes != 0))


def table(what: str, seeds: int, activity: float, kept: Kept) -> None:
    """Mean ± standard deviation over the seeds of each way's error and activity, as far as there was time."""
    rows: dict[str, list[tuple[float, float]]] = {}
    ways = {penalty: partial(ours, penalty) for penalty in ("soft", "hard", "half", "cel0", "top-k")}
    for seed in range(seeds):
        train, test = {"leaves": leaves, "fields": fields}[what](seed)
        for key, way in {**ways, "longest": longest_steps, "sklearn": sklearn_rows}.items():
            found = kept.row([what, activity, seed, key], partial(way, activity, seed, train, test))
            for name, row in (found or {}).items():
                rows.setdefault(name, []).append(row)
                print(f"{what}, seed {seed}, {name}: {row[0]:.3f} at {row[1]:.3f}", file=sys.stderr, flush=True)
    print(f"\n| {what} | relative error | activity |\n|---|---|---|")
    for name, values in rows.items():
        mean, spread = np.mean(values, 0), np.std(values, 0)
        print(f"| {name} | {mean[0]:.3f} ± {spread[0]:.3f} | {mean[1]:.3f} ± {spread[1]:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--activity", type=float, default=0.04)
    parser.add_argument("--what", nargs="*", default=["leaves", "fields"])
    parser.add_argument("--store", type=Path, help="keep each row here, and take up what is kept")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no row after so long")
    words = parser.parse_args()
    print(machine_line("scikit-learn"), f"{words.seeds} seeds", sep="; ")
    kept = Kept(words.store, words.minutes)
    for what in words.what:
        table(what, words.seeds, words.activity, kept)


if __name__ == "__main__":
    main()
