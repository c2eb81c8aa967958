"""Properties 2 and 3 of the functional-map card, known spectra, invariances, components, boundary, and the edges."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import eigsh

from geomlearn.core.errors import Cancelled, ParameterError, SolverError
from geomlearn.core.progress import Progress
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis, eigenvalue_clusters
from geomlearn.spectral.laplacian import build_laplacian
from geomlearn.spectral.options import EigenbasisOptions
from geomlearn.spectral.solver import eigenproblem

# l(l+1), each 2l+1 times: the unit sphere.
SPHERE = np.repeat([l * (l + 1.0) for l in range(12)], [2 * l + 1 for l in range(12)])


def options(k: int, **rest) -> EigenbasisOptions:
    return EigenbasisOptions(k=k, **rest)


def gram(basis) -> np.ndarray:
    return basis.evecs.T @ (basis.mass[:, None] * basis.evecs)


@pytest.mark.parametrize("kind", ["cotan", "robust", "cloud"])
@pytest.mark.parametrize(("level", "bound"), [(3, 0.03), (4, 0.01)])
def test_first_25_eigenvalues_of_the_sphere(sphere, kind, level, bound) -> None:
    evals = eigenbasis(sphere(level), options(25, laplacian=kind)).evals
    assert abs(evals[0]) < 1e-9
    assert np.abs(evals[1:] / SPHERE[1:25] - 1).max() < bound


def test_eigenvalues_converge_with_the_square_of_the_edge(sphere) -> None:
    errors = [np.abs(eigenbasis(sphere(level), options(16)).evals[1:] - SPHERE[1:16]).max() for level in (2, 3, 4)]
    for coarse, fine in pairwise(errors):
        assert 3.2 < coarse / fine < 4.8


def test_multiplicities_of_the_sphere_are_complete(sphere) -> None:
    basis = eigenbasis(sphere(4), options(121))
    near = np.abs(np.subtract.outer(basis.evals, np.unique(SPHERE))).argmin(axis=1)
    np.testing.assert_array_equal(np.bincount(near), 2 * np.arange(11) + 1)


def test_mass_orthonormal_with_small_residual_and_weyl_growth(blob) -> None:
    basis = eigenbasis(blob, options(100))
    assert np.abs(gram(basis) - np.eye(100)).max() < 1e-10
    laplacian = build_laplacian(blob, basis.operator)
    missing = laplacian.stiffness @ basis.evecs - basis.mass[:, None] * basis.evecs * basis.evals
    residual = np.linalg.norm(missing / np.sqrt(basis.mass)[:, None], axis=0) / (basis.evals + 4 * np.pi / blob.area)
    assert residual.max() <= 1e-8
    assert residual.max() == pytest.approx(basis.metadata["max_residual"], rel=1e-6)
    assert (np.diff(basis.evals) >= 0).all()
    assert abs(basis.evals[50] / (4 * np.pi * 50 / blob.area) - 1) < 0.25


@pytest.mark.parametrize("kind", ["cotan", "robust", "cloud"])
def test_agrees_with_arpack(blob, kind) -> None:
    basis = eigenbasis(blob, options(60, laplacian=kind))
    laplacian = build_laplacian(blob, kind)
    evals, evecs = eigsh(sp.csc_matrix(laplacian.stiffness), 60, sp.csc_matrix(sp.diags(basis.mass)), sigma=-0.1)
    np.testing.assert_allclose(basis.evals[1:], evals[1:], rtol=1e-9)
    overlap = np.abs(evecs.T @ (basis.mass[:, None] * basis.evecs))
    np.testing.assert_allclose(overlap.diagonal(), 1.0, atol=1e-7)


def test_agrees_with_a_dense_solver_on_a_small_mesh(sphere) -> None:
    shape = sphere(2)
    basis = eigenbasis(shape, options(162))
    laplacian = build_laplacian(shape)
    scale = 1 / np.sqrt(laplacian.mass)
    exact = np.linalg.eigvalsh(scale[:, None] * laplacian.stiffness.toarray() * scale)
    np.testing.assert_allclose(basis.evals, exact, atol=1e-9)
    assert np.abs(gram(basis) - np.eye(162)).max() < 1e-10


@given(scale=st.floats(0.01, 100), seed=st.integers(0, 2**16))
@settings(max_examples=5, deadline=None)
def test_scaling_divides_by_the_square_and_motion_and_order_change_nothing(blob, scale, seed) -> None:
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    order = rng.permutation(blob.n_vertices)
    place = np.argsort(order)
    moved = Shape(scale * (blob.vertices @ rotation.T)[order] + rng.standard_normal(3), place[blob.faces])
    before, after = eigenbasis(blob, options(30)), eigenbasis(moved, options(30))
    np.testing.assert_allclose(after.evals[1:] * scale**2, before.evals[1:], rtol=1e-8)
    overlap = (scale * after.evecs[place]).T @ (before.mass[:, None] * before.evecs)
    np.testing.assert_allclose(overlap, np.eye(30), atol=1e-5)


def test_largest_entry_is_positive(blob) -> None:
    evecs = eigenbasis(blob, options(40)).evecs
    assert (evecs.max(axis=0) >= -evecs.min(axis=0)).all()


def test_held_rim_of_the_square(square) -> None:
    shape = square(40)
    basis = eigenbasis(shape, options(10, boundary="dirichlet"))
    exact = np.sort([np.pi**2 * (i * i + j * j) for i in range(1, 6) for j in range(1, 6)])[:10]
    assert np.abs(basis.evals / exact - 1).max() < 0.01
    rim = (shape.vertices[:, :2] % 1 == 0).any(axis=1)
    assert np.abs(basis.evecs[rim]).max() == 0
    assert basis.metadata["n_zero"] == 0
    assert basis.metadata["n_boundary"] == rim.sum()
    assert abs(basis.mass.sum() - 1) < 1e-12


def test_free_rim_of_the_square(square) -> None:
    basis = eigenbasis(square(40), options(10))
    exact = np.sort([np.pi**2 * (i * i + j * j) for i in range(6) for j in range(6)])[:10]
    assert np.abs(basis.evals[1:] / exact[1:] - 1).max() < 0.01


def test_held_rim_of_the_disk_gives_the_zeros_of_bessel_functions() -> None:
    rings = 24
    polar = [(0.0, 0.0)] + [(r / rings, 2 * np.pi * i / (6 * r)) for r in range(1, rings + 1) for i in range(6 * r)]
    radius, angle = np.array(polar).T
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), 0 * radius])
    from scipy.spatial import Delaunay

    disk = Shape(points, Delaunay(points[:, :2]).simplices)
    basis = eigenbasis(disk, options(4, boundary="dirichlet"))
    exact = np.array([2.404826, 3.831706, 3.831706, 5.135622]) ** 2
    assert np.abs(basis.evals / exact - 1).max() < 0.01


def test_components_have_a_zero_each_and_the_union_of_their_spectra(sphere, blob, together) -> None:
    small = Shape(0.5 * sphere(3).vertices, sphere(3).faces)
    basis = eigenbasis(together(small, blob, sphere(2)), options(80))
    apart = [eigenbasis(shape, options(80)).evals for shape in (small, blob, sphere(2))]
    np.testing.assert_allclose(basis.evals, np.sort(np.concatenate(apart))[:80], atol=1e-8)
    assert basis.metadata["n_components"] == basis.metadata["n_zero"] == 3
    assert basis.metadata["clusters"][0] == [0, 3]
    assert np.abs(gram(basis) - np.eye(80)).max() < 1e-10


def test_equal_components_beyond_the_block_size_lose_no_eigenvalue(sphere, together) -> None:
    """Twelve equal spheres: every eigenvalue twelve times as often, far more than one block of the solver holds."""
    n_copies = 12
    assert n_copies * 3 > eigenproblem.BLOCK
    basis = eigenbasis(together(*[sphere(3)] * n_copies), options(9 * n_copies))
    once = eigenbasis(sphere(3), options(9)).evals
    np.testing.assert_allclose(basis.evals, np.repeat(once, n_copies), atol=1e-8)


def test_more_components_than_modes_gives_constants_of_the_largest(sphere, together) -> None:
    pieces = [Shape(size * sphere(1).vertices, sphere(1).faces) for size in (1, 2, 3, 4, 5)]
    basis = eigenbasis(together(*pieces), options(3))
    np.testing.assert_array_equal(basis.evals, 0)
    supports = [set(np.flatnonzero(mode) // 42) for mode in basis.evecs.T]
    assert supports == [{4}, {3}, {2}]


def test_vertices_in_no_face_are_left_out(blob) -> None:
    stray = Shape(np.vstack([[[0.0, 0, 0]], blob.vertices]), blob.faces + 1)
    basis = eigenbasis(stray, options(20))
    assert np.abs(basis.evecs[0]).max() == 0
    np.testing.assert_allclose(basis.evals, eigenbasis(blob, options(20)).evals, atol=1e-8)
    assert any("belong to no face" in note for note in basis.metadata["notes"])


def test_coincident_points_share_their_values(sphere) -> None:
    points = sphere(3).vertices
    basis = eigenbasis(Shape(np.vstack([points, points[:50]])), options(20))
    np.testing.assert_array_equal(basis.evecs[642:], basis.evecs[:50])
    assert np.abs(gram(basis) - np.eye(20)).max() < 1e-10
    assert basis.metadata["n_zero"] == 1


def test_a_mesh_with_slivers_meets_the_tolerance(square) -> None:
    vertices = square(30).vertices.copy()
    inner = np.flatnonzero((vertices[:, :2] % 1 != 0).all(axis=1))[::7]
    vertices[inner] = vertices[inner + 1] + [0, 1e-5, 0]
    basis = eigenbasis(Shape(vertices, square(30).faces), options(30))
    assert basis.operator == "robust"
    assert basis.metadata["max_residual"] < 1e-8
    exact = np.sort([np.pi**2 * (i * i + j * j) for i in range(9) for j in range(9)])[:10]
    assert np.abs(basis.evals[1:10] / exact[1:] - 1).max() < 0.03


@pytest.mark.parametrize("boundary", ["neumann", "dirichlet"])
def test_more_modes_than_vertices_is_one_sentence(square, boundary) -> None:
    n = {"neumann": 25, "dirichlet": 9}[boundary]
    with pytest.raises(ParameterError, match=f"has {n} free vertices"):
        eigenbasis(square(4), options(n + 1, boundary=boundary))
    assert eigenbasis(square(4), options(n, boundary=boundary)).k == n


def test_a_cloud_has_no_rim_to_hold(sphere) -> None:
    with pytest.raises(ParameterError, match="cloud"):
        eigenbasis(Shape(sphere(2).vertices), options(5, boundary="dirichlet"))


def test_cancelling_stops_and_progress_only_grows(sphere) -> None:
    fractions: list[float] = []
    eigenbasis(sphere(4), options(100), Progress(lambda fraction, note: fractions.append(fraction)))
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) > 4
    looks = iter(range(100))
    with pytest.raises(Cancelled):
        eigenbasis(sphere(4), options(100), Progress(None, lambda: next(looks) > 3))


def test_giving_up_hands_over_the_best_so_far(sphere, monkeypatch) -> None:
    monkeypatch.setattr(eigenproblem, "SOLVES_PER_MODE", 1)
    with pytest.raises(SolverError, match="residual") as caught:
        eigenbasis(sphere(4), options(60))
    best = caught.value.best
    assert best.k == 60
    assert np.abs(best.evals[1:9] / SPHERE[1:9] - 1).max() < 0.01


def test_seeds_change_rounding_only(blob) -> None:
    first, second, other = (eigenbasis(blob, options(20, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.evecs, second.evecs)
    assert (first.evecs != other.evecs).any()
    np.testing.assert_allclose(first.evecs, other.evecs, atol=1e-6)


def test_clusters_by_hand() -> None:
    evals = np.array([0.0, 0.0, 2.0, 2.0001, 2.0002, 5.0, 7.0, 7.5, 9.0, 9.0])
    assert eigenvalue_clusters(evals) == [range(0, 2), range(2, 5), range(8, 10)]
    assert eigenvalue_clusters(evals, rtol=0.1) == [range(0, 2), range(2, 5), range(6, 8), range(8, 10)]
    assert eigenvalue_clusters(np.zeros(0)) == []


def test_agrees_with_the_bases_another_code_computed(shared_data) -> None:
    """LaPy's linear elements with a full mass matrix: the same stiffness gives its eigenvalues to single precision."""
    from scipy.io import loadmat

    path = shared_data / "pde" / "manifold_lbo" / "lbe_ev_input.mat"
    if not path.is_file():
        pytest.skip("the LaPy basis is not among the data")
    data = loadmat(path)
    patch = Shape(data["Points"].astype(float), data["Faces"])
    laplacian = build_laplacian(patch, "cotan")
    pairs = patch.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    twelfth = np.repeat(patch.face_areas / 12, 3)
    full = sp.coo_array((twelfth, (pairs[:, 0], pairs[:, 1])), shape=(186, 186)).toarray()
    full = full + full.T + np.diag(full.sum(axis=0) + full.sum(axis=1))
    exact = scipy.linalg.eigh(laplacian.stiffness.toarray(), full, eigvals_only=True)[:128]
    np.testing.assert_allclose(data["Eigenvalues"].ravel()[1:], exact[1:], rtol=2e-4)
    # Lumping the mass lowers eigenvalues by O(h² λ), much on a patch of 186 vertices.
    lumped = eigenbasis(patch, options(12, laplacian="cotan"))
    assert (lumped.evals[1:] < exact[1:12]).all()
    np.testing.assert_allclose(lumped.evals[1:], exact[1:12], rtol=0.15)
