"""Evidence of maps: best where the map is right, worse the more it is wrong, blind to nothing it names."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.matching.judge.evidence import Evidence, EvidenceCollector
from geomlearn.matching.point_map import Maps
from geomlearn.matching.prepared import Prepared
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import bent, blob, mirrored_index, permuted


@pytest.fixture(scope="module")
def pair():
    a = blob(3, symmetric=True)
    b, truth = permuted(bent(a, 0.15), seed=0)
    sides = tuple(Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=60)), 400) for shape in (a, b))
    return a, truth, EvidenceCollector(*sides, None), EvidenceCollector(*sides, None, reverses=True)


def evidence(collector: EvidenceCollector, map_ab: np.ndarray) -> Evidence:
    back = np.zeros(len(map_ab), int)
    back[map_ab] = np.arange(len(map_ab))
    return collector.of(map_ab[collector.samples_a], back)


def test_the_true_map_has_little_against_it(pair) -> None:
    _, truth, collector, _ = pair
    found = evidence(collector, truth)
    assert found.round_trip == 0
    assert found.uncovered == 0
    assert found.flips < 0.02
    assert found.stretch < 0.3
    assert np.isnan(found.disagreement)


def test_a_mirrored_map_is_told_by_orientation_alone(pair) -> None:
    a, truth, collector, reversing = pair
    right, mirrored = evidence(collector, truth), evidence(collector, truth[mirrored_index(a)])
    assert mirrored.flips > 0.9
    assert mirrored.turned > 0.8
    assert mirrored.stretch == pytest.approx(right.stretch, abs=0.1)
    assert evidence(reversing, truth[mirrored_index(a)]).flips < 0.1


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_shuffled_images_tear_the_map(pair, share: float) -> None:
    _, truth, collector, _ = pair
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(truth))[: int(share * len(truth))]
    wrong = truth.copy()
    wrong[chosen] = truth[rng.permutation(chosen)]
    right, torn = evidence(collector, truth), evidence(collector, wrong)
    assert torn.stretch > 1.5 * right.stretch
    assert torn.torn > 1.5 * right.torn
    assert torn.bend > 2 * right.bend


def test_collapsed_images_leave_the_target_uncovered_and_do_not_lead_back(pair) -> None:
    _, truth, collector, _ = pair
    found = collector.of(np.full(len(collector.samples_a), truth[0]), np.zeros(len(truth), int))
    assert found.uncovered > 0.7
    assert found.round_trip > 0.5


def test_names_are_those_of_the_vector(pair) -> None:
    _, truth, collector, _ = pair
    found = evidence(collector, truth)
    assert len(Evidence.names()) == len(found.vector()) == 9
    assert found.vector()[Evidence.names().index("round_trip")] == pytest.approx(np.log(1e-3))


def test_of_parts_only_what_has_partners_is_heeded(pair) -> None:
    """The true map with nonsense where there is no partner is judged like the true map."""
    a, truth, collector, _ = pair
    lost = a.vertices[:, 0] > np.quantile(a.vertices[:, 0], 0.7)
    wrong = np.where(lost, np.random.default_rng(0).permutation(truth), truth)
    back = np.zeros(len(truth), int)
    back[truth] = np.arange(len(truth))
    partner_ba = np.zeros(len(truth), bool)
    partner_ba[truth] = ~lost
    nothing = np.zeros((0, 0))
    found = collector.of_maps(Maps(wrong, back, nothing, nothing, ~lost, partner_ba))
    assert found.stretch < 0.3 < collector.of_maps(Maps(wrong, back, nothing, nothing)).stretch
    assert found.uncovered < 0.1
    # Too few partners prove nothing.
    few = np.arange(len(truth)) < 20
    assert collector.of_maps(Maps(wrong, back, nothing, nothing, few, few)).stretch > 0.3
    # Nor does one side alone: all are heeded.
    alone = collector.of_maps(Maps(wrong, back, nothing, nothing, np.zeros(len(truth), bool), partner_ba))
    np.testing.assert_array_equal(alone.vector(), collector.of_maps(Maps(wrong, back, nothing, nothing)).vector())


def test_shapes_of_separate_pieces_are_measured_too() -> None:
    one = blob(2)
    two = one.replace(
        vertices=np.vstack([one.vertices, one.vertices + np.array([4, 0, 0])]),
        faces=np.vstack([one.faces, one.faces + one.n_vertices]),
    )
    side = Prepared(two, eigenbasis(two, EigenbasisOptions(k=20)), 200)
    found = evidence(EvidenceCollector(side, side, None), np.arange(two.n_vertices))
    assert found.round_trip == 0
    assert np.isfinite([found.stretch, found.torn, found.bend, found.uncovered]).all()
