"""The learn desk: start, watch, pause, change the method, go on, overlay, cancel, keep."""

from __future__ import annotations

import time

import numpy as np
import pytest

from geomlearn.app.cli.main import main
from geomlearn.app.desks.learn.runs import State
from geomlearn.app.model.cards import method_card
from geomlearn.app.window.files.opening import open_session, save_session
from geomlearn.core.errors import FormatError
from geomlearn.operators.baselines.options import UNetOptions
from geomlearn.operators.training.options import TrainingOptions

pytestmark = pytest.mark.window


@pytest.fixture
def learn(driver, tmp_path, monkeypatch):
    """The desk open, with small data and a small model chosen; long enough that nothing ends by itself."""
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path / "cache"))
    assert main(["data", "darcy", "-n", "12", "--resolution", "9", "--jobs", "1", "-o", "samples", "--quiet"]) == 0
    driver.key("F4")
    desk = desk_of(driver)
    driver.click("Data")
    driver.click("Data/file")
    driver.click("Path")
    driver.type(str(tmp_path / "samples"))
    desk.choices.model_options["unet"] = UNetOptions(width=4, scales=1)
    desk.choices.training = TrainingOptions(epochs=5000, batch_size=4, learning_rate=1e-3, device="cpu")
    driver.frames(2)
    yield driver
    for run in desk.runs.all:
        if run.job is not None:
            driver.app.runner.cancel(run.job)


def desk_of(driver):
    return driver.app.desks["learn"]


def until(driver, condition, limit_s=400.0):
    """Looks less often than the driver does: on few cores the worker needs the time that drawing takes."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, f"nothing happened in time; {driver.messages()}"
        driver.frames(1)
        time.sleep(0.3)


def started(driver):
    driver.click("start")
    run = desk_of(driver).run
    until(driver, lambda: len(run.record.steps) > 1 and run.record.spectra is not None)
    return run


def test_a_training_is_started_watched_paused_changed_continued_and_cancelled(learn):
    run = started(learn)
    assert run.state == State.RUNNING
    assert learn.sees("loss") and learn.sees("error") and learn.sees("rate")
    learn.click("page/Layers")
    assert learn.sees("spectrum weight") and learn.sees("spectrum update") and learn.sees("defects")
    # What the layer plots show is what the worker measured of this very model.
    names = [layer.name for layer in run.record.spectra.layers]
    assert desk_of(learn).layer in names and run.record.spectra.state_bytes > 0

    learn.click("pause")
    until(learn, lambda: run.state == State.PAUSED)
    paused_at = run.record.steps[-1]
    learn.click("page/Train")
    learn.click("Optimizer")
    learn.click("Optimizer/muon")
    learn.click("Penalty")
    learn.click("Penalty/orth-conv")
    assert "optimizer muon" in desk_of(learn).draft.model_dump_json().replace('":"', " ")
    learn.click("pause")
    until(learn, lambda: bool(run.record.changes) and run.record.steps[-1] > paused_at)
    (step, words) = run.record.changes[0]
    assert "optimizer muon" in words and "orth-conv" in words
    assert 0 < step <= paused_at + 50

    learn.click("cancel run")
    until(learn, lambda: run.state == State.CANCELLED)
    assert not (run.folder / "checkpoint.safetensors").exists()
    assert len(run.record.steps), "its curves stay"
    learn.app.run("learn.pause")
    assert "is cancelled" in learn.messages()


def test_knobs_that_tune_themselves_are_shown_while_they_do(learn):
    desk = desk_of(learn)
    desk.choices.training = desk.choices.training.replace(epochs=20, batch_size=2)
    learn.click("self-tune")
    learn.click("start")
    run = desk.run
    learn.app.run("learn.pause")
    assert "keep no checkpoint" in learn.messages()
    until(learn, lambda: run.state == State.DONE)
    assert set(run.record.knobs) == {"dropout", "noise", "weight_decay"}
    assert (run.folder / "schedule.csv").exists() and run.model_file.exists()
    learn.frames(3)
    assert learn.sees("dropout") and learn.sees("weight_decay") and not learn.sees("rate")


def test_two_runs_are_overlaid_and_a_session_keeps_them(learn, tmp_path):
    first = started(learn)
    learn.key("Y")
    until(learn, lambda: first.state == State.PAUSED)
    learn.app.run("learn.cancel")
    learn.click("page/Train")
    learn.click("Optimizer")
    learn.click("Optimizer/auon")
    desk_of(learn).choices.training = desk_of(learn).choices.training.replace(epochs=2)
    learn.click("start")
    second = desk_of(learn).run
    until(learn, lambda: not second.state.is_live)
    assert second.state == State.DONE and second.name.startswith("unet-auon")
    assert second.model_file.exists() and np.isfinite(second.record.errors).all()
    assert desk_of(learn).beside == first.name
    plain = learn.picture()
    desk_of(learn).beside = ""
    learn.frames(2)
    assert not np.array_equal(plain, learn.picture()), "the second run was drawn"
    desk_of(learn).beside = first.name

    learn.open("builtin:icosphere")
    assert save_session(learn.app, str(tmp_path / "kept"), "")
    learn.wait()
    learn.reset()
    open_session(learn.app, str(tmp_path / "kept"))
    learn.wait()
    again = desk_of(learn)
    assert [(run.name, run.state) for run in again.runs.all] == [
        (first.name, State.CANCELLED),
        (second.name, State.DONE),
    ]
    assert again.shown == second.name and again.choices.file.endswith("samples")


def test_a_failed_training_says_why_and_can_be_changed(learn):
    desk = desk_of(learn)
    desk.choices.training = desk.choices.training.replace(optimizer="gns")
    learn.click("start")
    run = desk.run
    until(learn, lambda: run.state == State.FAILED)
    learn.expect("gns compares losses of all")
    assert "gns compares losses" in run.sentence


def test_nothing_is_started_without_data_and_other_folders_are_no_runs(driver, tmp_path):
    driver.key("F4")
    desk = desk_of(driver)
    desk.choices.data, desk.choices.file = "file", str(tmp_path / "absent")
    driver.key("T")
    assert "nothing at that path" in driver.messages()
    with pytest.raises(FormatError, match="no run of the learn desk"):
        desk.runs.open(tmp_path)


@pytest.mark.parametrize(
    "key",
    [
        *("adamw", "adam", "sgd", "muon", "auon", "hybrid-auon", "root", "dct-adamw", "gns"),
        *("orth-conv", "lambda-orth", "match", "functional-map", "zoomout", "diffumatch"),
        *("poisson", "heat", "wave", "advect", "allen-cahn", "gray-scott"),
    ],
)
def test_every_choice_has_a_card(key):
    card = method_card(key)
    assert card.use and card.avoid
    assert any(str(year) in card.source for year in range(1940, 2027))
    assert card.equation or "←" in card.summary or "=" in card.summary
