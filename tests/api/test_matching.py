"""Matches of the short API."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import geomlearn as gl
from geomlearn.core.arrays import read_arrays
from geomlearn.matching.io.maps import read_map
from tests.matching.blobs import bent, blob, permuted


@pytest.fixture(scope="module")
def found():
    """A blob and the same bent, the order of its vertices mixed."""
    a = blob(3)
    b, _ = permuted(bent(a), seed=1)
    return gl.match(a, b, k_end=40)


def test_pull_and_push_go_opposite_ways(found):
    a, b = found.shape_a, found.shape_b
    assert np.array_equal(found.pull(b.vertices), b.vertices[found.map_ab])
    assert np.array_equal(found.push(a.vertices[:, 0]), a.vertices[found.map_ba, 0])
    with pytest.raises(gl.GeomError, match=f"3 values for the {b.n_vertices} vertices"):
        found.pull(a.vertices[:3])


def test_it_is_better_than_a_constant_map_by_far(found):
    truth = permuted(bent(found.shape_a), seed=1)[1]
    error = gl.evaluate(found, truth, max_points=100).mean_error
    assert error < 5
    assert error < gl.evaluate(replace(found, map_ab=np.zeros_like(found.map_ab)), truth, max_points=100).mean_error / 5
    assert found.status in ("converged", "limit reached", "stalled")


def test_the_summary_says_what_the_verdict_and_each_score_say(found):
    assert found.summary.startswith(found.verdict.sentence)
    assert all(score.sentence in found.summary for score in found.scores)
    assert repr(found).startswith("Match blob-0 → blob-0-bent, 642 vertices.")
    assert found._repr_html_().count("<img") == 2


def test_arrays_are_saved_all_four_and_text_as_the_map(found, tmp_path):
    arrays, metadata = read_arrays(found.save(tmp_path / "map.mat", index_base=1))
    assert np.array_equal(arrays["map_ab"].ravel(), found.map_ab + 1)
    assert np.array_equal(arrays["map_ba"].ravel(), found.map_ba + 1)
    assert np.allclose(arrays["fmap_ab"], found.fmap_ab)
    assert metadata["direction"] == "source to target"
    for name in ("map.txt", "map.npz"):
        assert np.array_equal(read_map(found.save(tmp_path / name)).map_ab, found.map_ab)


def test_foreign_options_are_refused(found):
    with pytest.raises(gl.GeomError, match="no option called speed"):
        gl.match(found.shape_a, found.shape_b, speed=3)
