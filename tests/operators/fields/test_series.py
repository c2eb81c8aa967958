import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.operators.fields.series import FieldSeries


def test_frames_by_name():
    values = np.arange(12.0).reshape(2, 3, 2)
    series = FieldSeries([0, 1], values, ("u", "v"))
    assert (series.n_frames, series.n_vertices) == (2, 3)
    np.testing.assert_array_equal(series.frame(-1)["v"], [7, 9, 11])
    np.testing.assert_array_equal(FieldSeries([0], [[1, 2]]).frame(0)["u"], [1, 2])


@pytest.mark.parametrize(
    ("times", "shape", "names", "words"),
    [
        ([0, 1], (3, 4), ("u",), r"times \(t,\)"),
        ([], (0, 4), ("u",), r"times \(t,\)"),
        ([0], (1, 4, 2, 1), ("u",), r"times \(t,\)"),
        ([[0]], (1, 4), ("u",), r"times \(t,\)"),
        ([0], (1, 4, 2), ("u",), "2 functions have 1 names"),
        ([0, 0], (2, 4), ("u",), "must ascend"),
        ([0, np.nan], (2, 4), ("u",), "must ascend"),
    ],
)
def test_sizes_that_do_not_fit(times, shape, names, words):
    with pytest.raises(SizeMismatch, match=words):
        FieldSeries(times, np.zeros(shape), names)
