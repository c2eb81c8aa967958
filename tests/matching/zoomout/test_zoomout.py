"""ZoomOut: true maps stay, coarse ones get better, bijectivity decides when to stop, cancelling keeps the best."""

import numpy as np
import pytest

from geomlearn.core.errors import Cancelled, ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.matching.options import ZoomOutOptions
from geomlearn.matching.point_map import functional_map_of, point_map
from geomlearn.matching.zoomout.sides import EmbeddingPair, TrackedEmbeddingPair, tracking_samples
from geomlearn.matching.zoomout.zoomout import grow, zoomout
from tests.matching.blobs import bent, blob, mean_error, permuted, unit_basis


def true_fmap(pair, k):
    back = np.argsort(pair.truth)
    return functional_map_of(back, pair.basis_a.evecs[:, :k], pair.basis_b.evecs[:, :k], pair.basis_b.mass)


def following(pair, n):
    return tracking_samples(pair.a.vertices, n), tracking_samples(pair.b.vertices, n)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_true_map_of_a_rigid_copy_is_a_fixed_point(rigid_pair, weight):
    """Property 7."""
    options = ZoomOutOptions(k_end=60, step=10, w_bijective=weight)
    found = zoomout(rigid_pair.basis_a, rigid_pair.basis_b, true_fmap(rigid_pair, 20), options)
    np.testing.assert_array_equal(found.value.map_ab, rigid_pair.truth)
    np.testing.assert_array_equal(found.value.map_ba, np.argsort(rigid_pair.truth))
    assert found.status is Status.CONVERGED


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_coarse_true_block_gets_better(bent_pair, weight):
    """Property 7."""
    first = true_fmap(bent_pair, 8)
    before = point_map(first.T, bent_pair.basis_b.evecs, bent_pair.basis_a.evecs)
    options = ZoomOutOptions(k_end=50, step=3, w_bijective=weight)
    after = zoomout(bent_pair.basis_a, bent_pair.basis_b, first, options).value.map_ab
    errors = [mean_error(found, bent_pair.truth, bent_pair.b) for found in (before, after)]
    assert errors[1] < 0.8 * errors[0]


def test_growth_stops_when_round_trips_worsen_and_returns_the_best(strained_pair):
    """Property 7: where the shapes are not isometric, what is gained at first is lost again with more modes."""
    options = ZoomOutOptions(k_end=100, step=4, patience=2)
    stopped = zoomout(strained_pair.basis_a, strained_pair.basis_b, true_fmap(strained_pair, 12), options)
    trips = [row["round_trip"] for row in stopped.history]
    assert stopped.status is Status.STALLED
    assert "got worse" in stopped.sentence
    assert len(trips) < 23
    best = next(row for row in stopped.history if row["k"] == stopped.stats["k"])
    assert best["round_trip"] <= 1.15 * min(trips)
    assert min(trips[-2:]) > best["round_trip"]
    endless = zoomout(
        strained_pair.basis_a, strained_pair.basis_b, true_fmap(strained_pair, 12), options.replace(patience=0)
    )
    assert endless.stats["k"] == 100
    errors = [mean_error(result.value.map_ab, strained_pair.truth, strained_pair.b) for result in (stopped, endless)]
    assert errors[0] <= errors[1]


def test_bijective_zoomout_is_more_bijective_and_covers_more():
    """Property 9: on at least 8 of 10 random pairs."""
    more_bijective = more_covering = 0
    for seed in range(10):
        a = blob(3, seed=seed)
        b, truth = permuted(bent(a, 0.4), seed=seed)
        basis_a, basis_b = unit_basis(a, 50), unit_basis(b, 50)
        first = functional_map_of(np.argsort(truth), basis_a.evecs[:, :8], basis_b.evecs[:, :8], basis_b.mass)
        plain, bijective = (
            zoomout(basis_a, basis_b, first, ZoomOutOptions(k_end=50, w_bijective=weight, patience=0)).value
            for weight in (0.0, 1.0)
        )
        trips = [mean_error(maps.map_ba[maps.map_ab], np.arange(a.n_vertices), a) for maps in (plain, bijective)]
        covered = [len(np.unique(maps.map_ab)) for maps in (plain, bijective)]
        more_bijective += trips[1] < trips[0]
        more_covering += covered[1] > covered[0]
    assert more_bijective >= 8
    assert more_covering >= 8


def test_sampled_growth_ends_on_all_vertices_nearly_as_well(bent_pair):
    first = true_fmap(bent_pair, 8)
    options = ZoomOutOptions(k_end=40, patience=0)
    whole = zoomout(bent_pair.basis_a, bent_pair.basis_b, first, options).value
    fast = zoomout(bent_pair.basis_a, bent_pair.basis_b, first, options, followed=following(bent_pair, 200)).value
    assert fast.map_ab.shape == whole.map_ab.shape
    assert fast.fmap_ab.shape == (40, 40)
    errors = [mean_error(maps.map_ab, bent_pair.truth, bent_pair.b) for maps in (whole, fast)]
    spacing = 100 / np.sqrt(bent_pair.a.n_vertices)
    assert errors[1] - errors[0] < spacing / 2


def test_following_images_on_all_vertices_beats_samples_to_the_end(bent_pair):
    """Ablation: images on samples only are too coarse for so many modes."""
    first = true_fmap(bent_pair, 8)
    options = ZoomOutOptions(k_end=60, patience=0, n_final=1)
    close, loose = (
        zoomout(bent_pair.basis_a, bent_pair.basis_b, first, options, followed=following(bent_pair, n))
        for n in (642, 240)
    )
    errors = [mean_error(found.value.map_ab, bent_pair.truth, bent_pair.b) for found in (close, loose)]
    assert errors[0] < 0.8 * errors[1]
    assert [step["k"] for step in close.history][-1] == 60


