"""`geomlearn view` hands over what was typed."""

from pathlib import Path

import pytest

import app.window as window
from app.cli.main import main


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
