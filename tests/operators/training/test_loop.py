"""The training loop: it learns, resumes bit for bit, stops when asked, and several processes equal one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from geomlearn.core.errors import FormatError, GeomError, ParameterError, SolverError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.training.checkpoints import read_checkpoint, write_checkpoint
from geomlearn.operators.training.loop import CHECKPOINT, train
from geomlearn.operators.training.losses import relative_l2
from geomlearn.operators.training.metrics import read_metrics
from geomlearn.operators.training.normalizers import Normalizer

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import OPTIONS, TOGETHER, LineFit, Noiseless

pytestmark = pytest.mark.usefixtures("one_thread")

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
PROGRAM = str(Path(__file__).with_name("line_fit.py"))


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


def test_it_learns_and_keeps_a_record(tmp_path):
    result = train(LineFit(), OPTIONS.replace(epochs=40), tmp_path)
    rows = read_metrics(tmp_path / "metrics.jsonl")
    assert [row["epoch"] for row in rows] == list(range(1, 41))
    assert rows[-1]["valid_relative_l2"] < 0.3 * rows[0]["valid_relative_l2"]
    assert result.status is Status.LIMIT_REACHED
    assert any((tmp_path / "events").iterdir())


def test_cancelling_and_resuming_equals_an_unbroken_run_bit_for_bit(tmp_path):
    whole = train(LineFit(), OPTIONS, tmp_path / "whole")
    steps = []
    stop = Progress(lambda fraction, note: steps.append(note), lambda: len(steps) >= 16)
    first = train(LineFit(), OPTIONS, tmp_path / "parts", progress=stop)
    assert first.status is Status.CANCELLED
    second = train(LineFit(), OPTIONS, tmp_path / "parts", resume=True)
    assert torch.equal(weights(whole.value), weights(second.value))
    assert whole.history == second.history


def test_killed_at_any_moment_it_resumes_to_the_same_losses(tmp_path):
    whole = train(LineFit(), OPTIONS, tmp_path / "whole")
    folder = tmp_path / "killed"
    for steps_before_the_kill in (5, 11):
        child = subprocess.Popen(
            [sys.executable, PROGRAM, "slow", str(folder)], env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        until = time.monotonic() + 60
        while time.monotonic() < until and _step(folder) < steps_before_the_kill:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert steps_before_the_kill <= _step(folder) < 36
    resumed = train(LineFit(), OPTIONS, folder, resume=True)
    assert [row["train_loss"] for row in resumed.history] == [row["train_loss"] for row in whole.history]
    assert torch.equal(weights(whole.value), weights(resumed.value))
    assert [row["epoch"] for row in read_metrics(folder / "metrics.jsonl")] == list(range(1, 7))


def _step(folder):
    path = folder / CHECKPOINT
    return read_checkpoint(path)["step"] if path.exists() else 0


def test_two_processes_equal_one(tmp_path):
    alone = train(Noiseless(), TOGETHER, tmp_path / "one")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    arguments = [PROGRAM, "noiseless", str(tmp_path)]
    subprocess.run([*launch, *arguments], check=True, capture_output=True, env=ONE_THREAD, timeout=120)
    for name in ("two", "again"):
        together = read_metrics(tmp_path / name / "metrics.jsonl")
        for row_alone, row_together in zip(alone.history, together, strict=True):
            assert row_together["train_loss"] == pytest.approx(row_alone["train_loss"], rel=1e-4)
            assert row_together["valid_relative_l2"] == pytest.approx(row_alone["valid_relative_l2"], rel=1e-4)


def test_early_stopping_waits_for_its_patience(tmp_path):
    options = OPTIONS.replace(epochs=50, patience=2, learning_rate=1e-9, ema_decay=0.0, schedule="constant")
    task = LineFit()
    task.valid_errors = lambda model, samples: {"constant": torch.ones(len(samples))}
    result = train(task, options, tmp_path)
    assert result.status is Status.CONVERGED
    assert len(result.history) == 3


def test_a_loss_that_is_not_finite_stops_with_a_sentence_and_keeps_the_checkpoint(tmp_path):
    task = LineFit()
    task.targets[5] = float("nan")
    with pytest.raises(SolverError, match="loss became nan at step") as caught:
        train(task, OPTIONS, tmp_path)
    assert "learning rate" in caught.value.hint


def test_a_run_is_not_overwritten_and_options_may_not_change(tmp_path):
    train(LineFit(), OPTIONS, tmp_path)
    with pytest.raises(ParameterError, match="holds a run already"):
        train(LineFit(), OPTIONS, tmp_path)
    with pytest.raises(ParameterError, match="another learning_rate"):
        train(LineFit(), OPTIONS.replace(learning_rate=1e-2), tmp_path, resume=True)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    train(LineFit(), OPTIONS, tmp_path)
    task = LineFit()
    task.model = torch.nn.Linear(6, 3)
    with pytest.raises(GeomError, match="belongs to another model"):
        train(task, OPTIONS, tmp_path, resume=True)


def test_batches_larger_than_the_data_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="there are 48"):
        train(LineFit(), OPTIONS.replace(batch_size=64), tmp_path)


def test_averaged_weights_lag_behind_the_trained_ones(tmp_path):
    plain = train(Noiseless(), OPTIONS.replace(ema_decay=0.0), tmp_path / "plain")
    averaged = train(Noiseless(), OPTIONS, tmp_path / "averaged")
    assert not torch.equal(weights(plain.value), weights(averaged.value))
    assert [row["train_loss"] for row in plain.history] == [row["train_loss"] for row in averaged.history]


def test_checkpoints_round_trip_and_damaged_ones_are_refused(tmp_path):
    state = {"a": torch.arange(3), "b": {3: [torch.ones(2, dtype=torch.bfloat16), None, "word", 1.5]}, "c": []}
    path = write_checkpoint(tmp_path / "state.safetensors", state)
    read = read_checkpoint(path)
    assert torch.equal(read["a"], state["a"])
    assert read["b"][3][0].dtype is torch.bfloat16
    assert read["b"][3][1:] == [None, "word", 1.5]
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(FormatError, match="not a checkpoint"):
        read_checkpoint(path)


def test_relative_l2_is_scale_invariant_and_one_for_zero():
    truth = torch.randn(4, 5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    prediction = truth + 0.1
    torch.testing.assert_close(relative_l2(prediction, truth), relative_l2(3 * prediction, 3 * truth))
    torch.testing.assert_close(relative_l2(torch.zeros_like(truth), truth), torch.ones(4, dtype=torch.float64))


def test_relative_l2_weights_are_a_quadrature():
    # Splitting a point into two of half the area changes nothing.
    truth, prediction = torch.tensor([[[1.0], [2.0]]]), torch.tensor([[[1.5], [2.5]]])
    split = [torch.cat([values, values[:, 1:]], 1) for values in (prediction, truth)]
    whole = relative_l2(prediction, truth, torch.tensor([1.0, 2.0])[:, None])
    torch.testing.assert_close(relative_l2(*split, torch.tensor([1.0, 1.0, 1.0])[:, None]), whole)


@pytest.mark.parametrize("per", ["point", "channel"])
def test_normalizer_round_trips_and_refuses_other_sizes(per):
    samples = 3 + 2 * torch.randn(50, 9, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    normalizer = Normalizer(samples, per)
    encoded = normalizer.encode(samples)
    assert float(encoded.mean().abs()) < 1e-12
    assert float(encoded.std()) == pytest.approx(1, abs=0.02)
    torch.testing.assert_close(normalizer.decode(encoded), samples)
    with pytest.raises(GeomError, match="normaliser"):
        normalizer.encode(torch.ones(1, 9, 3))
