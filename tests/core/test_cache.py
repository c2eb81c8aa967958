"""One place for everything cached, which the environment moves or turns off."""

import os

import numpy as np
import pytest

from geomlearn.core.cache import VARIABLE, ArrayCache, cache_folder


def test_the_environment_moves_the_cache_or_turns_it_off(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert cache_folder("bases") == tmp_path / "bases"
    monkeypatch.setenv(VARIABLE, "off")
    assert cache_folder("bases") is None
    monkeypatch.delenv(VARIABLE)
    assert cache_folder("bases").name == "bases"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "things"


def test_what_was_put_is_got_with_its_metadata(folder):
    cache = ArrayCache("things", 10**6)
    cache.put("a", {"x": np.arange(4)}, {"word": "b"})
    arrays, facts = cache.get("a")
    np.testing.assert_array_equal(arrays["x"], np.arange(4))
    assert facts == {"word": "b"}
    assert cache.get("b") is None
    cache.drop("a")
    assert cache.get("a") is None


def test_what_was_used_longest_ago_goes_first(folder):
    cache = ArrayCache("things", 10**6)
    for age, key in enumerate("abcde"):
        cache.put(key, {"x": np.zeros(100)})
        os.utime(folder / f"{key}.npz", (age, age))
    assert cache.get("a") is not None
    full = sum(path.stat().st_size for path in folder.iterdir())
    ArrayCache("things", full + 10).put("f", {"x": np.zeros(100)})
    assert sorted(path.stem for path in folder.iterdir()) == list("acdef")


def test_an_entry_above_a_quarter_of_the_capacity_is_not_kept(folder):
    cache = ArrayCache("things", 4 * 8 * 100)
    cache.put("large", {"x": np.zeros(101)})
    assert not folder.exists()
