"""Tuning: equal time for all, the best first, and a stopped grid that goes on where it was."""

import sys
from pathlib import Path

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.training.options import TuningOptions
from geomlearn.operators.training.tuning import RESULTS, forget_trials, tune

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import LineFit

pytestmark = pytest.mark.usefixtures("one_thread")

GRID = TuningOptions(optimizer=("adamw", "muon"), learning_rate=(1e-6, 3e-2), seconds=0.3, batch_size=8, device="cpu")


def build(seed):
    return LineFit(dropout=0.0)


def test_rates_that_learn_come_before_those_that_do_not(tmp_path):
    result = tune(build, GRID.replace(seeds=2), tmp_path)
    assert result.status is Status.LIMIT_REACHED
    assert [trial.learning_rate for trial in result.value] == [3e-2, 3e-2, 1e-6, 1e-6]
    assert all(len(trial.errors) == 2 and trial.epochs >= 1 for trial in result.value)
    # AdamW keeps two numbers for each weight, Muon one for each matrix and two for each bias.
    sizes = {trial.optimizer: trial.state_bytes for trial in result.value}
    assert sizes["muon"] < sizes["adamw"]


def test_a_stopped_grid_goes_on_where_it_was(tmp_path):
    seen = []
    stop = Progress(lambda fraction, note: seen.append(fraction), lambda: bool(seen) and seen[-1] > 0.4)
    first = tune(build, GRID, tmp_path, progress=stop)
    assert first.status is Status.CANCELLED
    assert 0 < len(first.value) < 4
    with pytest.raises(ParameterError, match="holds trials already"):
        tune(build, GRID, tmp_path)
    second = tune(build, GRID, tmp_path, resume=True)
    assert len(second.value) == 4
    kept = {(trial.optimizer, trial.learning_rate): trial for trial in second.value}
    assert all(kept[trial.optimizer, trial.learning_rate] == trial for trial in first.value)
    assert [path.name for path in tmp_path.iterdir()] == ["trials.json"]


def test_a_training_that_diverges_is_told_and_comes_last(tmp_path):
    task = LineFit(dropout=0.0)
    task.targets[3] = float("nan")
    result = tune(lambda seed: task, GRID.replace(optimizer=("adamw",)), tmp_path)
    assert [trial.errors for trial in result.value] == [(None,), (None,)]
    assert result.value[0].error == float("inf")


def test_newton_has_no_rate_and_the_same_combination_is_tried_once():
    grid = GRID.replace(optimizer=("gns", "adamw")).grid(48)
    assert [(options.optimizer, options.batch_size) for options in grid] == [("gns", 48), ("adamw", 8), ("adamw", 8)]


def test_forgetting_trials_leaves_what_others_put_there(tmp_path):
    (tmp_path / "trial-0-0").mkdir()
    (tmp_path / RESULTS).write_text("[]")
    (tmp_path / "notes.txt").write_text("mine")
    forget_trials(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
