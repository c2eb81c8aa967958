"""What was computed is found again; whatever happens to the folder, a basis comes out."""

import numpy as np
import pytest

from geomlearn.core.cache import ArrayCache
from geomlearn.spectral import basis_cache
from geomlearn.spectral import eigenbasis as module
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

OPTIONS = EigenbasisOptions(k=10)


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path))
    return tmp_path / "bases"


@pytest.fixture
def count_solves(monkeypatch) -> list[int]:
    solves: list[int] = []
    solve = module.smallest_pairs

    def counting(*arguments, **named):
        solves.append(1)
        return solve(*arguments, **named)

    monkeypatch.setattr(module, "smallest_pairs", counting)
    return solves


def test_the_second_time_nothing_is_solved(blob, count_solves) -> None:
    first = eigenbasis(blob, OPTIONS)
    second = eigenbasis(blob.replace(name="the same under another name"), OPTIONS)
    assert len(count_solves) == 1
    np.testing.assert_array_equal(first.evecs, second.evecs)
    assert second.metadata["source"] == "the same under another name"
    assert {**first.metadata, "source": ""} == {**second.metadata, "source": ""}
    assert (second.operator, second.boundary) == (first.operator, first.boundary)


def test_other_geometry_options_or_version_are_other_entries(blob, sphere, count_solves, monkeypatch) -> None:
    eigenbasis(blob, OPTIONS)
    eigenbasis(sphere(2), OPTIONS)
    eigenbasis(blob, EigenbasisOptions(k=11))
    eigenbasis(blob, EigenbasisOptions(k=10, laplacian="robust"))
    monkeypatch.setattr("geomlearn.__version__", "99")
    eigenbasis(blob, OPTIONS)
    assert len(count_solves) == 5


def test_it_can_be_left_out_or_turned_off(blob, count_solves, folder, monkeypatch) -> None:
    eigenbasis(blob, OPTIONS, cache=False)
    assert not folder.exists()
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")
    eigenbasis(blob, OPTIONS)
    eigenbasis(blob, OPTIONS)
    assert len(count_solves) == 3


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "other"])
def test_a_damaged_entry_is_computed_anew(blob, count_solves, folder, damage) -> None:
    good = eigenbasis(blob, OPTIONS)
    (entry,) = folder.glob("*.npz")
    content = bytearray(entry.read_bytes())
    if damage == "truncate":
        content = content[: len(content) // 2]
    elif damage == "flip":
        content[len(content) // 3] ^= 0xFF
    elif damage == "empty":
        content = bytearray()
    else:
        content = bytearray(b"not a basis at all")
    entry.write_bytes(content)
    again = eigenbasis(blob, OPTIONS)
    assert len(count_solves) == 2
    np.testing.assert_array_equal(again.evecs, good.evecs)
    assert len(list(folder.glob("*.npz"))) == 1
    eigenbasis(blob, OPTIONS)
    assert len(count_solves) == 2


def test_an_interrupted_write_leaves_no_entry(blob, folder, monkeypatch) -> None:
    def interrupted(*_, **__) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("geomlearn.core.arrays.np.savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        eigenbasis(blob, OPTIONS)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_error(blob, monkeypatch, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path / "file" / "below"))
    assert eigenbasis(blob, OPTIONS).k == 10


def test_a_basis_larger_than_a_quarter_of_the_cache_is_not_kept(blob, folder, monkeypatch) -> None:
    monkeypatch.setattr(basis_cache, "CACHE", ArrayCache("bases", 1000))
    eigenbasis(blob, OPTIONS)
    assert not folder.exists()
