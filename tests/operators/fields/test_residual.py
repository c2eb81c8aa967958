"""The difference of two fields, and its size."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.operators.fields.residual import residual
from geomlearn.operators.fields.series import FieldSeries


def ramp(times, factor=1.0, n=3):
    """u(t, i) = factor · t · (i + 1)."""
    times = np.asarray(times, float)
    return FieldSeries(times, factor * times[:, None] * np.arange(1, n + 1))


def test_a_field_has_no_distance_from_itself():
    found = residual(ramp([0, 1, 2]), ramp([0, 1, 2]))
    assert not found.series.values.any() and not found.interpolated
    assert np.array_equal(found.relative, np.zeros(3)), "0/0 at t = 0 is no error"


def test_numbers_done_by_hand():
    mass = np.array([1.0, 2.0, 0.0])
    found = residual(ramp([1, 2], 1.5), ramp([1, 2]), mass)
    assert np.allclose(found.series.values, [[0.5, 1, 1.5], [1, 2, 3]])
    assert np.allclose(found.relative, 0.5) and np.allclose(found.largest, [1.5, 3.0])
    assert found.series.names == ("u − reference",)
    uneven = residual(
        FieldSeries(np.zeros(1), np.array([[1.0, 0, 7]])), FieldSeries(np.zeros(1), np.ones((1, 3))), mass
    )
    assert uneven.relative[0] == pytest.approx(np.sqrt(2 / 3)), "the vertex without area does not count"


def test_between_its_frames_the_reference_is_interpolated_and_beyond_them_nothing_is_said():
    found = residual(ramp([0, 0.5, 1.5, 3.0]), ramp([0, 1, 2]))
    assert found.interpolated
    assert np.array_equal(found.series.times, [0, 0.5, 1.5])
    assert np.allclose(found.series.values, 0, atol=1e-15)


def test_times_equal_up_to_rounding_are_the_same_frame():
    times = np.arange(1, 6) * 0.1
    assert not residual(ramp(times), ramp(times * (1 + 1e-12))).interpolated


def test_several_functions_count_together():
    values = np.ones((1, 3, 2))
    found = residual(FieldSeries(np.zeros(1), 2 * values, ("u", "v")), FieldSeries(np.zeros(1), values, ("u", "v")))
    assert found.relative[0] == pytest.approx(1.0) and len(found.series.names) == 2


@pytest.mark.parametrize(("reference", "part"), [(ramp([0, 1], n=4), "do not fit"), (ramp([5, 6]), "none in common")])
def test_what_cannot_be_compared_is_a_sentence(reference, part):
    with pytest.raises(SizeMismatch, match=part):
        residual(ramp([0, 1]), reference)
