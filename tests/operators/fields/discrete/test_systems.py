import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.systems import Held, factor_general, factor_symmetric, hold_rim, solve_pinned


@pytest.fixture
def step_matrix(icosphere):
    domain = build_domain(icosphere(2))
    return domain, sp.csr_array(sp.diags_array(domain.mass) + 0.1 * domain.stiffness)


@pytest.mark.parametrize("columns", [(), (3,)])
def test_symmetric_factor_agrees_with_scipy(step_matrix, columns):
    domain, matrix = step_matrix
    rhs = np.random.default_rng(0).normal(size=(domain.n_unknowns, *columns))
    np.testing.assert_allclose(factor_symmetric(matrix)(rhs), spsolve(matrix.tocsc(), rhs), atol=1e-10)


def test_general_factor_agrees_with_scipy(step_matrix):
    domain, matrix = step_matrix
    skewed = matrix + 0.3 * sp.triu(matrix, 1) - 0.3 * sp.tril(matrix, -1)
    rhs = np.random.default_rng(0).normal(size=domain.n_unknowns)
    np.testing.assert_allclose(factor_general(domain.points)(skewed)(rhs), spsolve(skewed.tocsc(), rhs), atol=1e-10)


def test_general_factor_pivots_when_the_diagonal_cannot():
    """A permutation matrix has no diagonal at all; the second attempt solves it."""
    points = np.random.default_rng(0).normal(size=(4, 3))
    matrix = sp.csr_array(np.roll(np.eye(4), 1, axis=0))
    np.testing.assert_allclose(factor_general(points)(matrix)(np.arange(4.0)), [1, 2, 3, 0])


@pytest.mark.parametrize("factor", [factor_symmetric, factor_general(np.zeros((3, 3)))])
@pytest.mark.parametrize("entry", [np.nan, np.inf])
def test_matrices_that_are_not_finite(factor, entry):
    with pytest.raises(SolverError, match="not finite"):
        factor(sp.csr_array(np.diag([1.0, entry, 1.0])))


def test_singular_matrices(icosphere):
    domain = build_domain(icosphere(1))
    with pytest.raises(SolverError, match=r"singular|not positive definite"):
        factor_symmetric(domain.stiffness)
    with pytest.raises(SolverError, match="singular"):
        factor_general(domain.points)(domain.stiffness * 0)


def test_indefinite_matrices():
    with pytest.raises(SolverError, match="not positive definite"):
        factor_symmetric(sp.csr_array(np.diag([1.0, -1.0, 2.0])))


def test_held_values_agree_with_elimination(step_matrix):
    domain, matrix = step_matrix
    n = domain.n_unknowns
    indices, free = np.arange(0, n, 7), np.setdiff1d(np.arange(n), np.arange(0, n, 7))
    held = Held(n, indices, np.linspace(-1, 1, len(indices)))
    rhs = np.random.default_rng(0).normal(size=n)
    u = held.solver(matrix, factor_symmetric)(rhs)
    eliminated = spsolve(matrix[free][:, free].tocsc(), rhs[free] - matrix[free][:, indices] @ held.values)
    np.testing.assert_allclose(u[free], eliminated, atol=1e-11)
    np.testing.assert_array_equal(u[indices], held.values)
    np.testing.assert_array_equal(held.at_rest().apply(u)[indices], 0)


def test_everything_held(step_matrix):
    domain, matrix = step_matrix
    values = np.arange(domain.n_unknowns, dtype=float)
    held = Held(domain.n_unknowns, np.arange(domain.n_unknowns), values)
    np.testing.assert_array_equal(held.solver(matrix, factor_symmetric)(np.ones(domain.n_unknowns)), values)


def test_pinned_solution_of_a_singular_system(icosphere):
    domain = build_domain(icosphere(2))
    rhs = domain.stiffness @ np.random.default_rng(0).normal(size=domain.n_unknowns)
    u = solve_pinned(domain.stiffness, rhs, domain.components)
    np.testing.assert_allclose(domain.stiffness @ u, rhs, atol=1e-12)
    assert u[0] == 0


def test_rim_values_come_from_the_formula(square):
    domain = build_domain(square(4))
    held = hold_rim(domain, "dirichlet", "x + 2*y")
    np.testing.assert_allclose(held.values, domain.points[domain.rim] @ [1, 2, 0])
    assert len(hold_rim(domain, "neumann", "0").indices) == 0


def test_no_rim(icosphere, sphere_cloud):
    with pytest.raises(ParameterError, match="closed and has no rim"):
        hold_rim(build_domain(icosphere(1)), "dirichlet", "0")
    with pytest.raises(ParameterError, match="point cloud, whose rim is not known"):
        hold_rim(build_domain(sphere_cloud(100)), "dirichlet", "0")
