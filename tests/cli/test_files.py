"""Bad outputs are refused before any work, and keys are told from file names."""

from __future__ import annotations

import pytest

from geomlearn.app.cli.files import claim, split_key
from geomlearn.core.errors import FormatError, GeomError


def test_an_unknown_suffix_is_refused_with_those_that_work(tmp_path):
    with pytest.raises(FormatError, match=r"written as \.xyz.*\.npz, \.mat"):
        claim(tmp_path / "basis.xyz", (".npz", ".mat"), "A basis", force=False)
    with pytest.raises(FormatError, match="without a suffix"):
        claim(tmp_path / "basis", (".npz",), "A basis", force=False)


def test_a_file_that_exists_is_refused_unless_forced(tmp_path):
    path = tmp_path / "basis.NPZ"
    path.write_text("precious")
    with pytest.raises(GeomError, match=r"exists already.*--force"):
        claim(path, (".npz",), "A basis", force=False)
    assert claim(path, (".npz",), "A basis", force=True) == path
    assert path.read_text() == "precious"


def test_folders_are_refused(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(GeomError, match="is a folder"):
        claim(tmp_path / "folder.npz", (".npz",), "A basis", force=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(GeomError, match="is a file"):
        claim(tmp_path / "file" / "b.npz", (".npz",), "A basis", force=False)


def test_a_folder_that_is_not_there_yet_is_fine(tmp_path):
    assert claim(tmp_path / "new" / "b.npz", (".npz",), "A basis", force=False) == tmp_path / "new" / "b.npz"


def test_keys_behind_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.npz").write_text("")
    (tmp_path / "odd:name.npz").write_text("")
    assert split_key("b.npz:evecs:5") == ("b.npz", ["evecs", "5"])
    assert split_key("b.npz") == ("b.npz", [])
    assert split_key("odd:name.npz:2") == ("odd:name.npz", ["2"])
    assert split_key("missing.npz:2") == ("missing.npz:2", [])
