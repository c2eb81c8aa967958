"""Parts of a shape in words: formulas, polygons, and sentences for what is neither."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.sensing.where import on_vertices, part_of, show_part
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import icosphere

BALL = icosphere(4)


def test_a_formula_gives_numbers_and_a_polygon_says_inside():
    assert on_vertices("2 * z + 1", BALL) == pytest.approx(2 * BALL.vertices[:, 2] + 1)
    inside = on_vertices(" zy: -2,-2  0.1,-2  0.1,2  -2,2 ", BALL) > 0
    assert np.array_equal(inside, BALL.vertices[:, 2] < 0.1)


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("xy: 0,0 1,1", "no polygon"),
        ("xy: 0,0 1,1 a,b", "no polygon"),
        ("xy: 0 1 2", "no polygon"),
        ("xy: 0,0 1,nan 1,1", "no polygon"),
        ("z >", "not a formula"),
        ("z > 5", "No vertex of ball lies where z > 5"),
    ],
)
def test_what_is_neither_or_empty_is_a_sentence(where, word):
    item = ShapeItem(label="ball", shape=BALL)
    with pytest.raises(ParameterError, match=word):
        part_of(Scene().put([item]), item, where)


def test_the_script_puts_the_same_part_on_the_stage():
    scene = Scene().put([ShapeItem(label="ball", shape=BALL)])
    part = show_part(scene, "z > 0.5", on="ball").by_label("ball · z > 0.5")
    assert part.indices == tuple(np.flatnonzero(BALL.vertices[:, 2] > 0.5).tolist())
