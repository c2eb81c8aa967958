"""`geomlearn view` hands over what was typed."""

from pathlib import Path

import numpy as np
import pytest

import geomlearn.app.window as window
from geomlearn.app.cli.main import main
from geomlearn.app.cli.verbs.shapes.render import _on_stage
from geomlearn.shapes.io import read_shape


@pytest.fixture
def asked(monkeypatch):
    calls = []
    monkeypatch.setattr(window, "view_files", lambda *args, **kwargs: calls.append(("view", args, kwargs)) or 0)
    monkeypatch.setattr(
        window, "picture_tour", lambda *args, **kwargs: calls.append(("tour", args, kwargs)) or [Path("a.png")]
    )
    return calls


def test_files_and_commands_reach_the_window(asked):
    assert main(["view", "cat.off", "dog.off", "--do", "set cat edges=true", "--do", "stage up=z"]) == 0
    assert asked == [("view", (("cat.off", "dog.off"),), {"lines": ("set cat edges=true", "stage up=z")})]


def test_pictures_open_no_window(asked, capsys):
    assert main(["view", "cat.off", "--pictures", "out", "--scale", "1.5"]) == 0
    assert asked == [("tour", ("out", ("cat.off",)), {"scale": 1.5})]
    assert capsys.readouterr().out == "a.png\n"


def test_a_scale_no_screen_has_is_wrong_usage(asked):
    assert main(["view", "--pictures", "out", "--scale", "9"]) == 2
    assert not asked


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")


def test_view_at_the_end_of_a_verb_opens_its_result(asked, screen, geomlearn, ball):
    run = geomlearn("basis", ball, "-k", 6, "-o", "b.npz", "--no-cache", "--view")
    assert run.code == 0, run.err
    geomlearn("solve", "heat", ball, "-o", "u.npz", "--view", "--quiet")
    geomlearn("convert", ball, "ball.ply", "--view")
    geomlearn("check", ball, "--view")
    files = [[Path(file).name for file in args[0]] for _, args, _ in asked]
    assert files == [["ball.off", "b.npz"], ["ball.off", "u.npz"], ["ball.ply"], ["ball.off"]]


@pytest.mark.parametrize(
    ("field", "column"),
    [("b.npz:evecs:3", 3), ("b.npz", 1), ("u.npz:2", 2), ("u.npz", 4), ("d.npz:k:1", 2), ("d.npz:h", 0)],
)
def test_view_after_render_shows_the_column_that_was_drawn(tmp_path, field, column, geomlearn, ball):
    n = read_shape(ball).n_vertices
    np.savez(tmp_path / "b.npz", evals=np.arange(5.0), evecs=np.eye(n, 5), mass=np.ones(n))
    np.savez(tmp_path / "u.npz", times=np.arange(5.0), values=np.zeros((5, n)))
    np.savez(tmp_path / "d.npz", h=np.ones(n), k=np.ones((n, 2)))
    files, lines = _on_stage(str(ball), str(tmp_path / field), None, None)
    assert [Path(file).name for file in files] == ["ball.off", field.partition(":")[0]]
    assert lines == [f"paint ball {field[0]} column={column}"]


def test_view_without_a_display_is_refused_before_any_work(asked, geomlearn, ball, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for words in (
        ("basis", ball, "-o", "b.npz"),
        ("match", ball, ball, "-o", "m.txt"),
        ("render", ball, "-o", "b.png"),
    ):
        run = geomlearn(*words, "--view")
        assert run.code == 1 and "--view needs a display" in run.err
        assert not Path(words[-1]).exists()
    assert not asked
