"""Least squares by AᵀA: exact as its bound says, refused where it is blind, chosen only where it is good enough."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.sensing.regression.normal_equations import normal_equations


def tall(condition: float, n: int = 6000, d: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    left, _ = np.linalg.qr(rng.normal(size=(n, d)))
    right, _ = np.linalg.qr(rng.normal(size=(d, d)))
    design = left @ np.diag(np.geomspace(1, 1 / condition, d)) @ right
    values = design @ rng.normal(size=d) + 1e-3 * rng.normal(size=n)
    return design, values, np.linalg.lstsq(design, values, rcond=None)[0]


@pytest.mark.parametrize("condition", [1.5, 1e2, 1e4])
def test_the_error_stays_below_the_bound_that_is_reported(condition):
    design, values, exact = tall(condition)
    found = normal_equations(design, values)
    assert found.stats["condition"] == pytest.approx(condition, rel=1e-6)
    error = np.linalg.norm(found.value[:, 0] - exact) / np.linalg.norm(exact)
    assert error < max(found.stats["bound"], 1e-13)
    assert found.stats["residual"][0] == pytest.approx(np.linalg.norm(values - design @ exact), rel=1e-9)


def test_one_refinement_wins_digits_back():
    design, values, exact = tall(1e4)
    plain = np.linalg.solve(design.T @ design, design.T @ values)
    refined = normal_equations(design, values).value[:, 0]
    assert np.linalg.norm(refined - exact) < 0.1 * np.linalg.norm(plain - exact)


def test_the_bars_are_those_of_independent_noise():
    design, _, _ = tall(3.0)
    rng = np.random.default_rng(1)
    truth = rng.normal(size=12)
    draws = design @ truth + 0.1 * rng.normal(size=(300, len(design)))
    found = normal_equations(design, draws.T)
    assert np.std(found.value, axis=1) == pytest.approx(found.stats["bars"].mean(axis=1), rel=0.25)


def test_dependent_columns_and_bad_sizes_are_sentences():
    design, values, _ = tall(2.0)
    with pytest.raises(ParameterError, match="AᵀA"):
        normal_equations(np.column_stack([design, design[:, 0]]), values)
    with pytest.raises(ParameterError, match="cannot determine"):
        normal_equations(design[:5], values[:5])
    with pytest.raises(SizeMismatch):
        normal_equations(design, values[:-1])
