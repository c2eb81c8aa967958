"""Built-in shapes kept on disk: found again, never stale, never in the way."""

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.builtin import kept as module
from geomlearn.shapes.builtin.kept import kept
from geomlearn.shapes.shape import Shape

TRIANGLE = Shape(np.eye(3), np.array([[0, 1, 2]]), name="made")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path))
    return tmp_path / "shapes"


class Maker:
    """Counts how often it is asked."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return TRIANGLE


def test_the_second_time_it_is_read(folder):
    make = Maker()
    first, second = (kept("a", 500, 0, make) for _ in range(2))
    assert make.calls == 1
    assert second.content_hash == first.content_hash and second.name == "a"
    assert len(list(folder.iterdir())) == 1, "no temporary file stays"


@pytest.mark.parametrize("other", [("b", 500, 0), ("a", 501, 0), ("a", 500, 1)])
def test_name_size_and_seed_each_tell_apart(folder, other):
    make = Maker()
    kept("a", 500, 0, make)
    kept(*other, make)
    assert make.calls == 2


def test_a_changed_recipe_finds_nothing_old(folder, monkeypatch):
    make = Maker()
    kept("a", 500, 0, make)
    monkeypatch.setattr(module, "_recipe", lambda: "another")
    kept("a", 500, 0, make)
    assert make.calls == 2


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", None])
def test_a_damaged_entry_is_made_again_and_mended(folder, damage):
    make = Maker()
    kept("a", 500, 0, make)
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes()[:200] if damage is None else damage)
    assert kept("a", 500, 0, make).n_faces == 1 and make.calls == 2
    kept("a", 500, 0, make)
    assert make.calls == 2


def test_an_entry_of_wrong_arrays_is_damaged_too(folder):
    make = Maker()
    kept("a", 500, 0, make)
    (entry,) = folder.iterdir()
    np.savez(entry, vertices=np.zeros((2, 3)), faces=np.array([[0, 1, 7]]))
    assert kept("a", 500, 0, make).n_vertices == 3


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path / "file"))
    assert kept("a", 500, 0, Maker()).n_vertices == 3


def test_switched_off_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")
    monkeypatch.chdir(tmp_path)
    make = Maker()
    kept("a", 500, 0, make)
    kept("a", 500, 0, make)
    assert make.calls == 2 and not list(tmp_path.iterdir())


def test_builtin_uses_it_and_a_wrong_name_leaves_nothing(folder):
    one, other = builtin("icosphere", 500), builtin("icosphere", 500)
    np.testing.assert_array_equal(one.vertices, other.vertices)
    assert other.name == one.name and len(list(folder.iterdir())) == 1
    with pytest.raises(ParameterError, match="teapot"):
        builtin("teapot")
    assert len(list(folder.iterdir())) == 1
