"""A part laid on the whole it was cut from: found in any place, either order, with a clear word when it cannot be."""

import numpy as np
import pytest

from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.matching.evaluation import Truth, evaluate_map
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.registration.body import Target
from geomlearn.matching.registration.match_part import match_part
from geomlearn.matching.scores import map_scores
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import blob, rotation

OPTIONS = MatchOptions(method="registration")
NAMES = ("quadruped-cat-stand", "quadruped-cat-walk")


@pytest.fixture(scope="module")
def cut() -> tuple[Shape, Shape, np.ndarray]:
    """The front of a cat, the whole cat in another pose, and where its vertices are there."""
    whole = builtin(NAMES[1], 1500, seed=1)
    a = builtin(NAMES[0], 1500, seed=0)
    truth = ground_truth(*NAMES, n_vertices_a=1500, n_vertices_b=1500, seed_b=1)
    along = a.vertices[:, np.argmax(np.ptp(a.vertices, axis=0))]
    kept = np.flatnonzero(along > np.quantile(along, 0.4))
    place = np.full(a.n_vertices, -1)
    place[kept] = np.arange(len(kept))
    faces = place[a.faces]
    return Shape(a.vertices[kept], faces[(faces >= 0).all(axis=1)], "front"), whole, truth[kept]


def error(map_ab: np.ndarray, whole: Shape, truth: np.ndarray) -> float:
    return evaluate_map(map_ab, Truth(np.arange(len(truth)), truth), whole, max_points=150).mean_error


def test_a_part_finds_its_place_where_descriptors_do_not(cut):
    part, whole, truth = cut
    result = match_shapes(part, whole, OPTIONS)
    assert "may be no part" not in result.sentence
    found = result.value
    assert error(found.map_ab, whole, truth) < 3
    plain = match_shapes(
        part, whole, MatchOptions(method="bijective-zoomout", k_end=60, k_descriptors=60, n_candidates=2)
    ).value
    assert error(plain.map_ab, whole, truth) > 15
    # Where the part is, the way back leads back.
    there = part.vertices[found.map_ba[found.map_ab]]
    assert np.linalg.norm(there - part.vertices, axis=1).mean() < 0.03 * np.ptp(part.vertices)


def test_no_more_modes_are_computed_than_matrix_and_scores_need(cut):
    part, whole, _ = cut
    result = match_shapes(part, whole, OPTIONS)
    assert not any("modes" in note for note in result.stats["notes"]), "they do not limit registration"
    found = result.value
    assert found.basis_a.k == found.basis_b.k == 40
    assert found.fmap_ab.shape == found.fmap_ba.shape == (30, 30)
    assert "k_end" not in found.metadata["parameters"]
    larger = [eigenbasis(shape, EigenbasisOptions(k=60)) for shape in (part, whole)]
    scores = map_scores(part, whole, found.map_ab, found.map_ba, *larger)
    # Up to what the solver leaves of the modes.
    np.testing.assert_allclose(*([one.value for one in of] for of in (scores, found.scores)), rtol=1e-6)
    expected = functional_map_of(
        found.map_ba, *(basis.evecs[:, :30] for basis in (found.basis_a, found.basis_b)), found.basis_b.mass
    )
    np.testing.assert_allclose(found.fmap_ab, expected, atol=1e-8)


def test_a_limb_bent_far_is_followed_by_ways_along_the_surface(monkeypatch):
    names = ("biped-average-kick", "biped-average-stand")
    part, whole = builtin(names[0], 1500), builtin(names[1], 1500, seed=1)
    truth = ground_truth(*names, n_vertices_a=1500, n_vertices_b=1500, seed_b=1)
    known = np.stack([np.arange(0, 1500, 50), truth[::50]], axis=1)
    found = match_shapes(part, whole, OPTIONS, landmarks=known).value.map_ab
    assert error(found, whole, truth) < 4
    monkeypatch.setattr(Target, "by_ways", lambda self, *_: self.by_place)
    found = match_shapes(part, whole, OPTIONS, landmarks=known).value.map_ab
    assert error(found, whole, truth) > 8


