"""Distances on surfaces where they are known, against potpourri3d, and on meshes it refuses."""

import numpy as np
import pytest

from geomlearn.core.errors import Cancelled, ParameterError
from geomlearn.core.progress import Progress
from geomlearn.shapes.shape import Shape
from geomlearn.spectral import geodesics
from geomlearn.spectral.geodesics import HeatGeodesics


def on_sphere(shape: Shape, source: int) -> np.ndarray:
    return np.arccos(np.clip(shape.vertices @ shape.vertices[source], -1, 1))


def test_error_on_the_sphere_falls_with_the_mesh(sphere) -> None:
    errors = [np.abs(HeatGeodesics(sphere(n)).distances_from(7) - on_sphere(sphere(n), 7)).mean() for n in (2, 3, 4)]
    assert errors[0] > 1.3 * errors[1] > 1.3**2 * errors[2]
    assert errors[2] < 0.02


def test_straight_lines_on_the_plane(square) -> None:
    shape = square(40)
    centre = 20 * 41 + 20
    exact = np.linalg.norm(shape.vertices - shape.vertices[centre], axis=1)
    assert np.abs(HeatGeodesics(shape).distances_from(centre) - exact).max() < 0.03


def test_agrees_with_potpourri3d(blob) -> None:
    import potpourri3d

    theirs = potpourri3d.MeshHeatMethodDistanceSolver(blob.vertices, blob.faces).compute_distance(11)
    ours = HeatGeodesics(blob).distances_from(11)
    assert np.abs(ours - theirs).max() < 0.02 * theirs.max()


def test_cloud_distances(sphere) -> None:
    cloud = Shape(sphere(3).vertices)
    solver = HeatGeodesics(cloud)
    assert np.abs(solver.distances_from(7) - on_sphere(cloud, 7)).max() < 0.1
    np.testing.assert_allclose(solver.matrix([7, 9])[0], solver.distances_from(7))


def test_rows_equal_single_sources_and_the_nearest_of_several(blob) -> None:
    solver = HeatGeodesics(blob)
    rows = solver.matrix(np.arange(0, 640, 20))
    for row, source in zip(rows[:3], range(0, 60, 20), strict=True):
        np.testing.assert_allclose(row, solver.distances_from(source), atol=1e-10)
        assert row[source] == 0
    assert (rows >= 0).all()
    both = solver.distances_from([0, 300])
    assert np.abs(both - np.minimum(rows[0], solver.distances_from(300))).mean() < 0.04


def test_symmetric_matrix_is_the_mean_of_both_directions(sphere) -> None:
    solver = HeatGeodesics(sphere(2))
    plain, even = solver.matrix(), solver.matrix(symmetric=True, dtype=np.float32)
    assert np.abs(plain - plain.T).max() > 1e-6
    np.testing.assert_array_equal(even, even.T)
    np.testing.assert_allclose(even, (plain + plain.T) / 2, atol=1e-6)
    assert even.dtype == np.float32


def test_symmetrizing_in_bands_covers_everything() -> None:
    square = np.random.default_rng(0).standard_normal((700, 700))
    expected = (square + square.T) / 2
    geodesics._symmetrize(square)
    np.testing.assert_array_equal(square, expected)


def test_scale_multiplies_distances(blob) -> None:
    large = Shape(1000 * blob.vertices, blob.faces)
    np.testing.assert_allclose(
        HeatGeodesics(large).distances_from(0), 1000 * HeatGeodesics(blob).distances_from(0), rtol=1e-6, atol=1e-3
    )


def test_other_components_and_strays_are_infinitely_far(sphere, together) -> None:
    two = together(sphere(3), Shape(sphere(2).vertices + 9, sphere(2).faces))
    stray = Shape(np.vstack([two.vertices, [[50.0, 0, 0]]]), two.faces)
    solver = HeatGeodesics(stray)
    near = solver.distances_from(7)
    np.testing.assert_allclose(near[:642], HeatGeodesics(sphere(3)).distances_from(7), atol=0.02)
    assert np.isinf(near[642:]).all()
    assert np.isfinite(solver.distances_from([7, 700])[:-1]).all()
    lonely = solver.distances_from(804)
    assert lonely[804] == 0
    assert np.isinf(lonely[:804]).all()


def test_a_fin_on_an_edge_is_no_obstacle(sphere) -> None:
    """potpourri3d refuses meshes on which an edge has three faces."""
    shape = sphere(3)
    a, b, _ = shape.faces[0]
    fin = Shape(
        np.vstack([shape.vertices, 1.1 * (shape.vertices[a] + shape.vertices[b])[None] / 2]),
        np.vstack([shape.faces, [[a, b, 642]]]),
    )
    ours = HeatGeodesics(fin).distances_from(7)
    assert np.abs(ours[:642] - on_sphere(shape, 7)).mean() < 0.04


def test_slivers_are_no_obstacle(square) -> None:
    shape = square(30)
    vertices = shape.vertices.copy()
    inner = np.flatnonzero((vertices[:, :2] % 1 != 0).all(axis=1))[::11]
    vertices[inner] = vertices[inner + 1] + [0, 1e-5, 0]
    bad = Shape(vertices, shape.faces)
    exact = np.linalg.norm(vertices - vertices[0], axis=1)
    assert np.abs(HeatGeodesics(bad).distances_from(0) - exact).max() < 0.08


def test_what_cannot_be_asked(blob, monkeypatch) -> None:
    solver = HeatGeodesics(blob)
    with pytest.raises(ParameterError, match="642"):
        solver.distances_from(642)
    with pytest.raises(ParameterError, match="at least one"):
        solver.distances_from([])
    with pytest.raises(ParameterError, match="all rows"):
        solver.matrix([1, 2], symmetric=True)
    monkeypatch.setattr(geodesics, "MATRIX_BYTES", 1000)
    with pytest.raises(ParameterError, match="GiB"):
        solver.matrix()


def test_cancelling_a_matrix(blob) -> None:
    looks = iter(range(99))
    with pytest.raises(Cancelled):
        HeatGeodesics(blob).matrix(progress=Progress(None, lambda: next(looks) > 2))


def test_heat_too_faint_to_square_still_points_the_way():
    """Fine meshes reach 1e-200 across the shape; a tiny smoothing does the same on a coarse one."""
    import trimesh

    mesh = trimesh.creation.icosphere(3)
    sphere = Shape(np.array(mesh.vertices), np.array(mesh.faces), "sphere")
    found = HeatGeodesics(sphere, smoothing=1e-10).distances_from(0)
    assert found.max() < 1.5 * np.pi


def test_another_piece_of_a_cloud_is_out_of_reach():
    from tests.shapes.conftest import icosphere

    ball = icosphere(3).vertices
    cloud = Shape(np.vstack([ball, ball + np.array([9, 0, 0]), ball[:1]]))  # with a point that is there twice
    distances = HeatGeodesics(cloud).distances_from(0)
    assert np.isinf(distances[642:1284]).all()
    assert np.isfinite(distances[:642]).all()
    assert distances[:642].max() == pytest.approx(np.pi, rel=0.05)
    assert distances[-1] == distances[0] == 0.0
