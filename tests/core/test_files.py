"""Paths: what is there, what may be written, and what a file may refer to."""

import os
from pathlib import Path

import pytest

from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import atomic_path, beside, existing_file


@pytest.mark.parametrize("name", ["x" * 300 + ".ply", "~nobody-of-this-name/a.ply", "a/b\0c.ply", "x" * 5000])
def test_impossible_names_end_in_a_sentence(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GeomError) as caught:
        existing_file(name)
    assert len(caught.value.message) < 300
    with pytest.raises(GeomError), atomic_path(name, force=True):
        pass


def test_a_name_as_long_as_the_disk_allows_is_written(tmp_path):
    with atomic_path(tmp_path / ("x" * 250 + ".npz")) as temporary:
        temporary.write_bytes(b"whole")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    for target in ("old.txt", "new.txt"):
        link = tmp_path / f"link-{target}"
        link.symlink_to(tmp_path / "there" / target)
    (tmp_path / "there" / "old.txt").write_text("old")
    for target in ("old.txt", "new.txt"):
        with atomic_path(tmp_path / f"link-{target}", force=True) as temporary:
            temporary.write_text("fresh")
        assert (tmp_path / f"link-{target}").is_symlink()
        assert (tmp_path / "there" / target).read_text() == "fresh"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names on this platform")
def test_pipes_and_devices_are_neither_read_nor_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    for path in (tmp_path / "pipe.npz", Path(os.devnull)):
        with pytest.raises(FormatError, match="device or a pipe"):
            existing_file(path)
        with pytest.raises(GeomError, match="device or a pipe"), atomic_path(path, force=True):
            pass


@pytest.mark.parametrize(
    "reference",
    [
        "/etc/passwd",
        "../a",
        "b/../../a",
        r"..\a",
        r"b\..\..\a",
        r"C:\a",
        "C:a",
        r"\a",
        r"\\server\share\a",
        "//server/a",
        *("file:///a", "http://a/b", "a\0b", "", "."),
    ],
)
def test_a_reference_stays_in_its_folder_on_every_platform(reference):
    assert beside(Path("/data/scene.gltf"), reference) is None


@pytest.mark.parametrize("reference", ["a.bin", "b/a.bin", r"b\a.bin", "./a.bin"])
def test_references_below_the_folder_are_followed(reference):
    found = beside(Path("/data/scene.gltf"), reference)
    assert found in (Path("/data/a.bin"), Path("/data/b/a.bin"))
