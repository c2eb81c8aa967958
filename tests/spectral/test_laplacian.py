"""Properties 1 and 2 of the functional-map card for the operators, the choice of kind, and every guard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.laplacian import build_laplacian

FAN = Shape(
    np.array([[0.0, 0, 0], [0, 0, 1], [1, 0, 0.5], [-1, 0.2, 0.5], [0, 1, 0.5]]),
    np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]]),
    "three faces on one edge",
)


def off_diagonal(stiffness) -> np.ndarray:
    coo = stiffness.tocoo()
    return coo.data[coo.row != coo.col]


@pytest.mark.parametrize("kind", ["cotan", "robust", "cloud"])
def test_rows_sum_to_zero_and_energy_is_never_negative(blob, kind) -> None:
    laplacian = build_laplacian(blob, kind)
    assert laplacian.kind == kind
    assert repr(laplacian) == f"Laplacian ({kind}) of {blob.n_vertices} vertices, area {laplacian.mass.sum():.4g}"
    assert np.abs(laplacian.stiffness.sum(axis=1)).max() < 1e-12
    assert abs(laplacian.stiffness - laplacian.stiffness.T).max() == 0
    assert np.linalg.eigvalsh(laplacian.stiffness.toarray()).min() > -1e-12
    assert (laplacian.mass > 0).all()


@pytest.mark.parametrize("kind", ["cotan", "robust"])
def test_masses_sum_to_the_area(blob, kind) -> None:
    assert abs(build_laplacian(blob, kind).mass.sum() / blob.area - 1) < 1e-12


def test_masses_of_a_cloud_sum_to_nearly_the_area(sphere) -> None:
    cloud = Shape(sphere(4).vertices)
    assert abs(build_laplacian(cloud).mass.sum() / (4 * np.pi) - 1) < 0.01


def test_robust_equals_cotan_on_a_delaunay_mesh(sphere) -> None:
    cotan, robust = (build_laplacian(sphere(3), kind) for kind in ("cotan", "robust"))
    assert abs(cotan.stiffness - robust.stiffness).max() < 1e-6
    np.testing.assert_allclose(cotan.mass, robust.mass, rtol=1e-6)


def test_robust_weights_are_never_negative_where_cotan_weights_are(square) -> None:
    """Ablation: without the intrinsic flips the weights of a stretched mesh violate the maximum principle."""
    flat = square(8)
    stretched = Shape(flat.vertices @ np.array([[1.0, 0.9, 0], [0, 0.1, 0], [0, 0, 1]]), flat.faces)
    assert off_diagonal(build_laplacian(stretched, "cotan").stiffness).max() > 0.1
    assert off_diagonal(build_laplacian(stretched, "robust").stiffness).max() < 1e-9


def test_robust_takes_an_edge_with_three_faces() -> None:
    laplacian = build_laplacian(FAN, "robust")
    assert off_diagonal(laplacian.stiffness).max() < 1e-9
    assert np.linalg.eigvalsh(laplacian.stiffness.toarray())[1] > 1e-3


def test_auto_chooses_by_quality(sphere, square) -> None:
    assert build_laplacian(sphere(2)).kind == "cotan"
    assert build_laplacian(square(4)).kind == "cotan"
    assert build_laplacian(FAN).kind == "robust"
    assert build_laplacian(Shape(sphere(2).vertices)).kind == "cloud"
    needle = square(4).vertices.copy()
    needle[12] = needle[7] + [1e-4, 0, 0]
    assert build_laplacian(Shape(needle, square(4).faces)).kind == "robust"
    sheared = square(4).vertices @ np.array([[1.0, 1.5, 0], [0, 1.0, 0], [0, 0, 1]])
    assert build_laplacian(Shape(sheared, square(4).faces)).kind == "robust"


@pytest.mark.parametrize("kind", ["cotan", "robust"])
def test_a_vertex_in_no_face_has_no_mass_and_is_reported(sphere, kind) -> None:
    stray = Shape(np.vstack([sphere(1).vertices, [[9.0, 9, 9]]]), sphere(1).faces)
    laplacian = build_laplacian(stray, kind)
    assert laplacian.mass[-1] == 0
    assert laplacian.stiffness[[-1]].count_nonzero() == 0
    assert "belong to no face" in laplacian.notes[0]


def test_a_vertex_of_faces_without_area_weighs_next_to_nothing() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0.5, 0, 0]])
    laplacian = build_laplacian(Shape(vertices, np.array([[0, 1, 2], [0, 1, 3]])), "cotan")
    assert 0 < laplacian.mass[3] < 1e-6
    assert "without area" in laplacian.notes[0]


def test_coincident_points_share_mass_and_value(sphere) -> None:
    points = sphere(2).vertices
    doubled = build_laplacian(Shape(np.vstack([points, points[:10], points[:3]])))
    once = build_laplacian(Shape(points))
    np.testing.assert_array_equal(doubled.twin_of[162:], [*range(10), *range(3)])
    np.testing.assert_allclose(doubled.mass[[0, 162, 172]], once.mass[0] / 3, rtol=1e-3)
    values = np.random.default_rng(0).standard_normal(162)
    spread = values[doubled.twin_of]
    energy = spread @ doubled.stiffness @ spread
    assert abs(energy / (values @ once.stiffness @ values) - 1) < 1e-3
    assert "coincide" in doubled.notes[0]


def test_an_exact_grid_of_points_is_no_obstacle(square) -> None:
    """Without breaking the ties the area of the cells counts by a third too much."""
    laplacian = build_laplacian(Shape(square(12).vertices))
    assert abs(laplacian.mass.sum() - 1) < 0.03
    assert "grid" in laplacian.notes[0]


@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_stiffness_ignores_scale_and_rotation_and_mass_scales_as_area(blob, scale, seed) -> None:
    rotation = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]
    moved = Shape(scale * blob.vertices @ rotation.T + scale, blob.faces)
    before, after = build_laplacian(blob, "cotan"), build_laplacian(moved, "cotan")
    assert abs(before.stiffness - after.stiffness).max() < 1e-9
    np.testing.assert_allclose(after.mass, scale**2 * before.mass, rtol=1e-9)


@pytest.mark.parametrize(
    ("shape", "kind", "error", "word"),
    [
        (FAN, "tufted", ParameterError, "tufted"),
        (Shape(FAN.vertices), "cotan", ParameterError, "cloud"),
        (Shape(FAN.vertices), "robust", ParameterError, "cloud"),
        (Shape(FAN.vertices * [1, 0, 0], FAN.faces), "cotan", MeshError, "no area"),
        (Shape(np.zeros((5, 3))), "auto", MeshError, "distinct"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(shape, kind, error, word) -> None:
    with pytest.raises(error, match=word):
        build_laplacian(shape, kind)


def test_points_on_a_line_span_no_surface() -> None:
    line = np.column_stack([np.linspace(0, 1, 40), np.zeros(40), np.zeros(40)])
    with pytest.raises(MeshError):
        build_laplacian(Shape(line))
