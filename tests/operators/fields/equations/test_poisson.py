import numpy as np
import pytest
from scipy.sparse.linalg import spsolve

from geomlearn.core.errors import ParameterError
from geomlearn.core.results import Status
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.systems import solve_pinned
from geomlearn.operators.fields.equations.poisson import poisson
from geomlearn.operators.fields.options import PoissonOptions
from geomlearn.shapes.shape import Shape

HELD_AT_ZERO = PoissonOptions(boundary="dirichlet")


def solution(domain, source, options=None):
    return poisson(domain, source, options).value.values[0]


def test_tetrahedron_by_hand(tetrahedron):
    """L u = M f with L = (4I − J)/√3 and m = √3/4 gives u = (3/16) f for f of mean zero."""
    domain = build_domain(tetrahedron, "cotan")
    source = np.array([1.0, -2.0, 3.0, -2.0])
    np.testing.assert_allclose(solution(domain, source), 3 / 16 * source, rtol=1e-12)


def test_second_order_on_the_sphere(icosphere, relative_error):
    """f = 6xy gives u = xy; errors near 5.8e-3, 1.5e-3, 3.6e-4 at 642, 2562, 10242 vertices."""
    errors = []
    for subdivisions in (3, 4, 5):
        domain = build_domain(icosphere(subdivisions), "cotan")
        x, y, _ = domain.points.T
        errors.append(relative_error(solution(domain, 6 * x * y), x * y, domain.mass))
    assert errors[0] < 7e-3
    ratios = np.divide(errors[:-1], errors[1:])
    assert ((ratios > 3.2) & (ratios < 4.8)).all(), ratios


def test_second_order_on_the_square(square, relative_error):
    errors = []
    for k in (16, 32):
        domain = build_domain(square(k))
        exact = np.sin(np.pi * domain.points[:, 0]) * np.sin(np.pi * domain.points[:, 1])
        errors.append(relative_error(solution(domain, 2 * np.pi**2 * exact, HELD_AT_ZERO), exact, domain.mass))
    assert 3.2 < errors[0] / errors[1] < 4.8


def test_square_under_unit_load(square):
    """The largest value of −Δu = 1 with u = 0 around is 0.0736713."""
    domain = build_domain(square(64))
    assert solution(domain, np.ones(domain.n_unknowns), HELD_AT_ZERO).max() == pytest.approx(0.0736713, abs=2e-5)


def test_harmonic_quadratic_is_exact(square):
    """On right triangles the cotan stencil is the five-point one, which is exact for x² − y²."""
    domain = build_domain(square(12))
    options = PoissonOptions(boundary="dirichlet", boundary_values="x**2 - y**2")
    x, y, _ = domain.points.T
    np.testing.assert_allclose(solution(domain, np.zeros(len(x)), options), x**2 - y**2, atol=1e-13)


def test_agrees_with_the_bordered_system(icosphere):
    """The pinned system gives what [[L, m], [mᵀ, 0]] gives."""
    from scipy.sparse import block_array, csr_array

    domain = build_domain(icosphere(2))
    source = np.random.default_rng(0).normal(size=domain.n_unknowns)
    column = csr_array(domain.mass[:, None])
    bordered = block_array([[domain.stiffness, column], [column.T, None]]).tocsc()
    rhs = domain.mass * (source - domain.mass @ source / domain.area)
    reference = spsolve(bordered, np.append(rhs, 0.0))[:-1]
    np.testing.assert_allclose(solution(domain, source), reference, atol=1e-11)


def test_each_piece_is_balanced_on_its_own(icosphere):
    ball = icosphere(2)
    n = ball.n_vertices
    pair = Shape(
        np.vstack([ball.vertices, 2 * ball.vertices + np.array([5, 0, 0])]),
        np.vstack([ball.faces, ball.faces + n]),
        name="pair",
    )
    domain = build_domain(pair)
    noise = np.random.default_rng(1).normal(size=(2, n))
    source = np.concatenate([noise[0] + 3.0, noise[1] - 7.0])
    result = poisson(domain, source)
    u = result.value.values[0]
    single = build_domain(ball)
    np.testing.assert_allclose(u[:n], solution(single, noise[0]), atol=1e-11)
    np.testing.assert_allclose(u[n:], 4 * solution(single, noise[1]), atol=1e-10)
    means = [domain.mass[part] @ source[part] / domain.mass[part].sum() for part in (slice(n), slice(n, None))]
    np.testing.assert_allclose(result.stats["removed_means"], means)
    assert abs(domain.mass[:n] @ u[:n]) < 1e-12
    assert "2 pieces" in result.sentence
    assert result.status is Status.CONVERGED


def test_rim_of_one_piece_only(icosphere, square):
    """A held rim fixes its own piece; the closed one beside it is still balanced."""
    flat, ball = square(8), icosphere(1)
    both = Shape(
        np.vstack([flat.vertices, ball.vertices + np.array([5, 0, 0])]),
        np.vstack([flat.faces, ball.faces + flat.n_vertices]),
    )
    u = solution(build_domain(both), np.ones(both.n_vertices), HELD_AT_ZERO)
    reference = solution(build_domain(flat), np.ones(flat.n_vertices), HELD_AT_ZERO)
    np.testing.assert_allclose(u[: flat.n_vertices], reference, atol=1e-13)
    np.testing.assert_allclose(u[flat.n_vertices :], 0, atol=1e-13)


def test_a_constant_in_the_source_changes_nothing(icosphere):
    domain = build_domain(icosphere(2))
    source = np.random.default_rng(0).normal(size=domain.n_unknowns)
    np.testing.assert_allclose(solution(domain, source), solution(domain, source + 10), atol=1e-12)


def test_without_balancing_the_equation_fails_at_the_pinned_vertex(icosphere):
    """Ablation: what removing the mean is for."""
    domain = build_domain(icosphere(2))
    rhs = domain.mass * 1.0
    u = solve_pinned(domain.stiffness, rhs, domain.components)
    residual = np.abs(domain.stiffness @ u - rhs)
    assert residual[0] == pytest.approx(domain.area, rel=1e-9)
    assert residual[1:].max() < 1e-12


def test_the_operator_is_self_adjoint(icosphere):
    domain = build_domain(icosphere(2))
    f, g = np.random.default_rng(0).normal(size=(2, domain.n_unknowns))
    left, right = (domain.mass * f) @ solution(domain, g), (domain.mass * g) @ solution(domain, f)
    f_mean, g_mean = (domain.mass @ each / domain.area for each in (f, g))
    assert left == pytest.approx(right, rel=1e-10)
    assert f_mean != g_mean


def test_cloud(sphere_cloud, relative_error):
    domain = build_domain(sphere_cloud(2000))
    x, y, _ = domain.points.T
    assert relative_error(solution(domain, 6 * x * y), x * y, domain.mass) < 0.01


@pytest.mark.parametrize("kind", ["mesh", "cloud"])
def test_nothing_to_hold(icosphere, sphere_cloud, kind):
    shape = icosphere(1) if kind == "mesh" else sphere_cloud(100)
    with pytest.raises(ParameterError, match="rim"):
        poisson(build_domain(shape), np.zeros(shape.n_vertices), HELD_AT_ZERO)
