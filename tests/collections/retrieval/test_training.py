"""Training on toy kin: bases that differ in few of many noisy inputs."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.retrieval.maxsim import both_ways
from geomlearn.collections.retrieval.model import on_arrays
from geomlearn.collections.retrieval.options import TokenTrainingOptions
from geomlearn.collections.retrieval.training import Kin, train_tokens
from geomlearn.core.errors import ParameterError

QUICK = TokenTrainingOptions(steps=60, width=16, n_tokens=6, batch_size=8, rate=5e-3)


def kin(count: int, seed: int) -> list[Kin]:
    """Tokens of a base lie around four places in 3 of 12 inputs; the other nine are noise ten times as large."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        places = random.standard_normal((4, 3))

        def variant(places: np.ndarray = places) -> np.ndarray:
            told = places[random.integers(4, size=10)] + 0.1 * random.standard_normal((10, 3))
            return np.concatenate([told, 5 * random.standard_normal((10, 9))], axis=1).astype(np.float32)

        found.append(Kin([variant() for _ in range(4)], [variant()[:6]]))
    return found


def nearest(rows: list[np.ndarray], bases: list[int]) -> float:
    vectors = np.stack(rows)
    right = 0
    for i, query in enumerate(vectors):
        found = both_ways(query, vectors)
        found[i] = -1
        right += bases[int(found.argmax())] == bases[i]
    return right / len(rows)


def test_other_bases_are_told_apart_better_than_by_raw_inputs():
    model = on_arrays(*train_tokens(kin(24, 0), QUICK))
    other = kin(12, 1)
    bases = [number for number, _ in enumerate(other) for _ in range(4)]
    learned = nearest([model.encode(one) for base in other for one in base.full], bases)
    raw = [one / np.linalg.norm(one, axis=1, keepdims=True) for base in other for one in base.full]
    assert learned > nearest(raw, bases) + 0.3


def test_too_few_bases_are_refused():
    with pytest.raises(ParameterError, match="two bases or more"):
        train_tokens(kin(1, 0), QUICK)