def test_followed_images_are_nearly_those_of_the_search(bent_pair):
    sides = TrackedEmbeddingPair(bent_pair.basis_a, bent_pair.basis_b, *following(bent_pair, 642))
    whole = EmbeddingPair(bent_pair.basis_a, bent_pair.basis_b)
    fmaps = true_fmap(bent_pair, 30), true_fmap(bent_pair, 30).T
    sides.point_maps(fmaps, 1.0)
    larger = true_fmap(bent_pair, 40), true_fmap(bent_pair, 40).T
    pairs = zip(sides.point_maps(larger, 1.0), whole.point_maps(larger, 1.0), strict=True)
    assert all((found == searched).mean() > 0.98 for found, searched in pairs)


def test_the_matrices_belong_to_the_point_maps(bent_pair):
    options = ZoomOutOptions(k_end=30, w_bijective=0)
    found = zoomout(bent_pair.basis_a, bent_pair.basis_b, true_fmap(bent_pair, 10), options)
    k = found.stats["k"]
    a, b = bent_pair.basis_a, bent_pair.basis_b
    expected = functional_map_of(found.value.map_ba, a.evecs[:, :k], b.evecs[:, :k], b.mass)
    np.testing.assert_allclose(found.value.fmap_ab, expected, atol=1e-10)


def test_swapping_the_shapes_swaps_the_maps(bent_pair):
    options = ZoomOutOptions(k_end=30, patience=0)
    first = true_fmap(bent_pair, 10)
    there = zoomout(bent_pair.basis_a, bent_pair.basis_b, first, options).value
    back = zoomout(bent_pair.basis_b, bent_pair.basis_a, first.T, options, fmap_ba=first).value
    np.testing.assert_array_equal(there.map_ab, back.map_ba)
    np.testing.assert_array_equal(there.map_ba, back.map_ab)


@pytest.mark.parametrize("sampled", [False, True])
def test_cancelling_hands_over_the_best_so_far(bent_pair, sampled):
    calls = []
    progress = Progress(lambda fraction, note: calls.append(note), lambda: len(calls) >= 4)
    samples = following(bent_pair, 200) if sampled else None
    options = ZoomOutOptions(k_end=50, step=5)
    found = zoomout(bent_pair.basis_a, bent_pair.basis_b, true_fmap(bent_pair, 10), options, progress, followed=samples)
    assert calls[:4] == ["10 modes", "15 modes", "20 modes", "25 modes"]
    assert found.status is Status.CANCELLED
    assert found.value.map_ab.shape == (bent_pair.a.n_vertices,)
    assert found.stats["k"] == 25


def test_cancelling_before_the_first_map_raises(bent_pair):
    with pytest.raises(Cancelled):
        zoomout(
            bent_pair.basis_a,
            bent_pair.basis_b,
            np.eye(10),
            ZoomOutOptions(k_end=50),
            Progress(is_cancelled=lambda: True),
        )


def test_random_maps_have_round_trips_of_about_one(bent_pair):
    sides = EmbeddingPair(bent_pair.basis_a, bent_pair.basis_b)
    generator = np.random.default_rng(0)
    maps = generator.integers(0, 642, 642), generator.integers(0, 642, 642)
    assert sides.round_trip(maps) == pytest.approx(1, abs=0.1)
    assert sides.round_trip((bent_pair.truth, np.argsort(bent_pair.truth))) == 0


def test_growth_visits_the_sizes_of_the_schedule(bent_pair):
    sides = EmbeddingPair(bent_pair.basis_a, bent_pair.basis_b)
    found = grow(sides, (np.eye(10), np.eye(10)), ZoomOutOptions(k_end=23, step=5, patience=0))
    assert [row["k"] for row in found.history] == [10, 15, 20, 23]


def test_sentences_for_wrong_starts(bent_pair):
    a, b = bent_pair.basis_a, bent_pair.basis_b
    with pytest.raises(ParameterError, match="square functional map"):
        zoomout(a, b, np.zeros((4, 5)))
    with pytest.raises(ParameterError, match="Raise k_end"):
        zoomout(a, b, np.eye(40), ZoomOutOptions(k_end=30))
    with pytest.raises(ParameterError, match="exceeds the 100 modes"):
        zoomout(a, b, np.eye(40), ZoomOutOptions(k_end=130))


def test_samples_that_leave_modes_undetermined_give_the_smallest_map(bent_pair) -> None:
    """As on shapes of many pieces, of which some hold no sample."""
    everywhere_the_same = np.zeros(12, int)
    sides = EmbeddingPair(bent_pair.basis_a, bent_pair.basis_b, everywhere_the_same, everywhere_the_same)
    fmap_ab, fmap_ba = sides.functional_maps((everywhere_the_same, everywhere_the_same), 8, 1.0)
    first_a, first_b = bent_pair.basis_a.evecs[0, :8], bent_pair.basis_b.evecs[0, :8]
    np.testing.assert_allclose(fmap_ab, np.outer(first_b, first_a) / (first_b @ first_b), atol=1e-5)
    np.testing.assert_allclose(fmap_ba, np.outer(first_a, first_b) / (first_a @ first_a), atol=1e-5)
