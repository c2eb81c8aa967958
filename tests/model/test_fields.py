"""Fields side by side: twins, linked ranges, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import OnePicture, SideBySide, at_time, field_item, series_of
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.language import do
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.layers import picture
from geomlearn.app.model.view.place import in_row, placements
from geomlearn.core.errors import GeomError, ParameterError
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.series import FieldSeries
from tests.model.scenes import field_of, shape_item


@pytest.fixture
def scene():
    """A shape with two fields, one on show, and another shape."""
    shape, other = shape_item("cat", "cat.off"), shape_item("dog", "dog.off")
    field, reference = field_of(shape), field_of(shape, seed=1)
    scene = Scene().put([shape, other, field.replace(label="u"), reference.replace(label="exact")])
    return change(shape.id, layer=Layer(source=field.id, column=2)).apply(scene)


def compared(scene):
    return SideBySide(scene.by_label("u").id, scene.by_label("exact").id).apply(scene)


def test_four_pictures_stand_in_a_row_and_others_give_way(scene):
    after = compared(scene)
    row = [item for item in in_row(after) if item.visible]
    roles = [after[item.layer.source].role for item in row]
    assert roles == ["input", "solution", "reference", "residual"]
    x = [placements(after)[item.id][0, 3] for item in row]
    assert x == sorted(x) and len(set(x)) == 4
    assert not after.by_label("dog").visible


def test_the_first_three_share_a_range_and_the_residual_has_zero_in_the_middle(scene):
    after = compared(scene)
    shown = [picture(after, item) for item in in_row(after) if item.visible]
    assert len({one.limits for one in shown[:3]}) == 1 and shown[0].family == shown[2].family != ""
    both = np.concatenate([f.values.ravel() for f in after.of(FieldItem) if f.role in ("solution", "reference")])
    assert shown[0].limits[1] >= np.percentile(both, 95)
    low, high = shown[3].limits
    assert low == -high and shown[3].colormap == "balance" and shown[3].family == ""


def test_the_residual_is_the_difference(scene):
    after = compared(scene)
    residual = next(item for item in after.of(FieldItem) if item.role == "residual")
    u, exact = after.by_label("u"), after.by_label("exact")
    assert np.array_equal(residual.values, u.values - exact.values)
    assert residual.curves["largest error"][3] == np.abs(residual.values[3]).max()


def test_all_pictures_move_together_but_the_input_stays(scene):
    after = at_time(compared(scene), 0.74)
    frames = {after[item.layer.source].role: item.layer.column for item in in_row(after) if item.visible}
    assert frames == {"input": 0, "solution": 3, "reference": 3, "residual": 3}


def test_one_picture_again(scene):
    back = OnePicture(scene.by_label("cat").id).apply(compared(scene))
    assert [item.label for item in back.of(FieldItem)] == ["u", "exact"]
    assert not any(item.twin_of for item in back.of(ShapeItem))
    assert all(item.link == "" and item.role == "solution" for item in back.of(FieldItem))


def test_comparing_again_leaves_no_remains(scene):
    once, twice = compared(scene), compared(compared(scene))
    assert [item.label for item in once] == [item.label for item in twice]


def test_twins_go_with_their_shape(scene):
    after = compared(scene)
    assert [item.label for item in after.without(after.by_label("cat").id)] == ["dog"]


def test_the_words_do_the_same(scene):
    command = SideBySide(scene.by_label("u").id, scene.by_label("exact").id)
    assert command.title(scene) == "Compare u with exact"
    replayed = do(scene, "compare u exact")
    assert [item.label for item in replayed] == [item.label for item in compared(scene)]
    assert "compare u exact" in command.script(scene).python
    assert [item.label for item in do(replayed, "single cat").of(FieldItem)] == ["u", "exact"]


@pytest.mark.parametrize("line", ["compare u u", "compare u dog", "compare cat"])
def test_what_cannot_be_compared_is_a_sentence_and_changes_nothing(scene, line):
    with pytest.raises(ParameterError):
        do(scene, line)


def test_fields_without_a_common_time_are_a_sentence(scene):
    late = scene.by_label("exact")
    scene = scene.put([late.replace(times=late.times + 100)])
    with pytest.raises(GeomError, match="none in common"):
        compared(scene)


def test_a_steady_source_keeps_its_own_range(scene):
    start = FieldSeries(np.zeros(1), np.full((1, 6), 50.0), ("f",))
    after = SideBySide(scene.by_label("u").id, "", start).apply(scene)
    shown = {after[item.layer.source].role: picture(after, item) for item in in_row(after) if item.visible}
    assert shown["input"].title == "f" and shown["solution"].limits[1] < 40


def test_the_story_of_the_solver_becomes_curves_and_the_series_comes_back():
    shape = shape_item()
    series = FieldSeries(np.array([0.0, 1.0]), np.ones((2, 6)), ("u",), {"method": "heat"})
    result = Result(series, Status.CONVERGED, "", ({"time": 0.0, "energy": 3.0}, {"time": 1.0, "energy": 2.0}))
    item = field_item(result, shape, "heat")
    assert np.array_equal(item.curves["energy"], [3.0, 2.0]) and "time" not in item.curves
    assert series_of(item).metadata == {"method": "heat"}
