"""What one shape shows, carried to the other through a match: values by the map, one range, in words and back."""

from __future__ import annotations

import numpy as np

from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import Layer
from geomlearn.app.model.language import do
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.view.layers import picture
from tests.model.scenes import pair_scene


def carried():
    scene, first, second = pair_scene()
    (match,) = scene.of(MatchItem)
    order = np.array([3, 0, 1, 5, 4, 2])
    scene = scene.put([match.replace(map_ba=order)])
    layer = Layer(source=scene.of(BasisItem)[0].id, column=2)
    scene = change(first.id, layer=layer).apply(scene)
    return scene, first, second, order


def test_each_vertex_gets_the_value_of_where_it_comes_from():
    scene, first, second, order = carried()
    there = picture(scene, scene[first.id])
    layer = Layer(source=scene[first.id].layer.source, column=2, through=scene.of(MatchItem)[0].id)
    here = picture(change(second.id, layer=layer).apply(scene), scene[second.id].replace(layer=layer))
    assert np.array_equal(here.values, there.values[order])
    assert here.limits == there.limits and here.title == f"{there.title} · carried"


def test_nothing_is_carried_where_the_match_does_not_lead():
    scene, first, second, _ = carried()
    source = scene[first.id].layer.source
    for through in ("gone", source):
        layer = Layer(source=source, column=2, through=through)
        assert picture(scene, scene[second.id].replace(layer=layer)) is None


def test_the_words_carry_too():
    scene, first, second, order = carried()
    layer = Layer(source=scene[first.id].layer.source, column=2, through=scene.of(MatchItem)[0].id)
    line = change(second.id, layer=layer).script(scene).python.splitlines()[-1]
    assert "through" in line and "match" in line
    after = do(scene, "paint dog 'cat basis' column=2 through=match")
    assert np.array_equal(picture(after, after[second.id]).values, picture(scene, scene[first.id]).values[order])
