"""Colours have explicit limits that mean something."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.items import Layer, Paint, Spread
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.view.layers import limits, picture
from tests.model.scenes import field_of, pair_scene

STYLES = ["scalar", "symmetric", "magnitude", "categorical", "phase", "color"]


@given(
    arrays(float, st.integers(1, 20), elements=st.floats(-1e6, 1e6)),
    st.sampled_from(STYLES),
    st.sampled_from(["robust", "full"]),
)
def test_limits_are_never_equal_and_follow_the_style(values, style, scale):
    low, high = limits(Paint(values=values, title="", style=style), Layer(source="x", scale=scale))
    assert low < high
    if style == "symmetric":
        assert low == pytest.approx(-high)
    if style == "magnitude" and values.min() >= 0 and values.max() > 0:
        assert low == 0.0


def test_robust_limits_ignore_one_outlier_and_full_ones_do_not():
    values = np.append(np.linspace(0, 1, 999), 1e6)
    assert limits(Paint(values=values, title=""), Layer(source="x"))[1] < 1.1
    assert limits(Paint(values=values, title=""), Layer(source="x", scale="full"))[1] == 1e6


def test_a_spike_on_a_constant_is_seen():
    values = np.zeros(1000)
    values[3] = 5.0
    assert limits(Paint(values=values, title="", style="magnitude"), Layer(source="x")) == (0.0, 5.0)


def test_missing_numbers_do_not_spoil_the_range():
    assert Spread.of(np.array([np.nan, 1.0, 3.0, np.inf])).high == 3.0
    assert limits(Paint(values=np.full(3, np.nan), title=""), Layer(source="x")) == (-1.0, 1.0)
    assert limits(Paint(values=np.zeros(3), title="", style="phase"), Layer(source="x")) == (-math.pi, math.pi)


def test_a_field_keeps_its_range_over_time_and_linked_fields_share_theirs():
    scene, first, _ = pair_scene()
    one = field_of(first).replace(label="one", link="compare")
    two = field_of(first, seed=1).replace(label="two", link="compare", values=100 * one.values)
    scene = scene.put([one, two])
    seen = set()
    for column in range(one.n_columns):
        seen.add(picture(scene, first.replace(layer=Layer(source=one.id, column=column, scale="full"))).limits)
    assert seen == {(two.values.min(), two.values.max())}
    alone = scene.without(two.id)
    assert picture(alone, first.replace(layer=Layer(source=one.id, scale="full"))).limits[1] == one.values.max()


def test_modes_and_matches_paint_only_their_own_shapes():
    scene, first, second = pair_scene()
    basis, match = scene.of(BasisItem)[0], scene.of(MatchItem)[0]
    shown = picture(scene, first.replace(layer=Layer(source=basis.id, column=2)))
    assert np.array_equal(shown.values, basis.basis.evecs[:, 2])
    assert (shown.style, shown.colormap, shown.title) == ("symmetric", "balance", "φ₂ of cat · λ = 2")
    assert picture(scene, second.replace(layer=Layer(source=basis.id))) is None
    colors = [picture(scene, item.replace(layer=Layer(source=match.id))).values for item in (first, second)]
    assert np.array_equal(colors[0][match.map_ba], colors[1]), "corresponding vertices have one colour"


def test_a_layer_whose_source_is_gone_or_shorter_draws_what_there_is():
    scene, first, _ = pair_scene()
    basis = scene.of(BasisItem)[0]
    assert picture(scene, first.replace(layer=Layer(source="gone"))) is None
    last = picture(scene, first.replace(layer=Layer(source=basis.id, column=99)))
    assert np.array_equal(last.values, basis.basis.evecs[:, -1])
    assert scene.of(FieldItem)[0].frame(7) == 2
