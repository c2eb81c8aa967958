"""The square with a hole: balance of forces, Kirsch's hole, linearity."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.grids.elasticity import random_hole, solve_hole

ANGLES = 2 * np.pi * np.arange(32) / 32


@pytest.fixture(scope="module")
def radii():
    return random_hole(np.random.default_rng(0), ANGLES)


def test_the_clamp_bears_the_load_and_no_more(radii):
    reaction = solve_hole(radii, 6).reaction
    assert reaction[1] == pytest.approx(-100, rel=1e-9)
    assert abs(reaction[0]) < 1e-9


def test_the_stress_knows_no_modulus_and_is_linear_in_the_load(radii):
    stress = solve_hole(radii, 6).stress
    np.testing.assert_allclose(solve_hole(radii, 6, young=1.0).stress, stress, rtol=1e-9)
    np.testing.assert_allclose(solve_hole(radii, 6, traction=-250.0).stress, 2.5 * stress, rtol=1e-9)
    assert (stress > 0).all()


def test_a_small_round_hole_triples_the_stress():
    worst = [solve_hole(np.full(m, 0.02), layers).stress.max() / 100 for m, layers in ((32, 12), (64, 24))]
    assert abs(worst[1] - 3) < 0.15
    assert abs(worst[1] - 3) < abs(worst[0] - 3)


def test_nodes_run_from_the_hole_to_the_rim(radii):
    nodes = solve_hole(radii, 6).nodes
    np.testing.assert_allclose(np.linalg.norm(nodes[:, 0] - 0.5, axis=1), radii)
    np.testing.assert_allclose(np.abs(nodes[:, -1] - 0.5).max(1), 0.5)
    np.testing.assert_allclose(nodes[4, -1], [1, 1])


def test_holes_are_drawn_within_the_published_bounds():
    holes = np.stack([random_hole(np.random.default_rng(seed), ANGLES) for seed in range(200)])
    assert 0.2 < holes.min() < 0.22
    assert 0.38 < holes.max() < 0.4
    assert np.abs(np.fft.rfft(np.log(0.2 / (holes - 0.2) - 1), axis=1)[:, 6:]).max() < 1e-9


@pytest.mark.parametrize("radii", [np.full(12, 0.2), np.full(16, 0.5), np.zeros(16), np.full(16, np.nan)])
def test_unusable_holes_are_refused(radii):
    with pytest.raises(ParameterError, match="hole"):
        solve_hole(radii)
