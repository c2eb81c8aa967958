"""First maps: what ranks before what, and what growing again from less is good for."""

import numpy as np
import pytest

from geomlearn.matching import candidates as module
from geomlearn.matching.candidates import Candidate
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from tests.matching.blobs import bent, blob, mean_error, permuted

SMALL = MatchOptions(method="bijective-zoomout", k_end=60, k_descriptors=80, n_candidates=2)


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


def candidate(asymmetry, stretch, orientation):
    return Candidate(np.eye(2), np.eye(2), asymmetry, stretch, 0.0, orientation, 2, 1.0, 1.0)


def test_maps_that_keep_orientation_come_first_then_those_nearest_to_isometries():
    mirrored, good, stretched = candidate(0.01, 0.01, -0.9), candidate(0.1, 0.1, 0.5), candidate(0.1, 0.3, 0.9)
    assert sorted([mirrored, stretched, good], key=lambda one: one.rank) == [good, stretched, mirrored]


def test_an_isometry_has_neither_asymmetry_nor_stretch_nor_disorder():
    a = blob(3)
    b, _ = permuted(a, seed=0)
    best = match_shapes(a, b, SMALL).stats["candidates"][0]
    # The samples of the two copies begin at different vertices.
    assert max(best["asymmetry"], best["stretch"], best["disorder"]) < 2e-3
    assert best["orientation"] > 0.99


def test_growing_again_finds_maps_that_no_first_solution_leads_to(monkeypatch):
    """Ablation, on a shape bent far from isometry."""
    a = blob(3, seed=4)
    b, truth = permuted(bent(a, 0.45), seed=1)
    errors = []
    for regrown in (module.REGROWN, 0):
        monkeypatch.setattr(module, "REGROWN", regrown)
        found = match_shapes(a, b, SMALL)
        errors.append(mean_error(found.value.map_ab, truth, b))
        assert any(one["regrown_from"] > 0 for one in found.stats["candidates"]) == (regrown > 0)
    assert errors[0] < 0.8 * errors[1]


def test_candidates_come_best_first_and_their_settings_are_distinct():
    a = blob(3)
    b, _ = permuted(bent(a, 0.3), seed=0)
    found = match_shapes(a, b, SMALL.replace(n_candidates=4)).stats["candidates"]
    solved = [(one["k_solve"], one["w_mask"], one["w_products"]) for one in found if one["regrown_from"] == 0]
    assert len(set(solved)) == len(solved) == 4
    kept = [one["asymmetry"] * one["stretch"] for one in found if one["orientation"] > 0]
    assert kept == sorted(kept)
