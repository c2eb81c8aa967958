import numpy as np
import pytest

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.transport import patches_of
from geomlearn.operators.fields.equations.heat import heat
from geomlearn.operators.fields.equations.poisson import poisson
from geomlearn.operators.fields.options import HeatOptions
from geomlearn.shapes.shape import Shape


def test_scales_of_a_sphere(icosphere):
    domain = build_domain(icosphere(4))
    assert domain.radius == pytest.approx(1, rel=1e-3)
    edges = domain.points[domain.faces[:, 0]] - domain.points[domain.faces[:, 1]]
    assert domain.spacing == pytest.approx(np.linalg.norm(edges, axis=1).mean(), rel=0.05)
    assert len(domain.rim) == 0
    assert domain.components.max() == 0


def test_rim_of_a_square(square):
    domain = build_domain(square(5))
    on_rim = np.any((domain.points[:, :2] == 0) | (domain.points[:, :2] == 1), axis=1)
    np.testing.assert_array_equal(domain.rim, np.flatnonzero(on_rim))


def test_area_error_falls_with_the_square_of_the_edges(icosphere):
    errors = [4 * np.pi - build_domain(icosphere(s)).area for s in (2, 3, 4)]
    ratios = np.divide(errors[:-1], errors[1:])
    assert ((ratios > 3.2) & (ratios < 4.8)).all()


def test_eigenvalues_of_second_order(icosphere):
    """l(l + 1) for l ≤ 3; errors near 5.5e-2, 1.4e-2 at 162, 642 vertices.

    Dense, since a Lanczos iteration from one random vector may miss a copy of an eigenvalue that repeats.
    """
    exact, errors = np.repeat([2, 6, 12], [3, 5, 7]), []
    for subdivisions in (2, 3):
        domain = build_domain(icosphere(subdivisions), "cotan")
        scale = 1 / np.sqrt(domain.mass)
        evals = np.linalg.eigvalsh(scale[:, None] * domain.stiffness.toarray() * scale)
        errors.append(np.abs(evals[1:16] / exact - 1).max())
    assert errors[1] < 0.016
    assert 3.2 < errors[0] / errors[1] < 4.8


def test_unused_vertices_take_no_part(icosphere):
    ball = icosphere(2)
    shifted = Shape(np.vstack([[9, 9, 9], ball.vertices, [8, 8, 8]]), ball.faces + 1)
    domain = build_domain(shifted)
    values = np.arange(shifted.n_vertices, dtype=float)
    assert domain.n_unknowns == ball.n_vertices
    np.testing.assert_array_equal(domain.expand(domain.reduce(values))[1:-1], values[1:-1])
    source = np.random.default_rng(0).normal(size=ball.n_vertices)
    u = poisson(domain, source).value.values[0]
    np.testing.assert_allclose(u[1:-1], poisson(build_domain(ball), source).value.values[0], atol=1e-12)
    assert u[0] == u[-1] == 0


def test_coincident_points_of_a_cloud_share_one_unknown(sphere_cloud):
    """They would make Poisson's equation singular, and their share of heat would not mix."""
    cloud = sphere_cloud(400)
    doubled = Shape(np.vstack([cloud.vertices, cloud.vertices[:100]]))
    domain = build_domain(doubled)
    assert domain.n_unknowns == 400
    initial = np.random.default_rng(0).normal(size=500)
    start = domain.reduce(initial)
    np.testing.assert_allclose(domain.expand(start)[:100], (initial[:100] + initial[400:]) / 2)
    u = heat(domain, start, HeatOptions()).value.values[-1]
    np.testing.assert_array_equal(u[:100], u[400:])
    assert np.isfinite(poisson(domain, start).value.values).all()


def test_two_functions_move_together(sphere_cloud):
    doubled = Shape(np.vstack([sphere_cloud(100).vertices] * 2))
    domain = build_domain(doubled)
    pair = np.random.default_rng(0).normal(size=(200, 2))
    for column in range(2):
        np.testing.assert_allclose(domain.reduce(pair)[:, column], domain.reduce(pair[:, column]))
    assert domain.expand(domain.reduce(pair)).shape == (200, 2)


@pytest.mark.parametrize("laplacian", ["cotan", "robust"])
def test_a_face_without_area_joins_nothing(icosphere, laplacian):
    """Two spheres joined by a face with two equal corners are still two, or Poisson's equation would be singular."""
    ball = icosphere(1)
    joined = Shape(
        np.vstack([ball.vertices, ball.vertices + np.array([3, 0, 0])]),
        np.vstack([ball.faces, ball.faces + 42, [[0, 42, 42]]]),
    )
    domain = build_domain(joined, laplacian)
    assert domain.components.max() == 1
    source = np.random.default_rng(0).normal(size=84)
    assert poisson(domain, source).stats["residual"] < 1e-12
    patches = patches_of(domain)
    w = patches.tangential(np.random.default_rng(0).normal(size=(161, 3)))
    assert np.abs(patches.divergence(patches.solenoidal(w))).max() < 1e-12


@pytest.mark.parametrize("scale", [1e-120, 1e120])
def test_sizes_beyond_arithmetic(icosphere, scale):
    with pytest.raises(MeshError, match="units large"):
        build_domain(Shape(scale * icosphere(1).vertices, icosphere(1).faces))


def test_a_mesh_laplacian_on_a_cloud(sphere_cloud):
    with pytest.raises(ParameterError, match="needs faces"):
        build_domain(sphere_cloud(50), "cotan")


def test_a_single_point():
    with pytest.raises(MeshError):
        build_domain(Shape(np.zeros((1, 3))))
