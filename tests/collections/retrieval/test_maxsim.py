"""MaxSim: identities, masks, invariances, and what a chunked or half-precision scorer may change."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.retrieval.heads import unit
from geomlearn.collections.retrieval.maxsim import both_ways, in_blocks, maxsim


def vectors(*shape: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal(shape))


def test_1_the_chamfer_identity_and_the_bounds():
    query, document = vectors(9, 6), vectors(1, 14, 6, seed=1)
    score = maxsim(query, document)[0]
    nearest = ((query[:, None] - document[0]) ** 2).sum(-1).min(1).sum()
    assert nearest == pytest.approx(2 * 9 - 2 * score, abs=1e-12)
    assert -9 <= score <= 9
    assert maxsim(query, query[None])[0] == pytest.approx(9, abs=1e-12)
    assert both_ways(query, query[None])[0] == pytest.approx(1, abs=1e-12)


def test_1_order_and_repeated_tokens_do_not_matter():
    query, document = vectors(9, 6), vectors(1, 14, 6, seed=1)
    score = maxsim(query, document)[0]
    random = np.random.default_rng(2)
    assert maxsim(query[random.permutation(9)], document[:, random.permutation(14)])[0] == pytest.approx(
        score, abs=1e-12
    )
    assert maxsim(query, np.concatenate([document, document[:, :5]], axis=1))[0] == pytest.approx(score, abs=1e-12)


def test_3_tokens_that_are_not_there_change_nothing_even_where_all_are_unlike():
    query = vectors(4, 5)
    against = -query.mean(axis=0) + 0.01 * vectors(6, 5, seed=3)
    for document in (vectors(6, 5, seed=1), unit(against)):
        padded = np.concatenate([document, vectors(3, 5, seed=4), np.zeros((2, 5))])[None]
        mask = np.arange(11)[None] < 6
        expected = maxsim(query, document[None])[0]
        assert maxsim(query, padded, document_mask=mask)[0] == pytest.approx(expected, abs=1e-12)
        assert both_ways(query, padded, mask)[0] == pytest.approx(both_ways(query, document[None])[0], abs=1e-12)
        longer = np.concatenate([query, vectors(2, 5, seed=5)])
        assert maxsim(longer, document[None], np.arange(6) < 4)[0] == pytest.approx(expected, abs=1e-12)
    # The case that multiplying with zero gets wrong: all similarities are negative.
    assert maxsim(query, unit(against)[None])[0] < 0


def test_8_blocks_half_precision_and_parts(monkeypatch):
    query, documents = vectors(8, 6), vectors(20, 10, 6, seed=1)
    mask = np.random.default_rng(0).random((20, 10)) < 0.8
    mask[:, 0] = True
    whole = both_ways(query, documents, mask)
    monkeypatch.setattr("geomlearn.collections.retrieval.maxsim._BLOCK", 300)
    assert in_blocks(both_ways, query, documents, mask) == pytest.approx(whole, abs=1e-5)
    half = maxsim(query.astype(np.float16).astype(float), documents.astype(np.float16).astype(float))
    assert half == pytest.approx(maxsim(query, documents), abs=1e-2 * 8)
    assert maxsim(documents[3, 2:7], documents)[3] == pytest.approx(5, abs=1e-12)
