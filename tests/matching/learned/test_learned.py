"""The strategy of learned features as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import SolverError
from geomlearn.matching.learned.learned import match_by_features
from geomlearn.matching.learned.options import LearnedMatchOptions
from geomlearn.shapes.builtin import builtin, ground_truth
from tests.matching.blobs import mean_error, rotation

NAMES = "quadruped-dog-stand", "quadruped-dog-walk"


def test_animals_are_matched_however_they_are_turned_and_scaled() -> None:
    a, b = (builtin(name, 1500, seed=i) for i, name in enumerate(NAMES))
    truth = ground_truth(*NAMES, n_vertices_a=1500, n_vertices_b=1500, seed_b=1)
    turned = b.replace(vertices=1000 * b.vertices @ rotation(5).T)
    found = match_by_features(a, turned, LearnedMatchOptions(k_end=60))
    assert mean_error(found.value.map_ab, truth, turned) < 12
    assert found.value.verdict is not None
    sources = {one.source for one in found.value.candidates}
    assert {"learned both", "learned signatures", "learned coordinates"} <= sources
    errors = [one.predicted_error for one in found.value.candidates]
    assert errors == sorted(errors)


def test_other_kinds_of_shape_are_refused_in_a_sentence() -> None:
    with pytest.raises(SolverError, match="do not know shapes like"):
        match_by_features(builtin("sphere", 1200), builtin("torus", 1200), LearnedMatchOptions(k_end=40))
    assert np.isfinite(builtin("sphere", 1200).vertices).all()
