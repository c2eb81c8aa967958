"""The whole way: rigid and bent copies, flips, clouds, resolutions, bad shapes, landmarks, cancelling."""

from dataclasses import replace

import numpy as np
import pytest

from geomlearn.core.errors import Cancelled, ParameterError, SizeMismatch
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.matching import prepared
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.scores import TORN, map_scores
from geomlearn.shapes.shape import Shape
from tests.matching.blobs import bent, blob, mean_error, mirrored_index, permuted, rotation

SMALL = MatchOptions(method="bijective-zoomout", k_end=60, k_descriptors=80, n_candidates=3)


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


def as_cloud(shape):
    return shape.replace(faces=np.zeros((0, 3), int))


@pytest.mark.parametrize("method", ["bijective-zoomout", "zoomout", "none"])
def test_a_moved_scaled_renumbered_copy_is_matched_exactly(method):
    a = blob(3)
    b, truth = permuted(a.replace(vertices=30 * a.vertices @ rotation(1).T + 5), seed=4)
    found = match_shapes(a, b, SMALL.replace(method=method))
    np.testing.assert_array_equal(found.value.map_ab, truth)
    np.testing.assert_array_equal(found.value.map_ba, np.argsort(truth))


def test_a_bent_copy_is_matched_within_the_spacing_of_vertices(bent_pair):
    found = match_shapes(bent_pair.a, bent_pair.b, SMALL)
    assert mean_error(found.value.map_ab, bent_pair.truth, bent_pair.b) < 2
    assert found.value.metadata["direction"] == "source to target"
    assert found.value.metadata["n_source"] == 642
    solved = [candidate for candidate in found.stats["candidates"] if candidate["regrown_from"] == 0]
    assert len(solved) == 3


def test_the_verdict_never_says_good_beside_a_torn_map(monkeypatch):
    a = blob(3)
    b, _ = permuted(a.replace(vertices=a.vertices @ rotation(1).T), seed=4)
    options = SMALL.replace(method="none")
    assert match_shapes(a, b, options).value.verdict.word == "good"

    def torn(*given):
        scores = map_scores(*given)
        return replace(scores, dirichlet_energy=replace(scores.dirichlet_energy, value=float(TORN)))

    monkeypatch.setattr(prepared, "map_scores", torn)
    found = match_shapes(a, b, options)
    assert found.value.verdict.word == "doubtful"
    assert "the map is torn" in found.value.verdict.sentence
    assert found.status is not Status.CONVERGED


def test_matrices_belong_to_maps_and_bases_in_the_units_of_the_shapes(bent_pair):
    b = bent_pair.b.replace(vertices=7 * bent_pair.b.vertices)
    value = match_shapes(bent_pair.a, b, SMALL.replace(method="zoomout", n_candidates=1)).value
    k = len(value.fmap_ab)
    expected = functional_map_of(
        value.map_ba, value.basis_a.evecs[:, :k], value.basis_b.evecs[:, :k], value.basis_b.mass
    )
    np.testing.assert_allclose(value.fmap_ab, expected, atol=1e-8)
    coordinates = value.basis_a.project(bent_pair.a.vertices)[:k]
    carried = value.basis_b.evecs[:, :k] @ (value.fmap_ab @ coordinates)
    assert np.corrcoef(carried[:, 0], bent_pair.a.vertices[value.map_ba, 0])[0, 1] > 0.99


def test_without_the_orientation_term_more_maps_are_mirrored():
    """Ablation: symmetric shapes, whose descriptors cannot tell left from right."""
    flips = {0.0: 0, 1.0: 0}
    for seed in range(6):
        a = blob(3, symmetric=True, seed=seed)
        b, truth = permuted(bent(a, 0.15), seed=seed)
        mirror = truth[mirrored_index(a)]
        for weight in flips:
            options = SMALL.replace(n_candidates=1, w_orientation=weight)
            found = match_shapes(a, b, options).value.map_ab
            flips[weight] += mean_error(found, mirror, b) < mean_error(found, truth, b)
    assert flips[1.0] == 0
    assert flips[0.0] >= 2


def test_a_reversed_orientation_finds_the_mirrored_map():
    a = blob(3, symmetric=True)
    b, truth = permuted(bent(a), seed=0)
    found = match_shapes(a, b, SMALL.replace(orientation="reversed")).value
    assert mean_error(found.map_ab, truth[mirrored_index(a)], b) < 2
    assert found.scores.orientation_flips.value > 0.8


def test_the_sign_of_the_modes_does_not_matter(bent_pair, monkeypatch):
    from geomlearn.matching import match as module

    plain = match_shapes(bent_pair.a, bent_pair.b, SMALL).value.map_ab
    original = module.eigenbasis
    generator = np.random.default_rng(0)

    def flipped(*arguments, **options):
        basis = original(*arguments, **options)
        return type(basis)(basis.evals, basis.evecs * generator.choice([-1, 1], basis.k), basis.mass)

    monkeypatch.setattr(module, "eigenbasis", flipped)
    again = match_shapes(bent_pair.a, bent_pair.b, SMALL).value.map_ab
    assert (plain == again).mean() > 0.98


