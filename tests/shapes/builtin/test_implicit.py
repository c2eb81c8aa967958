"""The flesh: its zero set, its gradient, and that limbs melt into each other smoothly."""

import numpy as np
import pytest

from geomlearn.shapes.builtin.implicit import Flesh, Limb

ARM = Limb((0.1, 0.2, 0), (0.5, 0.3, 0.1), 0.08, 0.04, 0.01, scale=(1, 0.8, 0.6))
BODY = Limb((0, 0, 0), (0, 0.4, 0), 0.15, 0.12, blend=0.03)


def around(n=400, seed=0):
    return np.random.default_rng(seed).uniform((-0.3, -0.3, -0.3), (0.7, 0.7, 0.3), (n, 3))


def test_a_lone_ball_is_a_ball():
    flesh = Flesh([Limb((0.1, 0.2, 0.3), (0.1, 0.2, 0.3), 0.5, 0.5)])
    points = flesh.project(np.array((0.1, 0.2, 0.3)) + 0.4 * around(), steps=4)
    np.testing.assert_allclose(np.linalg.norm(points - (0.1, 0.2, 0.3), axis=1), 0.5, atol=1e-12)
    # Where one limb is felt alone, the value is the distance itself.
    assert flesh.value(np.array([[0.1, 0.2, 1.0]]))[0] == pytest.approx(0.2, rel=1e-3)


def test_gradient_agrees_with_differences_on_the_surface():
    flesh = Flesh([BODY, ARM, ARM.mirrored()])
    points = flesh.project(around(), steps=6)
    value, gradient = flesh.value_and_gradient(points)
    points, gradient = points[np.abs(value) < 1e-9], gradient[np.abs(value) < 1e-9]
    assert len(points) > 300
    step = 1e-6
    differences = np.stack(
        [(flesh.value(points + step * e) - flesh.value(points - step * e)) / (2 * step) for e in np.eye(3)], axis=1
    )
    np.testing.assert_allclose(gradient, differences, atol=1e-5)


def test_a_mirrored_limb_mirrors_the_flesh():
    flesh = Flesh([BODY, ARM, ARM.mirrored()])
    points = around()
    np.testing.assert_allclose(flesh.value(points), flesh.value(points * (-1, 1, 1)), atol=1e-12)


def test_blending_rounds_the_crease():
    # Two balls that overlap: on the circle where they meet the union lies outside both, the more so the softer.
    crease = np.array([[0, 0.8, 0]])
    heights = []
    for blend in (0.005, 0.05):
        balls = [Limb((x, 0, 0), (x, 0, 0), 1.0, 1.0, blend=blend) for x in (-0.6, 0.6)]
        heights.append(Flesh(balls).project(crease, steps=8)[0, 1])
    assert 0.8 < heights[0] < heights[1]


def test_detail_and_girth_are_those_of_the_limb_one_stands_on():
    fine = Limb((0.6, 0, 0), (0.9, 0, 0), 0.05, 0.05, blend=0.005, detail=0.5)
    flesh = Flesh([BODY, fine])
    assert flesh.detail(np.array([[0.8, 0.05, 0], [0, 0.2, 0.13]])) == pytest.approx([0.5, 1.0])
    assert flesh.girth(np.array([[0.8, 0.05, 0]])) == pytest.approx([0.05])
