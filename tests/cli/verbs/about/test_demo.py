"""demo: everything it promises, once; the first minute of every new user."""

from __future__ import annotations

import pytest

from geomlearn.app.cli import story
from geomlearn.app.cli.verbs.about import demo
from geomlearn.core.errors import DeviceError
from geomlearn.matching.io.maps import read_map
from geomlearn.operators.fields.field_files import read_field
from geomlearn.shapes.io import read_shape
from geomlearn.spectral.basis_files import read_basis


def test_it_writes_all_it_names_and_measures_a_small_error(geomlearn, tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    # Fewer vertices and first maps take seconds instead of half a minute; .ci/run walks the demo in full.
    monkeypatch.setattr(story, "MATCH", story.MATCH.replace(n_candidates=1))
    monkeypatch.setattr(story, "A", story.A.replace("@3000", "@800"))
    monkeypatch.setattr(story, "B", story.B.replace("@3200", "@900"))
    run = geomlearn("demo", "-o", "out", "--json")
    assert run.code == 0, run.err
    folder = tmp_path / "out"
    assert sorted(path.name for path in folder.iterdir()) == sorted(demo._FILES)
    a, b = read_shape(folder / "a.ply"), read_shape(folder / "b.ply")
    assert a.n_vertices != b.n_vertices
    assert read_basis(folder / "basis.npz").n_vertices == a.n_vertices
    assert len(read_map(folder / "map.txt", n_target=b.n_vertices).map_ab) == a.n_vertices
    assert read_field(folder / "heat.npz").n_vertices == a.n_vertices
    # Poses of one body: a map that confuses left and right would be off by 50.
    assert run.json["mean_error"] < 10
    assert run.json["flipped"] is False

    again = geomlearn("demo", "-o", "out")
    assert again.code == 1
    assert "exists already" in again.err


def test_without_a_folder_it_takes_one_of_its_own_that_is_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = demo._folder(None, force=False)
    assert first == tmp_path / "geomlearn-demo"
    first.mkdir()
    assert demo._folder(None, force=False) == tmp_path / "geomlearn-demo-2"


@pytest.mark.parametrize("display", [None, ":0"])
def test_the_window_opens_only_where_there_is_a_display_and_never_spoils_the_demo(monkeypatch, display):
    opened = []

    def view_files(paths):
        opened.append(paths)
        raise DeviceError("There is no screen.")

    monkeypatch.setattr("geomlearn.app.window.view_files", view_files)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    demo._open_window(["a.ply"])
    assert opened == ([["a.ply"]] if display else [])
