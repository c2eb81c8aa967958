"""What drives objects: the found coordinate against the true one, beside rivals.

    python -m benchmarks collections drivers [--seeds 5] [--worlds linear even height weight]

Worlds: `linear`, a point on a circle at the angle x₀ + x₁; `even`, four numbers that depend on √(x₀² + x₁²); `height`
and `weight`, human bodies (extra `bodies`) of which this one follows x₀ + x₁ while age, gender, muscle, proportions and
the other are anyone's, compared by corresponding points; ten predictors, 250, 400 or 2,000 samples, test samples of the
same law; a fifth of the responses replaced by far ones in the rows with outliers. Distance correlation of the found
coordinate with the true index on test samples: mean ± standard deviation over the seeds. Rivals: sliced inverse
regression on the first coordinate of multidimensional scaling of the responses; the first principal component of the
predictors; a network of the same size fitted to that coordinate by least squares.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.spatial.distance import cdist

from benchmarks.machine import machine_line
from geomlearn.collections.sufficient_directions import find_directions

Map = Callable[[np.ndarray], np.ndarray]


def circle(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = random.standard_normal((n, 10))
    index = x[:, 0] + x[:, 1]
    angle = 0.7 * index + 0.1 * random.standard_normal(n)
    return x, np.stack([np.cos(angle), np.sin(angle)], 1), index


def even(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = random.standard_normal((n, 10))
    index = np.hypot(x[:, 0], x[:, 1])
    y = np.stack([np.exp(0.5 * index), index, np.sin(index), 0.3 * index**2], 1)
    return x, y + 0.05 * random.standard_normal(y.shape), index


def people(n: int, random: np.random.Generator, what: str = "height") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from benchmarks.worlds.bodies import bodies, random_build

    x = random.standard_normal((n, 10))
    index = x[:, 0] + x[:, 1]
    points = np.linspace(0, len(bodies().rest) - 1, 400).astype(int)
    rows = []
    for one in index:
        build = {**random_build(random), what: float(1 / (1 + np.exp(-one)))}
        vertices = bodies().body(build, {}).vertices[points]
        rows.append((vertices - vertices.mean(axis=0)).ravel())
    return x, np.array(rows), index


def distance_correlation(a: np.ndarray, b: np.ndarray) -> float:
    def centred(values: np.ndarray) -> np.ndarray:
        gaps = np.abs(values[:, None] - values)
        return gaps - gaps.mean(0) - gaps.mean(1, keepdims=True) + gaps.mean()

    one, two = centred(a), centred(b)
    return float(np.sqrt(max(0, np.mean(one * two)) / np.sqrt(np.mean(one**2) * np.mean(two**2))))


def scaled_first(distances: np.ndarray) -> np.ndarray:
    """(n,) first coordinate of classical multidimensional scaling."""
    centre = np.eye(len(distances)) - 1 / len(distances)
    evals, evecs = np.linalg.eigh(-0.5 * centre @ distances**2 @ centre)
    return evecs[:, -1] * np.sqrt(max(evals[-1], 0))


def sliced(x: np.ndarray, y: np.ndarray, slices: int = 10) -> Map:
    centred = x - x.mean(0)
    root = np.linalg.inv(np.linalg.cholesky(np.cov(centred.T)))
    means = [(centred @ root.T)[part].mean(0) for part in np.array_split(np.argsort(y), slices)]
    direction = root.T @ np.linalg.svd(np.stack(means))[2][0]
    return lambda other: other @ direction


def least_squares_network(x: np.ndarray, y: np.ndarray, seed: int) -> Map:
    from sklearn.neural_network import MLPRegressor

    known = {"early_stopping": True, "max_iter": 500, "random_state": seed, "learning_rate_init": 5e-3}
    model = MLPRegressor(hidden_layer_sizes=(64, 32), **known)
    model.fit(x, (y - y.mean()) / y.std())
    return model.predict


def rows(make: Callable, n: int, outliers: float, seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    x, y, _ = make(n, random)
    test, _, truth = make(500 if n > 300 else 60, random)
    distances = cdist(y, y)
    spoiled = random.random(n) < outliers
    distances[spoiled] *= 50
    distances[:, spoiled] *= 50
    first = scaled_first(distances)
    axis = np.linalg.svd(x - x.mean(0), full_matrices=False)[2][0]
    linear = find_directions(x, distances, n_directions=1, n_permutations=0)
    deep = find_directions(x, distances, n_directions=1, way="deep", n_permutations=0, seed=seed)
    ways: dict[str, Map] = {
        "ours, linear": lambda other: linear.transform(other)[:, 0],
        "ours, deep": lambda other: deep.transform(other)[:, 0],
        "sliced inverse regression": sliced(x, first),
        "principal component": lambda other: other @ axis,
        "least-squares network": least_squares_network(x, first, seed),
    }
    return {name: distance_correlation(way(test), truth) for name, way in ways.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--worlds", nargs="*", default=["linear", "even", "height", "weight"])
    asked = parser.parse_args()
    seeds = range(asked.seeds)
    print(machine_line("torch", "scikit-learn"), f"{len(seeds)} seeds", sep="; ", end="\n\n")
    cases = [
        ("linear", circle, 400, 0.0),
        ("linear", circle, 400, 0.2),
        ("even", even, 2000, 0.0),
        ("even", even, 2000, 0.2),
        ("height", people, 250, 0.0),
        ("weight", partial(people, what="weight"), 250, 0.0),
    ]
    for place, (name, make, n, outliers) in enumerate(case for case in cases if case[0] in asked.worlds):
        found = [rows(make, n, outliers, seed) for seed in seeds]
        if not place:
            print(f"| world | {' | '.join(found[0])} |\n|---|{'---|' * len(found[0])}")
        cells = [f"{np.mean(v):.3f} ± {np.std(v):.3f}" for v in ([row[way] for row in found] for way in found[0])]
        print(f"| {name}, n = {n}, {outliers:.0%} outliers | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
