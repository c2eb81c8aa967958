"""info, check, convert, basis and render over a folder."""

from __future__ import annotations

import csv

import pytest

from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import read_shape, write_shape


@pytest.fixture
def scans(tmp_path):
    """Two balls, one of them below a folder, and a broken file."""
    write_shape(tmp_path / "scans/a.off", icosphere(4))
    write_shape(tmp_path / "scans/sub/b.off", icosphere(5))
    (tmp_path / "scans/broken.ply").write_text("ply\nnonsense\n")
    return tmp_path / "scans"


def rows(path):
    with path.open() as stream:
        return {row["name"]: row for row in csv.DictReader(stream)}


def test_convert_writes_each_and_a_table_and_nothing_where_the_shapes_are(geomlearn, scans, tmp_path):
    before = sorted(scans.rglob("*"))
    run = geomlearn("convert", "scans", "-o", "out", "--format", "obj")
    assert run.code == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a.obj", "sub__b.obj", "table.csv"]
    assert read_shape(tmp_path / "out/sub__b.obj").n_vertices == 252
    told = rows(tmp_path / "out/table.csv")
    assert told["a"]["vertices"] == "162"
    assert "header" in told["broken"]["reason"]
    assert sorted(scans.rglob("*")) == before


def test_convert_of_one_file_is_as_before(geomlearn, scans, tmp_path):
    assert geomlearn("convert", "scans/a.off", "a.ply").code == 0
    assert geomlearn("convert", "scans/a.off", "-o", "b.ply").code == 0
    assert read_shape(tmp_path / "b.ply").n_vertices == 162
    assert geomlearn("convert", "scans/a.off").code == 2


def test_basis_of_several_files_goes_on_where_it_ended(geomlearn, scans, tmp_path):
    words = ("basis", "scans/a.off", "scans/sub/b.off", "-o", "out", "-k", 6)
    assert geomlearn(*words).code == 0
    when = (tmp_path / "out/a.npz").stat().st_mtime_ns
    assert geomlearn(*words).code == 1
    (tmp_path / "out/table.csv").unlink()
    (tmp_path / "out/sub__b.npz").unlink()
    run = geomlearn(*words, "--json")
    assert run.code == 0
    assert [row.get("note") for row in run.json["files"]] == ["was there already", None]
    assert (tmp_path / "out/a.npz").stat().st_mtime_ns == when


def test_check_tells_which_are_unusable_and_repairs_them(geomlearn, scans, tmp_path):
    run = geomlearn("check", "scans", "-o", "told")
    assert run.code == 1
    assert {name: bool(row["reason"]) for name, row in rows(tmp_path / "told/table.csv").items()} == {
        "a": False,
        "broken": True,
        "sub__b": False,
    }
    (scans / "broken.ply").unlink()
    assert geomlearn("check", "scans", "--repair", "-o", "mended", "--format", "off").code == 0
    assert (tmp_path / "mended/a.off").is_file()


def test_info_of_a_folder(geomlearn, scans, tmp_path):
    run = geomlearn("info", "scans", "-o", "told")
    assert run.code == 1
    assert "162 vertices" in run.out
    assert rows(tmp_path / "told/table.csv")["a"]["n_vertices"] == "162"


def test_render_of_a_folder(geomlearn, scans, tmp_path):
    (scans / "broken.ply").unlink()
    assert geomlearn("render", "scans", "-o", "pictures", "--size", "64x64").code == 0
    assert (tmp_path / "pictures/sub__b.png").stat().st_size > 300


@pytest.mark.parametrize("verb", ["convert", "basis", "render", "check", "info"])
def test_nothing_is_written_where_the_shapes_are(geomlearn, scans, verb):
    run = geomlearn(verb, "scans", "-o", "scans/out")
    assert run.code == 2
    assert "nothing is written there" in run.err


def test_a_field_is_of_one_shape(geomlearn, scans):
    assert geomlearn("render", "scans", "-o", "out", "--field", "f.txt").code == 2
