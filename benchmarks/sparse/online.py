"""The online orthogonal dictionary: error against samples seen, its gap, and modes of a mesh animation.

    python -m benchmarks sparse online [--seeds 5]

World of the first table: y = D x, D a random orthogonal matrix, x Bernoulli–Gaussian (θ = .3), batches of 1 or 10;
error |1 − ‖A D‖₄⁴/N|, median (least, most) over the seeds after 100, 500, 1000, 3000 steps. SFW is the schedule of
convex problems without the return to orthogonal atoms. Second: log–log slope of the least gap so far over steps 50 to
3000. Third: displacements of a walking built-in creature in 32 PCA coordinates; error of the ten largest codes of each
frame, online, beside PCA order and sklearn's FastICA (a batch method that sees all frames at once), and the size of the
state, which does not depend on the number of frames.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from benchmarks.machine import machine_line
from geomlearn.core.polar import polar
from geomlearn.sparse.online_dictionary import OnlineOrthogonalDictionary

STEPS = (100, 500, 1000, 3000)


class ConvexSchedule(OnlineOrthogonalDictionary):
    """Frank–Wolfe as for convex problems: ρ = 4/(t+8)^{2/3}, γ = 2/(t+8), polar only at the end."""

    def _step(self, batch: np.ndarray) -> None:
        t = self.n_iter_
        average, step = min(1.0, 4 / (t + 8) ** (2 / 3)), 2 / (t + 8)
        self.gradient_ = (1 - average) * self.gradient_ + average * self._gradient(batch)
        self.components_ = (1 - step) * self.components_ + step * polar(self.gradient_)
        self.n_iter_ = t + 1


def recovery(kind: type[OnlineOrthogonalDictionary], n: int, batch: int, seed: int, power: int = 3) -> list[float]:
    """Errors after each of STEPS."""
    random = np.random.default_rng(seed)
    atoms = np.linalg.qr(random.standard_normal((n, n)))[0]
    # Seeded apart from the world: the same numbers would draw the planted atoms again and begin at the truth.
    learner = kind(batch_size=batch, whiten=False, seed=1000 + seed, power=power)
    errors, done = [], 0
    for until in STEPS:
        count = (until - done) * batch
        codes = random.standard_normal((count, n)) * (random.random((count, n)) < 0.3)
        learner.partial_fit(codes @ atoms.T)
        errors.append(abs(1 - float(np.sum((polar(learner.components_) @ atoms) ** 4)) / n))
        done = until
    return errors


def gap_slope(seed: int) -> float:
    random = np.random.default_rng(seed)
    atoms = np.linalg.qr(random.standard_normal((10, 10)))[0]

    def draw(count: int) -> np.ndarray:
        return (random.standard_normal((count, 10)) * (random.random((count, 10)) < 0.3)) @ atoms.T

    held_out, learner, times, least = draw(20_000), OnlineOrthogonalDictionary(whiten=False, seed=1000 + seed), [], []
    for step in range(1, 3001):
        learner.partial_fit(draw(10))
        if step >= 50 and step % 50 == 0:
            times.append(step)
            least.append(min([learner.gap(held_out), *least[-1:]]))
    return float(np.polyfit(np.log(times), np.log(least), 1)[0])


def animation(seed: int) -> dict[str, float]:
    """Relative error of ten terms of 32 for each way."""
    from sklearn.decomposition import FastICA

    frames = walking(seed)
    coordinates = frames - frames.mean(0)
    left, sizes, _ = np.linalg.svd(coordinates, full_matrices=False)
    pca = (left * sizes)[:, :32]
    white = left[:, :32] * np.sqrt(len(pca))
    learner = OnlineOrthogonalDictionary(seed=1000 + seed, batch_size=10)
    random = np.random.default_rng(seed)
    for _ in range(20):
        learner.partial_fit(pca[random.permutation(len(pca))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ica = FastICA(whiten="unit-variance", random_state=seed, max_iter=1000)
        sources, mixing = ica.fit_transform(pca), None
        mixing = ica.mixing_
    modes = {"online": (learner.transform(pca), learner.modes_), "FastICA": (sources, mixing.T)}
    rows = {"PCA order": float(np.sum(pca[:, 10:] ** 2) / np.sum(pca**2))}
    for name, (codes, atoms) in modes.items():
        rows[name] = _ten_terms(codes, atoms, pca)
    rows["state, numbers"] = float(sum(a.size for a in learner.state().values()))
    rows["kurtosis PCA"], rows["kurtosis online"] = _kurtosis(white), _kurtosis(modes["online"][0])
    rows["kurtosis FastICA"] = _kurtosis(sources)
    return rows


def _ten_terms(codes: np.ndarray, atoms: np.ndarray, target: np.ndarray) -> float:
    size = np.abs(codes) * np.linalg.norm(atoms, axis=1)
    kept = np.argsort(-size, axis=1)[:, :10]
    few = np.zeros_like(codes)
    np.put_along_axis(few, kept, np.take_along_axis(codes, kept, 1), 1)
    return float(np.sum((target - target.mean(0) - few @ atoms) ** 2) / np.sum(target**2))


def _kurtosis(codes: np.ndarray) -> float:
    z = (codes - codes.mean(0)) / codes.std(0)
    return float(np.mean(z**4) - 3)


def walking(seed: int) -> np.ndarray:
    """(400, 3n) a built-in creature whose joints swing, each at times of its own."""
    from geomlearn.shapes.load import load_shape

    random = np.random.default_rng(seed)
    shape = load_shape("builtin:quadruped-cat-walk")
    points = shape.vertices - shape.vertices.mean(0)
    centres = points[random.choice(len(points), 24, replace=False)]
    scale = np.linalg.norm(np.ptp(points, axis=0))
    bumps = np.exp(-(np.linalg.norm(points[None] - centres[:, None], axis=2) ** 2) / (2 * (0.08 * scale) ** 2))
    directions = random.standard_normal((24, 3))
    activity = random.standard_normal((400, 24)) * (random.random((400, 24)) < 0.25)
    modes = (bumps[:, :, None] * directions[:, None]).reshape(24, -1)
    return activity @ modes + 0.01 * random.standard_normal((400, modes.shape[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    print(machine_line("scikit-learn"), f"{len(seeds)} seeds", sep="; ")
    print(f"\n| N, B, way | {' | '.join(f'{step} steps' for step in STEPS)} |\n|---|{'---|' * len(STEPS)}")
    ways = {
        "online": (OnlineOrthogonalDictionary, 3),
        "p = 4": (OnlineOrthogonalDictionary, 4),
        "SFW": (ConvexSchedule, 3),
    }
    for n, batch in ((10, 1), (10, 10), (30, 10)):
        for name, (kind, power) in ways.items():
            errors = np.array([recovery(kind, n, batch, seed, power) for seed in seeds])
            cells = [f"{np.median(e):.4f} ({e.min():.4f}, {e.max():.4f})" for e in errors.T]
            print(f"| {n}, {batch}, {name} | {' | '.join(cells)} |", flush=True)
    slopes = [gap_slope(seed) for seed in seeds]
    print(f"\nslope of the gap: {np.mean(slopes):.2f} ± {np.std(slopes):.2f}")
    rows = [animation(seed) for seed in seeds]
    print("\n| animation | mean ± standard deviation |\n|---|---|")
    for name in rows[0]:
        values = [row[name] for row in rows]
        print(f"| {name} | {np.mean(values):.3f} ± {np.std(values):.3f} |")


if __name__ == "__main__":
    main()