def test_what_is_no_part_is_told():
    torus, ball = builtin("torus", 1000), builtin("sphere", 1000)
    ball = ball.replace(vertices=ball.vertices * np.sqrt(torus.area / ball.area / 2))
    found = match_shapes(ball, torus, OPTIONS)
    assert "sphere may be no part of torus" in found.sentence
    assert any("may be no part" in note for note in found.stats["notes"])


def test_turned_moved_and_in_the_other_order(cut):
    part, whole, truth = cut
    turned = part.replace(vertices=part.vertices @ rotation(5).T + [3.0, -2.0, 1.0])
    found = match_shapes(whole, turned, OPTIONS)
    assert error(found.value.map_ba, whole, truth) < 3
    assert "front was laid on" in found.sentence
    known = np.stack([truth[::200], np.arange(len(truth))[::200]], axis=1)
    assert error(match_shapes(whole, turned, OPTIONS, landmarks=known).value.map_ba, whole, truth) < 3


def test_points_alone_and_the_same_again(cut):
    part, whole, truth = cut
    cloud = Shape(part.vertices, name="cloud")
    first, again = (match_shapes(cloud, whole, OPTIONS).value.map_ab for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert error(first, whole, truth) < 8


def test_cancelling_hands_over_what_there_is(cut):
    part, whole, _ = cut
    seen = []
    progress = Progress(lambda fraction, note: seen.append(note), lambda: any("stiffness 0.1" in note for note in seen))
    found = match_shapes(part, whole, OPTIONS, progress=progress)
    assert found.status is Status.CANCELLED
    assert len(found.value.map_ab) == part.n_vertices
    assert not any("stiffness 0.003" in note for note in seen)


@pytest.mark.parametrize("factor", [1e-3, 39.37])
def test_other_units_are_found_and_told(cut, factor):
    part, whole, truth = cut
    found = match_shapes(part.replace(vertices=part.vertices / factor), whole, OPTIONS)
    assert f"Units differ: front was multiplied by {factor:.4g}" in found.sentence
    assert error(found.value.map_ab, whole, truth) < 3


def test_vertices_without_a_partner_are_told_and_written_as_minus_one(tmp_path):
    """From the whole to its part: what was cut away has no partner, what was kept has."""
    from geomlearn.matching.io.maps import read_map, write_map

    whole = blob(3)
    kept = whole.vertices[whole.faces].mean(axis=1)[:, 0] > 0.1
    used, compact = np.unique(whole.faces[kept], return_inverse=True)
    part = Shape(whole.vertices[used], compact.reshape(-1, 3), "part")
    found = match_part(whole, part).value
    truly = np.isin(np.arange(whole.n_vertices), used)
    assert (found.partner_ab == truly).mean() > 0.9
    assert found.partner_ba.all()
    assert (found.partial_ab[~found.partner_ab] == -1).all()
    with np.load(write_map(tmp_path / "m.npz", found.partial_ab, index_base=1)) as arrays:
        np.testing.assert_array_equal(arrays["has_image"], found.partner_ab)
    for base in (0, 1):
        path = write_map(tmp_path / f"m{base}.txt", found.partial_ab, index_base=base)
        back = read_map(path, n_source=whole.n_vertices, n_target=part.n_vertices, unmatched=True).map_ab
        np.testing.assert_array_equal(back, found.partial_ab)


def test_of_two_parts_the_overlap_has_partners():
    """Both are cut: what either lacks is -1, whatever side it is asked from."""
    whole = builtin(NAMES[0], 1200)
    along = whole.vertices[:, np.argmax(np.ptp(whole.vertices, axis=0))][whole.faces].mean(axis=1)
    pieces, used = [], []
    for kept in (along > np.quantile(along, 0.25), along < np.quantile(along, 0.75)):
        rows, compact = np.unique(whole.faces[kept], return_inverse=True)
        used.append(rows)
        pieces.append(Shape(whole.vertices[rows], compact.reshape(-1, 3), "piece"))
    found = match_part(*pieces).value
    for partner, mine, other in ((found.partner_ab, *used), (found.partner_ba, *used[::-1])):
        assert (partner == np.isin(mine, other)).mean() > 0.9
