"""A shape from a path or from a built-in name."""

import pytest

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.shapes.load import BuiltinSpec, load_shape, parse_builtin


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


def test_a_built_in_shape_has_as_many_vertices_as_asked_and_the_triangulation_of_its_seed():
    assert parse_builtin("builtin:torus@900:2") == BuiltinSpec("torus", 900, 2)
    first, second = load_shape("builtin:torus@900"), load_shape("builtin:torus@900:2")
    assert first.n_vertices == second.n_vertices == 900
    assert first.content_hash != second.content_hash


@pytest.mark.parametrize("spec", ["builtin:torus@", "builtin:torus@many", "builtin:torus@900:1:2", "builtin:torus@-5"])
def test_sizes_that_are_no_numbers_end_in_a_sentence(spec):
    with pytest.raises(ParameterError, match="cannot be understood"):
        load_shape(spec)
