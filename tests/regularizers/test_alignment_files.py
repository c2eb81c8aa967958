"""Alignments and features as files."""

import numpy as np
import pytest

from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.regularizers.alignment import align_features
from geomlearn.regularizers.alignment_files import read_alignment, read_features, write_alignment
from geomlearn.regularizers.options import AlignmentOptions


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5"])
def test_maps_survive_with_the_axes_they_turn_to(tmp_path, suffix):
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=(20, 3)), rng.normal(size=(20, 5))
    found = align_features(old, new, options=AlignmentOptions(steps=5, rotate_longer=True)).value
    path = write_alignment(tmp_path / f"maps{suffix}", found, {"old": "a", "new": "b"})
    read = read_alignment(path)
    np.testing.assert_array_equal(read.new_to_old(new), found.new_to_old(new))
    np.testing.assert_array_equal(read.old_to_new(old), found.old_to_new(old))
    assert read.distance == found.distance


def test_other_files_are_no_alignment_and_a_part_that_lacks_is_told(tmp_path):
    plain = write_arrays(tmp_path / "plain.npz", {"features": np.ones((3, 2))}, {})
    assert read_alignment(plain) is None
    broken = {"backward_matrix": np.eye(2)}
    path = write_arrays(tmp_path / "broken.npz", broken, {"format": "geomlearn-alignment", "distance": 0.0})
    with pytest.raises(FormatError, match="lacks a part"):
        read_alignment(path)


def test_the_only_matrix_is_meant_and_several_must_be_named(tmp_path):
    one = write_arrays(tmp_path / "one.npz", {"x": np.ones((3, 2)), "mass": np.ones(3)}, {})
    assert read_features(one).shape == (3, 2)
    two = write_arrays(tmp_path / "two.npz", {"x": np.ones((3, 2)), "y": np.ones((3, 4))}, {})
    with pytest.raises(FormatError, match="or several"):
        read_features(two)
    assert read_features(two, "y").shape == (3, 4)
    with pytest.raises(FormatError, match="no matrix of features"):
        read_features(one, "mass")
