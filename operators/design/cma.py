"""Evolution by a covariance that adapts itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def cma_es(
    score: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    sigma: float,
    generations: int,
    population: int,
    low: np.ndarray,
    high: np.ndarray,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """All designs seen (n, d) and their scores (n,), for a score to be made large.

    Parameters
    ----------
    score   (n, d) to (n,);  start (d,), sigma the first spread.
    low, high   designs are moved to the nearest inside before they are scored.

    Source   Hansen 2016, arXiv 1604.00772, with its default constants.
    """
    rng, d = np.random.default_rng(seed), len(start)
    parents = population // 2
    weights = np.log(parents + 0.5) - np.log(np.arange(1, parents + 1))
    weights /= weights.sum()
    mass = 1 / np.sum(weights**2)
    c_s, d_s = (mass + 2) / (d + mass + 5), 1 + 2 * max(0, np.sqrt((mass - 1) / (d + 1)) - 1)
    d_s += c_s
    c_c, c_1 = (4 + mass / d) / (d + 4 + 2 * mass / d), 2 / ((d + 1.3) ** 2 + mass)
    c_mu = min(1 - c_1, 2 * (mass - 2 + 1 / mass) / ((d + 2) ** 2 + mass))
    expected = np.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d**2))
    mean, covariance = start.astype(float), np.eye(d)
    path_s, path_c = np.zeros(d), np.zeros(d)
    seen, scores = [], []
    for generation in range(1, generations + 1):
        values, vectors = np.linalg.eigh(covariance)
        root = np.sqrt(np.maximum(values, 1e-20))
        drawn = rng.standard_normal((population, d)) * root @ vectors.T
        inside = np.clip(mean + sigma * drawn, low, high)
        found = score(inside)
        seen.append(inside)
        scores.append(found)
        best = np.argsort(-found)[:parents]
        steps = (inside[best] - mean) / sigma
        step = weights @ steps
        mean = mean + sigma * step
        path_s = (1 - c_s) * path_s + np.sqrt(c_s * (2 - c_s) * mass) * (vectors @ ((vectors.T @ step) / root))
        length = np.linalg.norm(path_s)
        held = length / np.sqrt(1 - (1 - c_s) ** (2 * generation)) < (1.4 + 2 / (d + 1)) * expected
        path_c = (1 - c_c) * path_c + held * np.sqrt(c_c * (2 - c_c) * mass) * step
        covariance = (1 - c_1 - c_mu) * covariance + c_1 * np.outer(path_c, path_c) + c_mu * (steps.T * weights) @ steps
        sigma = min(sigma * np.exp(c_s / d_s * (length / expected - 1)), 1e3)
    return np.concatenate(seen), np.concatenate(scores)
