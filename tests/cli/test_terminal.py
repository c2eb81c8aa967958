"""The two streams, numbers in words, JSON that every parser takes, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.app.cli.terminal import Terminal, jsonable, number, shown
from geomlearn.core.errors import Cancelled
from geomlearn.spectral.options import EigenbasisOptions


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345, "12,345"), (0.0, "0"), (1.5, "1.5"), (0.012345, "0.01235"), (12345.6, "12,346"), (1.23e-9, "1.23e-09")],
)
def test_numbers_in_words(value, text):
    assert number(value) == text


# 1.795e308 rounded to three digits lies beyond the largest double; nobody measures such numbers.
@given(st.floats(-1e300, 1e300) | st.just(float("nan")) | st.just(float("inf")))
def test_number_never_fails_and_stays_close(value):
    text = number(value)
    if np.isfinite(value):
        assert float(text.replace(",", "")) == pytest.approx(value, rel=6e-3)


def test_json_has_no_infinity_and_knows_arrays_paths_and_options(tmp_path):
    payload = {
        "nan": float("nan"),
        "array": np.array([1.0, np.inf]),
        "count": np.int64(3),
        "path": tmp_path,
        "options": EigenbasisOptions(k=7),
        "nested": ({"a": [np.float32(0.5)]},),
    }
    plain = json.loads(json.dumps(jsonable(payload), allow_nan=False))
    assert plain["nan"] is None
    assert plain["array"] == [1.0, None]
    assert plain["count"] == 3
    assert plain["path"] == str(tmp_path)
    assert plain["options"]["k"] == 7
    assert plain["nested"] == [{"a": [0.5]}]


def test_quiet_and_json_keep_stdout_clean(capsys):
    for terminal in (Terminal(quiet=True), Terminal(json=True)):
        terminal.say("a result")
        terminal.rows({"name": "value"})
        terminal.next("geomlearn info")
    Terminal(json=True).finish({"answer": 42})
    Terminal().finish({"answer": 42})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"answer": 42}


def test_warnings_go_to_stderr_unless_quiet(capsys):
    Terminal().warn(["Look out."])
    Terminal(quiet=True).warn(["Not said."])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "warning: Look out.\n"


def test_the_first_ctrl_c_asks_and_the_second_stops_at_once(capsys):
    terminal = Terminal()
    with terminal.progress("work") as progress:
        progress(0.1)
        os.kill(os.getpid(), signal.SIGINT)
        assert progress.cancelled
        with pytest.raises(Cancelled):
            progress(0.2)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert "Ctrl-C again" in capsys.readouterr().err


def test_ctrl_c_means_what_it_did_before_once_the_work_is_over():
    before = signal.getsignal(signal.SIGINT)
    with Terminal().progress("work"):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_paths_are_shown_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / "b.npz") == str(Path("a", "b.npz"))
    assert shown(tmp_path.parent / "b.npz") == str(tmp_path.parent / "b.npz")
