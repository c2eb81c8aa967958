"""What each axis is: recognised where only one reading is likely, asked for elsewhere."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.operators.data.reading.axes import recognised, with_channels_last

NAMES = ("x", "y")


@pytest.mark.parametrize(
    ("inputs", "targets", "axes"),
    [
        ((12, 1, 17, 19), (12, 1, 17, 19), ("ncxy", "ncxy")),
        ((9, 3, 32, 48), (9, 1, 32, 48), ("ncxy", "ncxy")),
        ((9, 2, 16, 16, 16), (9, 2, 16, 16, 16), ("ncxyz", "ncxyz")),
        ((9, 10, 64, 64), (9, 10, 64, 64), ("ncxy", "ncxy")),
        ((9, 64, 3), (9, 64, 3), ("nxc", "nxc")),
        ((9, 3, 64), (9, 3, 64), ("ncx", "ncx")),
        ((9, 128, 2), (9, 128, 1), ("nxc", "nxc")),
        ((9, 64, 1), (9, 64, 1), ("nxc", "nxc")),
        ((9, 64, 64, 10), (9, 64, 64, 10), ("nxyc", "nxyc")),
        ((9, 16, 16), (9, 16, 16), ("nxy", "nxy")),
        ((9, 17, 19), (9, 17, 19), ("nxy", "nxy")),
        ((9, 16), (9, 17, 16), ("nx", "ncx")),
        ((9, 64), (9, 11, 64), ("nx", "ncx")),
        ((9, 64), (9, 64, 11), ("nx", "nxc")),
        ((9, 3, 16, 16), (9, 16, 16), ("ncxy", "nxy")),
        ((9, 10, 64, 64, 2), (9, 10, 64, 64, 2), ("ntxyc", "ntxyc")),
    ],
)
def test_one_likely_reading_is_taken(inputs, targets, axes):
    assert recognised(inputs, targets, NAMES) == axes


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ((9, 20, 32, 32), (9, 20, 32, 32)),  # twenty frames, or a box
        ((9, 64), (9, 64, 64)),  # frames first, or last
        ((9, 16, 16), (9, 16, 16, 16)),
        ((9, 4, 4), (9, 4, 4)),
        ((9, 3), (9, 64, 64)),  # three numbers, and a picture
        ((9, 64), (8, 64)),
    ],
)
def test_what_cannot_be_told_is_asked_for(inputs, targets):
    with pytest.raises(FormatError) as caught:
        recognised(inputs, targets, NAMES)
    assert "--axes" in caught.value.hint


def test_letters_bring_every_order_to_channels_last():
    array = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(with_channels_last(array, "ncxy"), np.moveaxis(array, 1, -1))
    np.testing.assert_array_equal(with_channels_last(array, "xycn")[4], np.moveaxis(array, -1, 0)[4])
    np.testing.assert_array_equal(with_channels_last(array, "ntxy"), np.moveaxis(array, 1, -1))
    # Frames and channels together: channels run faster.
    both = with_channels_last(array, "ntxc")
    assert both.shape == (2, 4, 15)
    np.testing.assert_array_equal(both[0, 1], array[0, :, 1, :].ravel())
    assert with_channels_last(array[:, 0, 0], "nx").shape == (2, 5, 1)
    with pytest.raises(SizeMismatch, match="nxy names 3 axes"):
        with_channels_last(array, "nxy")
