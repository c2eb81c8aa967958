"""The coarser mesh that is drawn: on the vertices of the original, near it, and never part of a computation."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model import results
from geomlearn.app.model.files.codec import decode, encode
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import viewed
from geomlearn.app.model.view.coarse import coarsened
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.shape import Shape


@pytest.fixture(scope="module")
def fine():
    return icosphere(30)


def test_about_as_many_faces_as_asked_near_the_original(fine):
    coarse = coarsened(fine.vertices, fine.faces, 2000)
    assert 1000 < len(coarse.faces) < 4000
    drawn = Shape(fine.vertices[coarse.vertices], coarse.faces)
    assert np.allclose(np.linalg.norm(drawn.vertices, axis=1), 1.0), "its vertices are vertices of the original"
    assert drawn.area == pytest.approx(fine.area, rel=0.02)
    assert (np.diff(coarse.vertices) > 0).all()


def test_faces_have_three_corners_and_come_once(fine):
    faces = coarsened(fine.vertices, fine.faces, 500).faces
    assert (np.sort(faces, axis=1)[:, 1:] != np.sort(faces, axis=1)[:, :-1]).all()
    assert len(np.unique(np.sort(faces, axis=1), axis=0)) == len(faces)


def test_what_is_coarse_already_stays_as_it_is():
    small = icosphere(2)
    coarse = coarsened(small.vertices, small.faces, 10**6)
    assert np.array_equal(coarse.vertices, np.arange(small.n_vertices))
    assert {tuple(sorted(f)) for f in coarse.faces} == {tuple(sorted(f)) for f in small.faces}


def test_only_very_fine_shapes_get_one_and_it_can_be_turned_off(fine, monkeypatch):
    item = ShapeItem(label="s", shape=fine)
    assert viewed(item).coarse is None and viewed(item).drawn_shape is fine
    monkeypatch.setattr(results, "FROM_FACES", 1000)
    monkeypatch.setattr(results, "coarsened", lambda v, f: coarsened(v, f, 900))
    seen = viewed(item)
    assert seen.shape is fine and seen.drawn_shape.n_faces < 2000 < fine.n_faces
    assert len(seen.drawn_indices) == len(seen.drawn_normals) == seen.drawn_shape.n_vertices
    whole = seen.replace(simplified=False)
    assert whole.drawn_shape is fine and len(whole.drawn_indices) == fine.n_vertices


def test_a_session_keeps_it(fine):
    item = ShapeItem(label="s", shape=fine, coarse=coarsened(fine.vertices, fine.faces, 900), leaning=0.3, cut="x")
    arrays = {}
    back = decode(encode(item, arrays), arrays)
    assert np.array_equal(back.coarse.faces, item.coarse.faces) and (back.leaning, back.cut) == (0.3, "x")
