"""Sketches: unbiased, dense, of products, of streams."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import hadamard

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.regression.srht import BLOCK, StreamingSketch, srht, tensor_srht


def test_property_1_sketches_are_isometries_in_the_mean():
    total = np.zeros((8, 8))
    for seed in range(2000):
        sketch = srht(np.eye(8), 4, np.random.default_rng(seed))
        total += sketch.T @ sketch
    assert total / 2000 == pytest.approx(np.eye(8), abs=0.05)


def test_every_entry_has_the_same_size():
    sketch = srht(np.eye(32), 5, np.random.default_rng(0))
    assert np.abs(sketch) == pytest.approx(np.full((5, 32), 1 / np.sqrt(5)))


def test_property_4_all_rows_without_replacement_are_an_isometry():
    sketch = srht(np.eye(64), 64, np.random.default_rng(0), replace=False)
    assert sketch.T @ sketch == pytest.approx(np.eye(64), abs=1e-12)
    with pytest.raises(ParameterError, match="without replacement"):
        srht(np.eye(64), 65, np.random.default_rng(0), replace=False)


def test_property_9_the_sketch_of_a_product_is_the_product_of_rows():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(13, 3)), rng.normal(size=(22, 2))
    coefficients = rng.normal(size=(3, 2))
    rows, values = tensor_srht(left, right, left @ coefficients @ right.T, 200, np.random.default_rng(1))
    assert rows @ coefficients.ravel() == pytest.approx(values, abs=1e-12)
    # The same signs and picks by formed matrices.
    again = np.random.default_rng(1)
    signs = [again.integers(2, size=n) * 2.0 - 1.0 for n in (13, 22)]
    i, j = again.integers(16, size=200), again.integers(32, size=200)
    whole = [
        hadamard(size)[:, :n] @ (sign[:, None] * part)
        for size, n, sign, part in ((16, 13, signs[0], left), (32, 22, signs[1], right))
    ]
    by_hand = np.einsum("ma,mb->mab", whole[0][i], whole[1][j]).reshape(200, -1) / np.sqrt(200)
    assert rows == pytest.approx(by_hand, abs=1e-12)


def test_property_9_inner_products_of_tensor_sketches_err_by_one_over_root_m():
    rng = np.random.default_rng(0)
    g, h = rng.normal(size=(2, 64, 64))
    g, h = g / np.linalg.norm(g), h / np.linalg.norm(h)
    sizes, spread = np.array([64, 256, 1024, 4096]), []
    for m in sizes:
        errors = []
        for seed in range(60):
            # The values of a fit with one column each stand for any vector: the same seed mixes both alike.
            one, other = (
                tensor_srht(np.ones((64, 1)), np.ones((64, 1)), v, m, np.random.default_rng(seed))[1] for v in (g, h)
            )
            errors.append(one @ other - (g * h).sum())
        spread.append(np.std(errors))
    slope = np.polyfit(np.log(sizes), np.log(spread), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


def test_streams_have_a_state_of_fixed_size_and_equal_sketches():
    rows = np.random.default_rng(0).normal(size=(2 * BLOCK + 100, 4))
    first = StreamingSketch(32, 4).add(rows)
    second = StreamingSketch(32, 4).add(rows[:BLOCK]).add(rows[BLOCK:])
    assert first.sketch == pytest.approx(second.sketch, abs=1e-12)
    assert first.sketch.shape == (32, 4)
    assert first.n_rows == len(rows)


def test_blocks_of_a_stream_are_independent_so_that_cross_terms_vanish():
    total = 0.0
    for seed in range(400):
        parts = [StreamingSketch(8, 1, seed=seed).add(np.ones((4, 1)) * [[value]]) for value in (1.0,)]
        stream = parts[0].add(np.ones((4, 1)))
        total += (stream.sketch**2).sum()
    # ‖S 1‖² of eight ones has mean 8; with the same signs in both blocks it would be 16.
    assert total / 400 == pytest.approx(8, abs=1.2)


def test_a_stream_that_changes_its_width_is_refused_and_nothing_is_lost():
    stream = StreamingSketch(16, 3).add(np.ones((10, 3)))
    before = stream.sketch.copy()
    with pytest.raises(SizeMismatch, match="3 columns"):
        stream.add(np.ones((10, 4)))
    with pytest.raises(ParameterError, match="not finite"):
        stream.add(np.full((10, 3), np.nan))
    assert (stream.sketch == before).all()
    assert stream.n_rows == 10
