"""Built-in shapes by name, and ground truth between names."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import builtin, builtin_names, family_named, ground_truth


def test_names_list_everything():
    names = builtin_names()
    assert len(set(names)) == len(names)
    assert {"sphere", "icosphere", "torus", "plane-with-hole", "biped-tall-walk"} <= set(names)
    for family in ("biped", "quadruped"):
        assert len(family_named(family).poses) >= 8
        assert len(family_named(family).bodies) >= 4
    assert builtin("torus", 500).name == "torus"
    assert builtin("biped-tall-walk", 500).name == "biped-tall-walk"


def test_ground_truth_by_name():
    same = ground_truth("biped-slim-jump", "biped-slim-jump", n_vertices_a=600, n_vertices_b=600)
    np.testing.assert_array_equal(same, np.arange(600))
    other = ground_truth("biped-slim-jump", "biped-heavy-bow", n_vertices_a=600, n_vertices_b=900, seed_b=3)
    assert other.shape == (600,)
    assert other.max() < 900
    flipped = ground_truth("biped-slim-jump", "biped-slim-jump", n_vertices_a=600, n_vertices_b=600, symmetric=True)
    assert (flipped != same).mean() > 0.9


def test_ground_truth_of_simple_shapes_is_the_nearest_point():
    found = ground_truth("sphere", "sphere", n_vertices_a=500, n_vertices_b=2000, seed_a=1, seed_b=2)
    a, b = builtin("sphere", 500, 1), builtin("sphere", 2000, 2)
    assert np.linalg.norm(b.vertices[found] - a.vertices, axis=1).max() < 2 * np.sqrt(b.area / 2000)


@pytest.mark.parametrize("pair", [("sphere", "torus"), ("sphere", "biped-tall-walk")])
def test_unrelated_shapes_have_no_truth(pair):
    with pytest.raises(ParameterError, match="no true map"):
        ground_truth(*pair)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ParameterError, match="teapot") as error:
        builtin("teapot")
    assert "torus" in error.value.hint
