"""Sketched least squares: the bound on every coefficient, and where sparse sketches fail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import clarkson_woodruff_transform

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.regression.options import SketchOptions
from geomlearn.sensing.regression.sketch_and_precondition import sketch_and_precondition
from geomlearn.sensing.regression.sketched_regression import sketch_and_solve, solve_sketch
from geomlearn.sensing.regression.srht import srht

N, D = 4096, 64


def spread_instance() -> tuple[np.ndarray, np.ndarray]:
    """A = [I; 0], b = 1/√d on the next d rows: the answer is 0 and the residual 1."""
    design, values = np.zeros((N, D)), np.zeros(N)
    design[:D] = np.eye(D)
    values[D : 2 * D] = 1 / np.sqrt(D)
    return design, values


def largest(design, values, rows_per_mode: int, seed: int) -> float:
    """e∞ = ‖x'‖∞ √d for an instance whose answer is 0, residual 1 and ‖A†‖ = 1."""
    found = sketch_and_solve(design, values, SketchOptions(rows_per_mode=rows_per_mode, seed=seed))
    return float(np.abs(found.coefficients).max() * np.sqrt(D))


def count_sketched(design, values, m: int, seed: int) -> float:
    sketch = clarkson_woodruff_transform(np.column_stack([design, values]), m, np.random.default_rng(seed))
    return float(np.abs(np.linalg.lstsq(sketch[:, :D], sketch[:, D], rcond=None)[0]).max() * np.sqrt(D))


def tall(n: int = 6000, d: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, d)) @ np.diag(np.logspace(0, 4, d)) @ rng.normal(size=(d, d))
    values = design @ rng.normal(size=d) + rng.normal(size=n)
    return design, values, np.linalg.lstsq(design, values, rcond=None)[0]


def test_property_3_a_consistent_system_is_solved_exactly():
    design, _, exact = tall()
    found = sketch_and_solve(design, design @ exact)
    assert found.coefficients[:, 0] == pytest.approx(exact, rel=1e-9)


def test_property_4_a_full_sketch_gives_the_answer_itself():
    rng = np.random.default_rng(0)
    system = rng.normal(size=(512, 6))
    full = solve_sketch(srht(system, 512, rng, replace=False), 5)
    assert full.coefficients[:, 0] == pytest.approx(np.linalg.lstsq(system[:, :5], system[:, 5])[0], abs=1e-12)


@pytest.mark.parametrize("rows_per_mode", [8, 32])
def test_property_5_the_largest_coefficient_error_keeps_the_bound(rows_per_mode):
    design, values = spread_instance()
    bound = 1.6 * np.sqrt(2 * np.log(2 * D)) * np.sqrt(1 / rows_per_mode)
    errors = np.array([largest(design, values, rows_per_mode, seed) for seed in range(100)])
    assert (errors <= bound).mean() >= 0.95


def test_the_bound_that_is_reported_is_kept_and_the_bars_are_standard_deviations():
    design, values, exact = tall()
    scaled, kept = [], []
    for seed in range(40):
        found = sketch_and_solve(design, values, SketchOptions(seed=seed))
        error = found.coefficients[:, 0] - exact
        kept.append(np.abs(error).max() <= found.bound[0])
        scaled.append(error / found.bars[:, 0])
    assert np.mean(kept) >= 0.95
    # 40 sketches give a standard deviation to 10 %; twelve coefficients average some of it.
    assert np.std(scaled) == pytest.approx(1, abs=0.15)


def test_property_6_a_spike_cannot_hide_from_a_dense_sketch_but_does_from_a_sparse_one():
    design, values = spread_instance()
    values[:] = 0
    values[D] = 1
    m = 8 * D
    dense = np.array([largest(design, values, 8, seed) for seed in range(25)])
    sparse = np.array([count_sketched(design, values, m, seed) for seed in range(300)])
    assert (dense > 2).sum() == 0
    expected = 1 - (1 - 1 / m) ** D
    assert (sparse > 2).mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 300))


def test_property_7_dense_sketches_gain_with_rows_and_sparse_ones_do_not():
    design, values = spread_instance()
    per_mode = np.array([10, 20, 31, 60])
    dense = [np.median([largest(design, values, k, seed) for seed in range(30)]) for k in per_mode]
    assert np.polyfit(np.log(per_mode), np.log(dense), 1)[0] == pytest.approx(-0.5, abs=0.1)
    # With few coefficients not every sparse sketch has a collision; one that has errs as much whatever its size.
    sparse = np.array([[count_sketched(design, values, k * D, seed) for seed in range(40)] for k in per_mode])
    collided = [np.median(row[row > 1e-9]) for row in sparse]
    assert np.polyfit(np.log(per_mode), np.log(collided), 1)[0] == pytest.approx(0, abs=0.1)


def test_property_8_the_residual_is_estimated_within_epsilon():
    design, values, exact = tall()
    true = np.linalg.norm(design @ exact - values)
    found = [sketch_and_solve(design, values, SketchOptions(seed=seed)).residual[0] for seed in range(10)]
    # ε = √(d/m) = 0.25.
    assert np.abs(np.array(found) / true - 1).max() < 0.25


@pytest.mark.parametrize("solve", [sketch_and_solve, sketch_and_precondition])
def test_bad_input_is_a_sentence(solve):
    design, values, _ = tall(200)
    with pytest.raises(SizeMismatch, match="199 values for 200"):
        solve(design, values[1:])
    with pytest.raises(ParameterError, match="5 samples cannot determine 12 modes"):
        solve(design[:5], values[:5])
    with pytest.raises(ParameterError, match="not finite"):
        solve(design, np.where(np.arange(200) == 7, np.nan, values))
    with pytest.raises(ParameterError, match="do not determine"):
        solve(np.column_stack([design, design[:, 0]]), values)
