"""What a folder holds, what its shapes are called, and which names are refused."""

from __future__ import annotations

import pytest

from geomlearn.collections.members import members_of
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape


@pytest.fixture
def folder(tmp_path):
    """a.off, sub/b.ply, and what is no shape."""
    root = tmp_path / "scans"
    write_shape(root / "a.off", icosphere(1))
    write_shape(root / "sub" / "b.ply", icosphere(1))
    (root / "labels.txt").write_text("1\n2\n")
    write_shape(root / ".hidden" / "c.off", icosphere(1))
    return root


def test_names_are_paths_without_suffix(folder):
    assert [member.name for member in members_of([folder])] == ["a", "sub__b"]


def test_files_are_named_from_their_common_folder(folder):
    assert [one.name for one in members_of([folder / "a.off", folder / "sub/b.ply"])] == ["a", "sub__b"]
    assert [one.name for one in members_of([folder / "sub/b.ply"])] == ["b"]


def test_patterns_and_builtin_shapes(folder):
    assert [one.name for one in members_of([f"{folder}/*.off", "builtin:sphere@200:1"])] == ["a", "sphere@200-1"]


def test_equal_content_has_an_equal_key_whatever_it_is_called(folder):
    (folder / "copy.off").write_bytes((folder / "a.off").read_bytes())
    a, copy, b = members_of([folder])
    assert a.key == copy.key != b.key


def test_names_that_clash_are_refused(folder):
    write_shape(folder / "A.ply", icosphere(1))
    with pytest.raises(ParameterError, match=r"would both be called"):
        members_of([folder])


def test_a_folder_without_shapes_is_a_sentence(tmp_path):
    with pytest.raises(FormatError, match="There is no shape in"):
        members_of([tmp_path])
    with pytest.raises(FormatError, match="Nothing is called"):
        members_of([tmp_path / "*.off"])
    with pytest.raises(FormatError, match="There is no file"):
        members_of([tmp_path / "a.off"])
