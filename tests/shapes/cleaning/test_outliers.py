"""What was planted is found, nothing else is, and a scan without outliers keeps all its points."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.cleaning.outliers import drop_outliers, loneliness, outliers
from geomlearn.shapes.shape import Shape


@pytest.mark.parametrize("rule", ["gap", "sigma"])
def test_planted_outliers_are_found(scan, strays, rule):
    assert strays.sum() == 25
    np.testing.assert_array_equal(outliers(scan.vertices, rule=rule), strays)


def test_a_clean_scan_keeps_its_points(scan, strays):
    assert not outliers(scan.vertices[~strays]).any()
    assert drop_outliers(Shape(scan.vertices[~strays])).actions == ("Found no outliers.",)


def test_many_outliers_hide_behind_three_deviations_and_not_behind_the_gap(scan, strays):
    random = np.random.default_rng(1)
    more = random.normal(size=(300, 3))
    more *= random.uniform(1.8, 4, (300, 1)) / np.linalg.norm(more, axis=1, keepdims=True)
    points = np.vstack([scan.vertices[~strays], more])
    planted = np.arange(len(points)) >= (~strays).sum()
    assert (outliers(points) & planted).sum() > 1.5 * (outliers(points, rule="sigma") & planted).sum()
    assert not (outliers(points) & ~planted).any()


def test_the_measure_is_free_of_units_and_of_order(scan):
    order = np.random.default_rng(0).permutation(scan.n_vertices)
    np.testing.assert_allclose(loneliness(1e3 * scan.vertices[order]), loneliness(scan.vertices)[order])


def test_the_distance_is_a_mean_over_the_nearest_and_relative_to_the_median():
    line = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0], [10, 0, 0]])
    # Means of the two nearest: 1.5, 1, 1, 1.5, 7.5; their median is 1.5.
    np.testing.assert_allclose(loneliness(line, 2), [1, 2 / 3, 2 / 3, 1, 5])


def test_sources_and_numbers_are_told(scan, strays):
    done = drop_outliers(scan)
    np.testing.assert_array_equal(done.source_index, np.flatnonzero(~strays))
    assert done.numbers == {"outliers": 25}
    assert "25 outliers" in done.actions[0]


def test_faces_at_an_outlier_go_with_it(ball):
    far = Shape(np.vstack([ball.vertices, [[9.0, 0, 0]]]), np.vstack([ball.faces, [[0, 1, ball.n_vertices]]]))
    done = drop_outliers(far)
    np.testing.assert_array_equal(done.shape.faces, ball.faces)
    assert "1 face" in done.actions[0]


def test_points_that_repeat_are_no_reason_to_fail(scan):
    assert outliers(np.repeat(scan.vertices[:60], 12, axis=0)).dtype == bool


def test_too_few_points_are_refused():
    with pytest.raises(ParameterError, match="no 8 neighbours"):
        outliers(np.eye(3))
