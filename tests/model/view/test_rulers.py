"""Round numbers along axes and bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.app.model.view.rulers import box_edges, outermost, round_below, ticks


@pytest.mark.parametrize(
    ("length", "nice"), [(1.0, 1.0), (1.9, 1.0), (2.0, 2.0), (4.99, 2.0), (7.3, 5.0), (0.034, 0.02), (1234, 1000)]
)
def test_lengths_are_rounded_down_to_1_2_or_5(length, nice):
    assert round_below(length) == pytest.approx(nice)


# Far from zero beside the span, doubles have no digits left for the ticks.
@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e6))
def test_ticks_are_few_inside_and_evenly_apart(low, span):
    found = ticks(low, low + span)
    assert len(found) <= 7
    assert found.size == 0 or (found.min() >= low - 1e-6 * span and found.max() <= low + span * (1 + 1e-6) + 1e-9)
    if len(found) > 2:
        steps = np.diff(found)
        assert steps == pytest.approx(np.full(len(steps), steps[0]), rel=1e-3)


def test_ticks_of_a_plain_range_and_of_none():
    assert ticks(0, 1).tolist() == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-3, 12).tolist() == [0.0, 5.0, 10.0]
    assert ticks(2, 2).size == 0


def test_a_box_has_four_edges_along_an_axis_and_one_is_outermost():
    edges = box_edges(np.zeros(3), np.array([1.0, 2, 3]), 1)
    assert np.array_equal(edges[:, 1] - edges[:, 0], np.tile([0.0, 2, 0], (4, 1)))
    assert len({tuple(edge[0]) for edge in edges}) == 4
    # Seen from above and a little aside, two of the four are of the outline.
    seen = edges @ np.array([[1.0, 0.2], [0.1, 1.0], [0.3, -0.4]])
    corners = seen.reshape(-1, 2)
    assert outermost(seen, corners, np.array([1.0, 0.0])) == 3
    assert outermost(seen, corners, np.array([-1.0, 0.0])) == 0
