"""The likely places of one point: few, by their shares, those of the sparse projection."""

import numpy as np
import pytest

from geomlearn.core.errors import SizeMismatch
from geomlearn.matching.sparse_transport import likely_places


def test_a_point_between_two_places_belongs_to_both() -> None:
    rows = np.stack([np.arange(6.0), np.zeros(6)], axis=1)
    found, shares = likely_places(np.array([2.4, 0.0]), rows, k=2)
    assert found.tolist() == [2, 3]
    assert np.isclose(shares.sum(), 1) and shares[0] > shares[1] > 0
    assert likely_places(np.array([2.0, 0.0]), rows, k=1)[1].tolist() == [1.0]
    # Distances beyond the width give nothing, however many are asked for.
    assert len(likely_places(np.array([2.0, 0.0]), rows, k=6)[0]) < 6


def test_rows_of_another_space_are_refused() -> None:
    with pytest.raises(SizeMismatch, match="do not compare"):
        likely_places(np.zeros(3), np.zeros((4, 2)))
