"""Repair mends what it promises, keeps everything else, and does nothing twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.checks import check, repair
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.repair import duplicate_faces
from geomlearn.shapes.shape import Shape


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=25), st.integers(0, 99))
def test_repair_is_complete_and_idempotent_on_any_mesh(faces, seed):
    points = np.random.default_rng(seed).integers(0, 3, (7, 3)).astype(float)
    shape = Shape(points, np.array(faces))
    try:
        mended = repair(shape)
    except MeshError:
        assert not check(shape).usable
        return
    assert [f.kind for f in check(mended.shape).findings if f.repairable] == []
    assert repair(mended.shape).actions == ()
    np.testing.assert_array_equal(mended.shape.vertices, points[mended.vertex_origin])


def test_fields_can_follow_by_the_origin(sphere):
    colors = np.random.default_rng(1).random((43, 3))
    shape = sphere.replace(vertices=np.vstack([[[9, 9, 9]], sphere.vertices]), faces=sphere.faces + 1, colors=colors)
    mended = repair(shape)
    assert mended.vertex_origin.tolist() == list(range(1, 43))
    np.testing.assert_array_equal(mended.shape.colors, colors[1:])
    assert mended.actions == ("Removed 1 vertex of no face.",)


def test_a_good_shape_stays_as_it_is(sphere):
    mended = repair(sphere)
    assert mended.actions == ()
    assert mended.shape.content_hash == sphere.content_hash


def test_tolerance_welds_what_exact_comparison_leaves(sphere):
    noise = np.random.default_rng(2).normal(scale=1e-9, size=(240, 3))
    soup = Shape(sphere.vertices[sphere.faces].reshape(-1, 3) + noise, np.arange(240).reshape(-1, 3))
    assert repair(soup).shape.n_vertices == 240
    assert repair(soup, weld_tolerance_rel=1e-6).shape.n_vertices == 42
    with pytest.raises(ParameterError):
        repair(soup, weld_tolerance_rel=-1)


def test_the_largest_piece_is_kept_only_when_asked(sphere):
    small = np.vstack([sphere.vertices, sphere.vertices * 0.1 + 5])
    two = Shape(small, np.vstack([sphere.faces, sphere.faces + 42]))
    assert repair(two).shape.n_faces == 160
    mended = repair(two, largest_only=True)
    assert mended.shape.n_faces == 80
    assert mended.actions == ("Removed 80 faces of smaller pieces.", "Removed 42 vertices of no face.")


def test_nothing_left_is_an_error():
    with pytest.raises(MeshError, match="No face of shape has an area"):
        repair(Shape(np.zeros((3, 3)), np.array([[0, 1, 2]])))


def test_points_are_welded_too():
    mended = repair(Shape(np.array([[0.0, 0, 0], [0, 0, 0], [1, 0, 0]])))
    assert mended.vertex_origin.tolist() == [0, 2]


def test_duplicate_faces_are_the_later_ones_in_any_order():
    faces = np.array([[0, 1, 2], [3, 1, 2], [2, 1, 0], [1, 2, 0]])
    assert duplicate_faces(faces).tolist() == [False, False, True, True]


def test_real_broken_files_are_mended(shared_data):
    for path in sorted((shared_data / "meshes/broken").iterdir()):
        if path.suffix.lower() in (".obj", ".off", ".ply", ".stl"):
            mended = repair(read_shape(path))
            assert not check(mended.shape).repairable, path.name
            assert repair(mended.shape).actions == (), path.name
