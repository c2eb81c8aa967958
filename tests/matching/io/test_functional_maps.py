"""Functional-map files round-trip; what holds no matrix says so."""

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, GeomError
from geomlearn.matching.io.functional_maps import WRITABLE, read_fmap, write_fmap


@pytest.mark.parametrize("suffix", WRITABLE)
def test_every_format_round_trips(tmp_path, suffix):
    fmap = np.random.default_rng(0).standard_normal((4, 3))
    path = write_fmap(tmp_path / f"fmap{suffix}", fmap, {"source": "a", "target": "b"})
    found = read_fmap(path)
    np.testing.assert_array_equal(found.fmap_ab, fmap)
    assert dict(found.metadata) == ({} if suffix == ".npy" else {"source": "a", "target": "b"})
    with pytest.raises(GeomError, match="exists already"):
        write_fmap(path, fmap)


@pytest.mark.parametrize(
    "arrays", [{"a": np.eye(2), "b": np.eye(2)}, {"C": np.full((2, 2), np.nan)}, {"C": np.zeros((2, 2, 2))}]
)
def test_files_without_a_matrix_end_in_a_sentence(tmp_path, arrays):
    np.savez(tmp_path / "fmap.npz", **arrays)
    with pytest.raises(FormatError, match="functional map"):
        read_fmap(tmp_path / "fmap.npz")


def test_unknown_suffixes_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"\.txt"):
        write_fmap(tmp_path / "fmap.txt", np.eye(2))
