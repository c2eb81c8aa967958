"""Files of values, and what they are taken for."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.transfer.carry import Carried
from geomlearn.collections.transfer.values import kind_of, read_values, write_values
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, ParameterError


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".npy", ".npz"])
def test_values_come_back_and_integers_stay_integers(tmp_path, suffix):
    for values in (np.arange(5)[::-1], np.linspace(0, 1, 12).reshape(6, 2)):
        found = read_values(write_values(tmp_path / f"v{suffix}", Carried(values), force=True))
        np.testing.assert_allclose(found, values, atol=1e-8)
        assert (found.dtype.kind == "i") == (values.dtype.kind == "i")


def test_confidence_lies_beside_labels(tmp_path):
    carried = Carried(np.array([1, 2]), np.array([0.5, 1.0]))
    write_values(tmp_path / "l.txt", carried)
    np.testing.assert_array_equal(read_values(tmp_path / "l.txt"), [1, 2])
    np.testing.assert_allclose(read_values(tmp_path / "l.confidence.txt"), [0.5, 1.0])
    assert (write_values(tmp_path / "l.csv", carried)).read_text().splitlines() == [
        *("label,confidence", "1,0.5000", "2,1.0000")
    ]
    assert set(read_arrays(write_values(tmp_path / "l.npz", carried))[0]) == {"values", "confidence"}


def test_what_values_seem_to_be():
    assert kind_of(np.zeros(10, int), 10, 20) == "labels"
    assert kind_of(np.zeros(20), 10, 20) == "field"
    assert kind_of(np.zeros((10, 2), int), 10, 20) == "field"
    assert kind_of(np.arange(3), 10, 20) == "landmarks"
    with pytest.raises(ParameterError, match="fit neither"):
        kind_of(np.zeros(7), 10, 20)


def test_several_arrays_need_a_name(tmp_path):
    file = write_arrays(tmp_path / "a.npz", {"x": np.zeros(3), "y": np.ones(3)}, {})
    with pytest.raises(ParameterError, match="x, y"):
        read_values(file)
    np.testing.assert_array_equal(read_values(file, "y"), [1, 1, 1])
    with pytest.raises(FormatError, match="cannot be written"):
        write_values(tmp_path / "a.doc", Carried(np.zeros(3)))
