"""Correspondences from maps that are there: the way back, chains, and growing again."""

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.existing_maps import (
    chain_matches,
    match_from_functional_map,
    match_from_point_maps,
    refine_match,
)
from geomlearn.matching.options import ZoomOutOptions
from tests.matching.blobs import bent, blob


@pytest.fixture(scope="module")
def pair():
    a = blob(3)
    return a, bent(a, 0.08)


def test_the_way_back_of_a_bijection_is_its_inverse(pair):
    order = np.random.default_rng(0).permutation(642)
    b = pair[1]
    shuffled = type(b)(b.vertices[np.argsort(order)], order[b.faces], "shuffled")
    match = match_from_point_maps(pair[0], shuffled, order, k=40)
    assert (match.map_ba[order] == np.arange(642)).mean() > 0.99, "the image itself is nearest"
    assert match.scores.bijectivity.value < 0.1
    assert match.metadata["method"] == "given"


def test_the_functional_map_carries_functions_as_the_point_map_does(pair):
    same = np.arange(642)
    match = match_from_point_maps(*pair, same, same, k=40)
    smooth = match.basis_a.evecs[:, :8] @ np.random.default_rng(1).normal(size=8)
    carried = match.basis_b.evecs @ (match.fmap_ab @ match.basis_a.project(smooth))
    assert np.linalg.norm(carried - smooth) < 0.05 * np.linalg.norm(smooth)


def test_a_functional_map_gives_its_point_maps_back(pair):
    same = np.arange(642)
    larger = type(pair[1])(5 * pair[1].vertices, pair[1].faces, "larger")
    fmap_ab = match_from_point_maps(pair[0], larger, same, same, k=60).fmap_ab
    match = match_from_functional_map(pair[0], larger, fmap_ab)
    np.testing.assert_array_equal(match.fmap_ab, fmap_ab)
    for found in (match.map_ab, match.map_ba):
        assert np.linalg.norm(pair[1].vertices[found] - pair[1].vertices, axis=1).mean() < 0.05
    with pytest.raises(SizeMismatch, match="more modes"):
        match_from_functional_map(*pair, np.eye(700))


def test_a_functional_map_means_the_same_whatever_the_units(pair):
    same = np.arange(642)
    for factor in (1 / 7, 7.0):
        scaled = type(pair[0])(factor * pair[0].vertices, pair[0].faces, "scaled")
        fmap_ab = match_from_point_maps(pair[0], scaled, same, same, k=60).fmap_ab
        # Functions keep their values where a shape grows, and coefficients grow with its √area.
        np.testing.assert_allclose(np.abs(np.diag(fmap_ab)), factor, rtol=1e-3)
        np.testing.assert_array_equal(match_from_functional_map(pair[0], scaled, fmap_ab).map_ab, same)


def test_a_chain_there_and_back_is_the_identity(pair):
    shift = np.roll(np.arange(642), 7)
    back = np.argsort(shift)
    match = chain_matches(pair[0], pair[1], ((shift, back), (back, shift)), k=20)
    np.testing.assert_array_equal(match.map_ab, np.arange(642))
    np.testing.assert_array_equal(match.map_ba, np.arange(642))
    with pytest.raises(SizeMismatch, match="next begins on 5"):
        chain_matches(*pair, ((shift, back), (np.zeros(5, int), np.zeros(5, int))))


def test_growing_again_mends_noise(pair):
    a, b = pair
    near = np.argsort(np.linalg.norm(b.vertices[:, None] - b.vertices[None], axis=2), axis=1)[:, :12]
    rough = near[np.arange(642), np.random.default_rng(2).integers(0, 12, 642)]
    found = refine_match(a, b, rough, rough, ZoomOutOptions(k_end=60))

    def error(map_ab):
        return np.linalg.norm(b.vertices[map_ab] - b.vertices, axis=1).mean()

    assert error(found.value.map_ab) < 0.5 * error(rough)
    assert found.value.fmap_ab.shape == (60, 60)


def test_a_map_between_other_shapes_is_a_sentence(pair):
    with pytest.raises(SizeMismatch, match="does not lead from"):
        match_from_point_maps(*pair, np.full(642, 642), k=10)


def test_vertices_in_no_face_follow_the_nearest_one_whatever_made_the_map(one_thread):
    """What carries no area has no image of its own: `match`, `refine_match` and a matrix give it the same one."""
    from geomlearn.matching.existing_maps import match_from_functional_map, refine_match
    from geomlearn.matching.options import ZoomOutOptions
    from geomlearn.shapes.builtin import builtin

    body = builtin("biped-tall-stand", 600)
    strays = body.vertices[:40] * 1.01
    shape = body.replace(vertices=np.vstack([body.vertices, strays]), normals=None, colors=None)
    all_alike = np.arange(shape.n_vertices)
    all_alike[-40:] = 0  # what was given for them is no matter
    refined = refine_match(shape, shape, all_alike, all_alike, ZoomOutOptions(k_end=40)).value
    by_matrix = match_from_functional_map(shape, shape, refined.fmap_ab[:30, :30])
    from scipy.spatial import cKDTree

    nearest = cKDTree(body.vertices).query(strays)[1]
    for match in (refined, by_matrix):
        np.testing.assert_array_equal(match.map_ab[-40:], match.map_ab[nearest])
        assert match.map_ab.max() < body.n_vertices
