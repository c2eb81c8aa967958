"""Darcy flow against the torsion of a square, scaling, symmetry and conservation."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.fields.grids.darcy import solve_darcy
from geomlearn.operators.fields.grids.random_fields import thresholded_field

# The largest value of the torsion function of the unit square, from its double sine series.
TORSION = 0.0736713532


@pytest.fixture
def coefficient():
    return thresholded_field(33, np.random.default_rng(0))


def test_a_constant_coefficient_gives_the_torsion_function_at_second_order():
    errors = [abs(solve_darcy(np.ones((n, n))).max() - TORSION) for n in (17, 33, 65)]
    assert errors[-1] < 2e-5
    assert 3.5 < errors[0] / errors[1] < 4.5
    assert 3.5 < errors[1] / errors[2] < 4.5


def test_positive_linear_and_symmetric(coefficient):
    solution = solve_darcy(coefficient)
    assert (solution[1:-1, 1:-1] > 0).all()
    assert (solution[[0, -1]] == 0).all()
    np.testing.assert_allclose(solve_darcy(5 * coefficient), solution / 5, rtol=1e-12)
    np.testing.assert_allclose(solve_darcy(coefficient.T), solution.T, rtol=1e-10)
    np.testing.assert_allclose(solve_darcy(coefficient, 3.0), 3 * solution, rtol=1e-12)


@pytest.mark.parametrize("n", [9, 33])
def test_what_flows_out_is_what_the_sources_inside_give(n):
    a = thresholded_field(n, np.random.default_rng(1))
    u = solve_darcy(a)
    out = 0.0
    for side, inner in ((0, 1), (-1, -2)):
        for aa, uu in ((a, u), (a.T, u.T)):
            out += ((aa[side, 1:-1] + aa[inner, 1:-1]) / 2 * uu[inner, 1:-1]).sum()
    assert out == pytest.approx(((n - 2) / (n - 1)) ** 2, rel=1e-12)


def test_unusable_coefficients_are_refused(coefficient):
    with pytest.raises(SizeMismatch, match=r"shape \(33, 32\)"):
        solve_darcy(coefficient[:, :-1])
    with pytest.raises(ParameterError, match="not positive"):
        solve_darcy(coefficient - 3)
    with pytest.raises(ParameterError, match="not positive"):
        solve_darcy(np.full((5, 5), np.nan))
