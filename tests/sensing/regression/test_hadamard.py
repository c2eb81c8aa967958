"""The Walsh–Hadamard transform."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import hadamard

from geomlearn.core.errors import SizeMismatch
from geomlearn.sensing.regression.hadamard import walsh_hadamard


@pytest.mark.parametrize("n", [1, 2, 64, 512, 8192])
def test_property_2_it_is_the_hadamard_matrix_and_its_own_inverse(n):
    rows = np.random.default_rng(0).normal(size=(n, 3))
    mixed = walsh_hadamard(rows)
    if n <= 512:
        assert mixed == pytest.approx(hadamard(n) @ rows, abs=1e-11)
    assert walsh_hadamard(mixed) / n == pytest.approx(rows, abs=1e-12)


def test_single_precision_stays_single():
    assert walsh_hadamard(np.ones((8, 2), np.float32)).dtype == np.float32


def test_other_sizes_are_refused():
    with pytest.raises(SizeMismatch, match="no power of two"):
        walsh_hadamard(np.ones((6, 2)))
