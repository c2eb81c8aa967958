import numpy as np
import pytest

from geomlearn.core.errors import MeshError
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.fields.discrete.transport import (
    advection_matrix,
    patches_of,
    peclet_numbers,
    streamline_upwind,
)
from geomlearn.operators.fields.discrete.velocity import velocity_of
from geomlearn.operators.fields.options import AdvectOptions
from geomlearn.shapes.shape import Shape


@pytest.fixture(params=["mesh", "cloud"])
def sphere(request, icosphere, sphere_cloud):
    return build_domain(icosphere(3) if request.param == "mesh" else sphere_cloud(600))


def test_gradients_of_linear_functions_are_exact(square):
    patches = patches_of(build_domain(square(5)))
    gradient = patches.gradient(build_domain(square(5)).points @ [2.0, -3.0, 7.0])
    np.testing.assert_allclose(gradient, np.tile([2.0, -3.0, 0.0], (50, 1)), atol=1e-13)


def test_matrices_agree_with_the_laplacian(icosphere):
    domain = build_domain(icosphere(2), "cotan")
    patches = patches_of(domain)
    np.testing.assert_allclose(patches.stiffness().toarray(), domain.stiffness.toarray(), atol=1e-13)
    np.testing.assert_allclose(patches.mass().sum(axis=1), domain.mass, rtol=1e-12)


def test_areas_of_a_cloud(sphere_cloud):
    patches = patches_of(build_domain(sphere_cloud(2000)))
    assert patches.weights.sum() == pytest.approx(4 * np.pi, rel=0.01)


def test_one_triangle_by_hand():
    """Right triangle, w = (1, 0, 0): C_ij = (A/3) ∂φ_j/∂x with ∂φ/∂x = −1, 1, 0."""
    shape = Shape([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    patches = patches_of(build_domain(shape))
    matrix = advection_matrix(patches, np.array([[1.0, 0.0, 0.0]]), skew=False, conservative=False).toarray()
    np.testing.assert_allclose(matrix, np.tile([-1 / 6, 1 / 6, 0], (3, 1)), atol=1e-15)


def test_rows_and_columns_sum_to_what_is_kept(sphere):
    patches = patches_of(sphere)
    w = patches.tangential(np.random.default_rng(0).normal(size=(len(patches.faces), 3)))
    plain = advection_matrix(patches, w, skew=False, conservative=False)
    kept = advection_matrix(patches, w, skew=False, conservative=True)
    assert np.abs(plain.sum(axis=1)).max() < 1e-12
    assert np.abs(kept.sum(axis=0)).max() < 1e-12
    assert np.abs(plain.sum(axis=0)).max() > 1e-3


def test_the_solenoidal_part_has_no_divergence(sphere):
    patches = patches_of(sphere)
    w = patches.tangential(np.random.default_rng(0).normal(size=(len(patches.faces), 3)))
    free = patches.solenoidal(w)
    assert np.abs(patches.divergence(w)).max() > 1e-3
    assert np.abs(patches.divergence(free)).max() < 1e-12
    skew = advection_matrix(patches, free, skew=True, conservative=False)
    assert np.abs(skew.sum(axis=0)).max() < 1e-12
    assert np.abs(skew.sum(axis=1)).max() < 1e-12
    # A projection: a second time changes nothing.
    np.testing.assert_allclose(patches.solenoidal(free), free, atol=1e-12)


def test_peclet_by_hand():
    """Legs of length 1 along w: h = 2 / (1 + 1) = 1, so Pe = |w| h/ν = 2/0.5."""
    patches = patches_of(build_domain(Shape([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])))
    w = np.array([[2.0, 0.0, 0.0]])
    assert peclet_numbers(patches, w, 0.5)[0] == pytest.approx(4)
    assert peclet_numbers(patches, w, 0.0)[0] == np.inf
    assert peclet_numbers(patches, 0 * w, 0.0)[0] == 0


def test_upwinding_by_hand():
    """τ = h/(2|w|)(coth(Pe/2) − 2/Pe) with Pe = 4; A τ (w·∇φ_i)(w·∇φ_j) between the two ends of the leg is −4Aτ."""
    patches = patches_of(build_domain(Shape([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])))
    mass, stream = streamline_upwind(patches, np.array([[2.0, 0.0, 0.0]]), 0.5)
    tau = 1 / 4 * (1 / np.tanh(2) - 1 / 2)
    assert stream.toarray()[0, 1] == pytest.approx(-4 * 0.5 * tau)
    np.testing.assert_allclose(mass.toarray(), np.outer([-2, 2, 0], np.full(3, 0.5 * tau / 3)), atol=1e-15)


def test_calm_faces_are_left_alone(sphere):
    patches = patches_of(sphere)
    w = velocity_of(sphere, patches, AdvectOptions())
    for matrix in streamline_upwind(patches, w, 10.0):
        assert abs(matrix).max() == 0
    mass, stream = streamline_upwind(patches, w, 1e-3)
    assert np.abs(stream.sum(axis=0)).max() < 1e-13
    assert np.abs(stream.sum(axis=1)).max() < 1e-13
    assert np.abs(mass.sum(axis=0)).max() < 1e-13


def test_clouds_of_few_points(sphere_cloud):
    with pytest.raises(MeshError, match="30 distinct points; more than 30"):
        patches_of(build_domain(sphere_cloud(30)))
    assert len(patches_of(build_domain(sphere_cloud(31))).faces) > 31


def test_faces_without_area_do_no_harm(icosphere):
    ball = icosphere(1)
    folded = Shape(ball.vertices, np.vstack([ball.faces, [[0, 1, 1]]]))
    patches = patches_of(build_domain(folded, "robust"))
    assert np.isfinite(patches.gradients).all()
    assert np.all(patches.tangential(np.ones((81, 3)))[-1] == 0)
