"""A shape from a path or from a built-in name."""

import pytest

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.shapes.load import load_shape


def test_paths_are_read(seed_files):
    assert load_shape(seed_files["little.ply"]).n_faces == 80
    assert load_shape(str(seed_files["plain.obj"])).n_faces == 80
    with pytest.raises(FormatError):
        load_shape("nowhere.ply")


def test_built_in_names_are_generated():
    assert load_shape("builtin:sphere").n_faces > 0


def test_unknown_names_are_answered_with_near_ones():
    with pytest.raises(ParameterError, match=r"no built-in shape called spher\..*sphere"):
        load_shape("builtin:spher")