@pytest.mark.parametrize(("kind_a", "kind_b"), [("mesh", "cloud"), ("cloud", "cloud")])
def test_clouds_are_matched(kind_a, kind_b):
    a = blob(3, symmetric=True)
    b, truth = permuted(bent(a), seed=0)
    shapes = [as_cloud(shape) if kind == "cloud" else shape for shape, kind in ((a, kind_a), (b, kind_b))]
    found = match_shapes(*shapes, SMALL)
    assert mean_error(found.value.map_ab, truth, b) < 6


def test_different_resolutions_are_matched():
    fine, coarse = blob(4), blob(2)
    b = bent(fine)
    found = match_shapes(coarse, b, SMALL)
    nearest = np.array([np.linalg.norm(fine.vertices - vertex, axis=1).argmin() for vertex in coarse.vertices])
    assert mean_error(found.value.map_ab, nearest, b) < 8
    assert found.value.map_ba.shape == (fine.n_vertices,)
    assert "a sixth of them" in found.sentence


def test_landmarks_tell_left_from_right_without_the_orientation_term():
    a = blob(3, symmetric=True, seed=1)
    b, truth = permuted(bent(a, 0.15), seed=1)
    picked = np.random.default_rng(0).choice(642, 4, replace=False)
    options = SMALL.replace(w_orientation=0)
    found = match_shapes(a, b, options, landmarks=np.stack([picked, truth[picked]], axis=1)).value.map_ab
    assert mean_error(found, truth, b) < 4


@pytest.mark.parametrize("fault", ["duplicates", "fin", "hole", "stray", "pieces"])
def test_imperfect_meshes_are_matched(fault):
    """Property 11."""
    a, whole = blob(3), bent(blob(3))
    vertices, faces = whole.vertices, whole.faces
    if fault == "duplicates":
        vertices = np.concatenate([vertices, vertices[:5]])
        faces = np.where((np.arange(len(faces)) < 3)[:, None] & (faces < 5), faces + len(whole.vertices), faces)
    elif fault == "fin":
        tip = vertices[faces[0, 0]] * 1.05
        vertices = np.concatenate([vertices, [tip]])
        faces = np.concatenate([faces, [[faces[0, 0], faces[0, 1], len(vertices) - 1]]])
    elif fault == "hole":
        faces = faces[20:]
    elif fault == "stray":
        vertices = np.concatenate([vertices, vertices[:1] + 1e-3])
    else:
        crumb = blob(1)
        faces = np.concatenate([faces, crumb.faces + len(vertices)])
        vertices = np.concatenate([vertices, 0.05 * crumb.vertices + 3])
    b = Shape(vertices, faces, fault)
    found = match_shapes(a, b, SMALL).value
    assert found.map_ab.shape == (642,)
    assert found.map_ba.shape == (len(vertices),)
    # A separate piece bends the low modes; the others must hardly be noticed.
    limit = 40 if fault == "pieces" else 4
    assert mean_error(found.map_ab, np.arange(642), b) < limit


@pytest.mark.parametrize(("shift", "told"), [(0.3, True), (-9.0, False)])
def test_a_part_that_does_not_match_the_whole_is_suspected(monkeypatch, shift, told):
    from geomlearn.matching.strategies import single as module

    monkeypatch.setattr(module, "DISORDERED", 0.0)
    whole = blob(3)
    kept = whole.vertices[whole.faces].mean(axis=1)[:, 0] > shift
    used, compact = np.unique(whole.faces[kept], return_inverse=True)
    part = Shape(whole.vertices[used], compact.reshape(-1, 3), "part")
    found = match_shapes(part, whole, SMALL.replace(k_end=30))
    assert ("part has long open rims and blob-0 has not" in found.sentence) == told
    assert "contradict each other" in found.sentence


def test_too_many_modes_end_in_a_sentence_or_are_lowered():
    with pytest.raises(ParameterError, match="k_solve = 50 modes exceed the 42 vertices of blob-0"):
        match_shapes(blob(1), blob(3), MatchOptions(method="bijective-zoomout", k_solve=50))
    found = match_shapes(blob(1), blob(3), MatchOptions(method="bijective-zoomout", k_end=300))
    assert len(found.value.fmap_ab) <= 7
    assert "blob-0 has only 42 vertices: the map stops at 7 modes" in found.sentence


@pytest.mark.parametrize("landmarks", [[[0, 642]], [[-1, 0]]])
def test_landmarks_that_are_not_there_are_named(landmarks):
    with pytest.raises(SizeMismatch, match="is no vertex of blob-0"):
        match_shapes(blob(3), blob(3), SMALL, landmarks=np.array(landmarks))


def test_landmarks_of_a_wrong_shape_are_refused():
    with pytest.raises(SizeMismatch, match=r"\(l, 2\) integers"):
        match_shapes(blob(3), blob(3), SMALL, landmarks=np.zeros((2, 3), int))


def test_cancelling_hands_over_the_best_so_far(bent_pair):
    notes = []
    progress = Progress(lambda fraction, note: notes.append(note), lambda: "70 modes" in notes)
    found = match_shapes(bent_pair.a, bent_pair.b, SMALL.replace(k_end=90, n_candidates=1), progress=progress)
    assert found.status is Status.CANCELLED
    assert found.value.map_ab.shape == (642,)


def test_cancelling_at_the_start_raises(bent_pair):
    with pytest.raises(Cancelled):
        match_shapes(bent_pair.a, bent_pair.b, SMALL, progress=Progress(is_cancelled=lambda: True))
