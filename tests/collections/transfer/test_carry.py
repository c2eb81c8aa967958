"""Values carried both ways: exact along true maps, filled where nothing lands, smooth or inside faces where asked."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.transfer.carry import Road, carry, carry_labels, carry_landmarks
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.builtin import icosphere


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


@pytest.fixture(scope="module")
def copies():
    """A sphere, the same in another order, and the true map from the first to the second."""
    ball = icosphere(8)
    order = np.random.default_rng(0).permutation(ball.n_vertices)
    place = np.argsort(order)
    other = ball.replace(vertices=ball.vertices[order], faces=place[ball.faces])
    return ball, other, place


@pytest.fixture(scope="module")
def coarse_and_fine():
    """Two spheres of 162 and 642 vertices, and the nearest coarse vertex of each fine one."""
    coarse, fine = icosphere(4), icosphere(8)
    nearest = ((fine.vertices[:, None] - coarse.vertices) ** 2).sum(axis=2).argmin(axis=1)
    return coarse, fine, nearest


def test_along_a_true_map_both_ways_are_exact(copies):
    ball, other, place = copies
    values = ball.vertices[:, 0]
    pushed = carry(values, Road(ball, other, ahead=place))
    np.testing.assert_allclose(pushed.values, other.vertices[:, 0], atol=1e-12)
    assert pushed.n_filled == 0
    pulled = carry(pushed.values, Road(other, ball, back=place))
    np.testing.assert_allclose(pulled.values, values, atol=1e-12)


def test_pulling_constants_and_columns(copies):
    ball, other, place = copies
    road = Road(other, ball, back=place)
    for way in ("nearest", "linear", "barycentric"):
        np.testing.assert_allclose(carry(np.ones((ball.n_vertices, 2)), road, way).values, 1, atol=1e-8)


def test_what_nothing_reaches_is_filled_from_the_nearest_and_counted(coarse_and_fine):
    coarse, fine, _ = coarse_and_fine
    ahead = ((coarse.vertices[:, None] - fine.vertices) ** 2).sum(axis=2).argmin(axis=1)
    carried = carry_labels(np.arange(coarse.n_vertices), Road(coarse, fine, ahead=ahead))
    assert carried.n_filled == fine.n_vertices - coarse.n_vertices
    distance = np.linalg.norm(fine.vertices - coarse.vertices[carried.values], axis=1)
    # An edge of the coarse sphere is 0.3 or so: nothing comes from farther than the next vertex.
    assert distance.max() < 0.35


def test_several_that_land_on_one_vertex_are_averaged_by_area_and_vote(coarse_and_fine):
    coarse, fine, nearest = coarse_and_fine
    road = Road(fine, coarse, ahead=nearest)
    mean = carry(fine.vertices[:, 2], road).values
    assert np.abs(mean - coarse.vertices[:, 2]).max() < 0.1
    labels = (fine.vertices[:, 2] > 0).astype(int)
    voted = carry_labels(labels, road)
    sure = voted.confidence == 1
    assert 0 < (~sure).sum() < 60
    np.testing.assert_array_equal(voted.values[sure], labels[ahead_of(coarse, fine)][sure])
    assert voted.confidence.min() >= 0.5


def ahead_of(coarse, fine):
    """The fine vertex at each coarse one."""
    return ((coarse.vertices[:, None] - fine.vertices) ** 2).sum(axis=2).argmin(axis=1)


def test_pulled_labels_are_those_of_the_images_and_unsure_at_borders(copies):
    ball, other, place = copies
    labels = 5 + 2 * (other.vertices[:, 2] > 0.1)
    carried = carry_labels(labels, Road(other, ball, back=place))
    np.testing.assert_array_equal(carried.values, labels[place])
    border = carried.confidence < 1
    assert np.abs(ball.vertices[border, 2] - 0.1).max() < 0.2
    assert 0.02 < border.mean() < 0.3


def test_finer_ways_are_nearer_to_the_truth_than_the_nearest_vertex(coarse_and_fine):
    coarse, fine, nearest = coarse_and_fine
    truth = fine.vertices[:, 0]
    road = Road(coarse, fine, back=nearest, k=36)
    errors = {
        way: np.abs(carry(coarse.vertices[:, 0], road, way).values - truth).mean()
        for way in ("nearest", "linear", "barycentric")
    }
    # 0.31 and less here; chords lie below the sphere, which limits what is inside faces.
    assert errors["barycentric"] < 0.4 * errors["nearest"]
    assert errors["linear"] < 0.4 * errors["nearest"]


def test_the_linear_way_needs_only_the_map_ahead(coarse_and_fine):
    coarse, fine, nearest = coarse_and_fine
    pushed = carry(fine.vertices[:, 1], Road(fine, coarse, ahead=nearest, k=36), "linear").values
    assert np.abs(pushed - coarse.vertices[:, 1]).max() < 0.06


def test_landmarks_go_to_their_images_or_to_what_lands_nearest(copies):
    ball, other, place = copies
    some = np.array([3, 100, 641])
    np.testing.assert_array_equal(carry_landmarks(some, Road(ball, other, ahead=place)).values, place[some])
    np.testing.assert_array_equal(carry_landmarks(place[some], Road(other, ball, back=place)).values, some)


def test_what_does_not_fit_is_a_sentence(copies):
    ball, other, place = copies
    with pytest.raises(SizeMismatch, match="Check its direction"):
        Road(ball, icosphere(2), ahead=place)
    with pytest.raises(ParameterError, match="There is no map"):
        Road(ball, other)
    with pytest.raises(SizeMismatch, match="10 values for the 642 vertices"):
        carry(np.zeros(10), Road(ball, other, ahead=place))
    with pytest.raises(ParameterError, match="barycentric way needs a map"):
        carry(np.zeros(642), Road(ball, other, ahead=place), "barycentric")
    with pytest.raises(SizeMismatch, match="Landmark 700 is no vertex"):
        carry_landmarks(np.array([700]), Road(ball, other, ahead=place))


def test_what_has_no_partner_has_no_value(copies):
    """Maps of parts hold -1: NaN for numbers, -1 for labels, and nothing is filled there."""
    ball, other, place = copies
    back = np.argsort(place)
    back[:50] = -1
    road = Road(ball, other, back=back)
    found = carry(ball.vertices, road)
    assert np.isnan(found.values[:50]).all() and found.n_filled == 0
    np.testing.assert_allclose(found.values[50:], other.vertices[50:], atol=1e-12)
    labels = carry_labels((ball.vertices[:, 2] > 0).astype(int), road)
    assert (labels.values[:50] == -1).all() and (labels.confidence[:50] == 0).all()
    assert set(labels.values[50:]) == {0, 1}
    with pytest.raises(ParameterError, match="a partner for every vertex"):
        carry(ball.vertices, road, "linear")
