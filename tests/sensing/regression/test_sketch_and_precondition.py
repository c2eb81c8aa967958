"""The sketch as preconditioner: full accuracy in few passes, and sparse signs that lose no direction."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT
from geomlearn.core.results import Status
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.sketch_and_precondition import (
    _refined,
    _sharpened,
    _sketched,
    sketch_and_precondition,
    sparse_signs,
)
from geomlearn.sensing.regression.sketched_regression import sketch_and_solve, solve_sketch
from geomlearn.sensing.regression.srht import StreamingSketch


def test_property_10_preconditioned_iterations_reach_the_answer_in_few_passes():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(8000, 64)) * np.logspace(0, 5, 64)
    values = design @ rng.normal(size=64) + rng.normal(size=8000)
    result = sketch_and_precondition(design, values, SketchOptions(rows_per_mode=8))
    exact = np.linalg.lstsq(design, values, rcond=None)[0]
    assert result.status is Status.CONVERGED
    assert result.stats["passes"] <= 50
    scale = np.abs(exact * np.logspace(0, 5, 64)).max()
    assert (np.abs(result.value[:, 0] - exact) * np.logspace(0, 5, 64)).max() <= 1e-12 * scale
    triangle = solve_sketch(StreamingSketch(512, 65, seed=0).add(np.column_stack([design, values])).sketch, 64).triangle
    # Theory: (1 + √(d/m)) / (1 − √(d/m)) = 2.1.
    assert np.linalg.cond(design @ np.linalg.inv(triangle)) <= 3


def test_without_the_sketch_the_same_iterations_do_not_arrive():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(3000, 30)) * np.logspace(0, 4, 30)
    values = rng.normal(size=(3000, 1))
    begin = sketch_and_solve(design, values).coefficients
    *_, arrived = _refined(design, values, begin, np.eye(30), SketchOptions(), SILENT)
    assert not arrived


def test_many_right_hand_sides_share_one_sketch():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(6000, 12)) @ np.diag(np.logspace(0, 4, 12)) @ rng.normal(size=(12, 12))
    values = design @ rng.normal(size=12) + rng.normal(size=6000)
    many = np.column_stack([values, 2 * values, design[:, 0]])
    result = sketch_and_precondition(design, many)
    assert result.value == pytest.approx(np.linalg.lstsq(design, many, rcond=None)[0], rel=1e-8, abs=1e-9)
    assert result.value[:, 1] == pytest.approx(2 * result.value[:, 0], rel=1e-9)


def test_the_residual_and_the_bars_are_those_of_the_exact_fit():
    rng = np.random.default_rng(1)
    design = rng.normal(size=(5000, 10)) * np.logspace(0, 3, 10)
    values = design @ rng.normal(size=10) + rng.normal(size=5000)
    result = sketch_and_precondition(design, values)
    exact = np.linalg.lstsq(design, values, rcond=None)[0]
    left = np.linalg.norm(design @ exact - values)
    assert result.stats["residual"][0] == pytest.approx(left, rel=1e-12)
    bars = np.sqrt(np.diag(np.linalg.inv(design.T @ design))) * left / np.sqrt(4990)
    assert result.stats["bars"][:, 0] == pytest.approx(bars, rel=1e-4)


def test_products_after_the_sketch_save_passes_and_are_left_out_where_single_precision_says_nothing():
    rng = np.random.default_rng(2)
    design = rng.normal(size=(20_000, 20)) * np.logspace(0, 3, 20)
    values = rng.normal(size=(20_000, 1))
    start = _sketched(design, values, SketchOptions())
    triangle = _sharpened(design, start.triangle)
    assert np.linalg.cond(design @ np.linalg.inv(triangle)) - 1 < 1e-4
    assert np.linalg.cond(design @ np.linalg.inv(start.triangle)) > 1.2
    begin = start.coefficients
    _, _, many, _ = _refined(design, values, begin, start.triangle, SketchOptions(), SILENT)
    _, _, few, _ = _refined(design, values, begin, triangle, SketchOptions(), SILENT)
    assert few <= 6 and many > 2 * few
    steep = design @ np.linalg.qr(rng.normal(size=(20, 20)))[0] @ np.diag(np.logspace(0, 6, 20))
    alone = _sketched(steep, values, SketchOptions()).triangle
    assert _sharpened(steep, alone) is alone
    result = sketch_and_precondition(steep, values)
    assert result.status is Status.CONVERGED
    exact = np.linalg.lstsq(steep / np.linalg.norm(steep, axis=0), values[:, 0])[0]
    assert result.value[:, 0] * np.linalg.norm(steep, axis=0) == pytest.approx(exact, rel=1e-8, abs=1e-10)


def test_sparse_signs_are_the_identity_in_the_mean_and_keep_every_direction():
    rng = np.random.default_rng(0)
    squares = [(s.T @ s).toarray() for s in (sparse_signs(64, 6, rng) for _ in range(4000))]
    # An off-diagonal entry has a deviation of about 1/√64, its mean one of 1/√(64 · 4000).
    assert np.mean(squares, axis=0) == pytest.approx(np.eye(6), abs=5 / np.sqrt(64 * 4000))
    # A = [I; 0], where one entry a column lets two rows cancel: each of these has rows that hold a direction alone.
    design = np.vstack([np.eye(40), np.zeros((20_000, 40))])
    conditions = [
        np.linalg.cond(sparse_signs(64 * 40, len(design), np.random.default_rng(seed)) @ design) for seed in range(30)
    ]
    assert max(conditions) < 5


def test_rows_no_more_than_a_sketch_are_solved_as_they_are():
    rng = np.random.default_rng(0)
    design, values = rng.normal(size=(300, 12)), rng.normal(size=300)
    result = sketch_and_precondition(design, values)
    assert result.value[:, 0] == pytest.approx(np.linalg.lstsq(design, values, rcond=None)[0], abs=1e-14)
    assert result.stats["passes"] <= 5


def test_a_mode_that_is_not_finite_is_refused():
    design = np.ones((9000, 2))
    design[5000, 1] = np.nan
    with pytest.raises(ParameterError, match="not finite"):
        sketch_and_precondition(design, np.ones(9000))
