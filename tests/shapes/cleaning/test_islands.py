"""Clumps apart are found by the spectrum; one scan is one clump."""

import numpy as np

from geomlearn.shapes.cleaning.islands import drop_islands, islands
from geomlearn.shapes.cleaning.outliers import outliers
from geomlearn.shapes.shape import Shape


def with_clumps(ball, *centres, seed=0):
    random = np.random.default_rng(seed)
    clumps = [np.array(centre) + 0.05 * random.normal(size=(25, 3)) for centre in centres]
    return np.vstack([ball.vertices, *clumps]), np.arange(ball.n_vertices + 25 * len(centres)) >= ball.n_vertices


def test_clumps_that_no_distance_rule_finds_are_found(ball):
    points, apart = with_clumps(ball, (2.0, 0, 0), (0, -2.5, 0))
    np.testing.assert_array_equal(islands(points), apart)
    assert not outliers(points)[apart].any()


def test_one_scan_is_one_clump(ball):
    assert not islands(ball.vertices).any()
    assert drop_islands(ball).actions == ("Found no clump of points apart from the rest.",)


def test_two_halves_both_stay(ball):
    assert not islands(np.vstack([ball.vertices, ball.vertices + np.array([5.0, 0, 0])])).any()


def test_a_large_scan_is_represented_by_some_of_its_points(scan, strays):
    body = scan.vertices[~strays]
    points = np.vstack(
        [body, body * 0.5 + np.random.default_rng(0).normal(scale=0.01, size=body.shape), [[4.0, 0, 0]] * 40]
    )
    points[-40:] += 0.05 * np.random.default_rng(1).normal(size=(40, 3))
    found = islands(points)
    assert found[-40:].all()
    assert not found[: len(body)].any()


def test_sources_are_told(ball):
    points, apart = with_clumps(ball, (2.0, 0, 0))
    done = drop_islands(Shape(points))
    np.testing.assert_array_equal(done.source_index, np.flatnonzero(~apart))
    assert done.numbers == {"islands": 25}
