"""A run that goes on with other options, Newton's method in the loop, and what a run shows of itself."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.training.checkpoints import read_checkpoint
from geomlearn.operators.training.loop import CHECKPOINT, train
from geomlearn.operators.training.losses import relative_l2
from geomlearn.operators.training.watching.live import LIVE, LiveLog, read_live
from geomlearn.operators.training.watching.spectra import SPECTRA, read_spectra
from geomlearn.operators.training.watching.watcher import Watcher, orthogonality_defect

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import OPTIONS, LineFit, Noiseless

pytestmark = pytest.mark.usefixtures("one_thread")

NEWTON = OPTIONS.replace(optimizer="gns", batch_size=48, epochs=12, ema_decay=0.0, weight_decay=1e-4)


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


def paused(folder, options, steps=16, task=LineFit):
    seen = []
    stop = Progress(lambda fraction, note: seen.append(note), lambda: len(seen) >= steps)
    assert train(task(), options, folder, progress=stop).status is Status.CANCELLED


class PerSample(Noiseless):
    """With a loss for each sample."""

    def sample_losses(self, model, samples, generator):
        return relative_l2(model(self.inputs[samples]), self.targets[samples]).square()

    def train_loss(self, model, samples, generator):
        return self.sample_losses(model, samples, generator).mean()


@pytest.mark.parametrize("hessian", ["exact", "fisher", "zero"])
def test_newton_lowers_the_loss_of_whole_batches_in_every_step(hessian, tmp_path):
    options = NEWTON.replace(optimizer_options=f"hessian={hessian}", regularizer="lambda-orth:0.01")
    task = PerSample()
    task.model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 3))
    rows = train(task, options, tmp_path).history
    losses = [row["train_loss"] for row in rows]
    # Fisher's matrix is many times the Hessian while residuals are large: it creeps, and its radius grows.
    assert losses[-1] < {"exact": 0.3, "fisher": 0.95, "zero": 0.9}[hessian] * losses[0]
    assert {"trust_radius", "valid_relative_l2"} <= set(rows[0])
    assert "learning_rate" not in rows[0]


def test_newton_resumes_bit_for_bit_with_dropout_and_noise(tmp_path):
    whole = train(LineFit(), NEWTON, tmp_path / "whole")
    paused(tmp_path / "parts", NEWTON, 5)
    second = train(LineFit(), NEWTON, tmp_path / "parts", resume=True)
    assert torch.equal(weights(whole.value), weights(second.value))
    assert whole.history == second.history


def test_newton_ends_where_no_step_helps(tmp_path):
    task = Noiseless()
    task.train_loss = lambda model, samples, generator: model(task.inputs).square().sum() * 0 + 1
    assert train(task, NEWTON.replace(weight_decay=0), tmp_path).status is Status.STALLED


def test_newton_refuses_parts_of_the_data_and_what_a_task_does_not_offer(tmp_path):
    with pytest.raises(ParameterError, match="all 48 samples") as caught:
        train(LineFit(), NEWTON.replace(batch_size=8), tmp_path)
    assert "batch_size 48" in caught.value.hint
    with pytest.raises(ParameterError, match="no loss by sample"):
        train(LineFit(), NEWTON.replace(optimizer_options="hessian=fisher"), tmp_path)
    with pytest.raises(ParameterError, match="fp32"):
        NEWTON.replace(precision="bf16")


def test_a_paused_run_goes_on_with_another_optimizer_and_regularizer_when_asked(tmp_path):
    paused(tmp_path, OPTIONS)
    changed = OPTIONS.replace(optimizer="muon", learning_rate=1e-2, regularizer="orth-conv:1e-2", epochs=8)
    with pytest.raises(ParameterError, match="another epochs, learning_rate, optimizer, regularizer"):
        train(LineFit(), changed, tmp_path, resume=True)
    result = train(LineFit(), changed, tmp_path, resume=True, change=True)
    assert len(result.history) == 8
    marks = [row for row in read_live(tmp_path / LIVE) if "changes" in row]
    assert [(row["step"], row["changes"]["optimizer"]) for row in marks] == [(16, ["adamw", "muon"])]
    assert read_checkpoint(tmp_path / CHECKPOINT)["options"]["optimizer"] == "muon"
    # From here the changed options are the run's own.
    train(LineFit(), changed, tmp_path, resume=True)


def test_a_changed_rate_keeps_the_memory_of_the_optimizer_and_reaches_every_group(tmp_path):
    options = OPTIONS.replace(optimizer="muon", schedule="constant", ema_decay=0.0)
    paused(tmp_path, options)
    before = read_checkpoint(tmp_path / CHECKPOINT)["optimizer"]["state"]
    # One step later, at a rate of nothing: momentum has moved on from where it was, and weights have not moved.
    tiny = options.replace(learning_rate=1e-12, weight_decay=0.0)
    paused(tmp_path / "other", options)
    steps = []
    stop = Progress(lambda fraction, note: steps.append(note), lambda: len(steps) >= 1)
    start = weights(read_model(tmp_path))
    train(LineFit(), tiny, tmp_path, resume=True, change=True, progress=stop)
    state = read_checkpoint(tmp_path / CHECKPOINT)
    assert torch.allclose(weights(read_model(tmp_path)), start, atol=1e-9)
    momentum, old = state["optimizer"]["state"][0]["momentum_buffer"], before[0]["momentum_buffer"]
    assert 0 < float((momentum - 0.95 * old).norm()) < float(momentum.norm())
    assert {group["lr"] for group in state["optimizer"]["param_groups"]} == {1e-12}


def read_model(folder):
    model = LineFit().model
    model.load_state_dict(read_checkpoint(folder / CHECKPOINT)["model"])
    return model


def test_a_change_that_changes_nothing_equals_an_unbroken_run(tmp_path):
    whole = train(LineFit(), OPTIONS, tmp_path / "whole")
    paused(tmp_path / "parts", OPTIONS)
    second = train(LineFit(), OPTIONS, tmp_path / "parts", resume=True, change=True)
    assert torch.equal(weights(whole.value), weights(second.value))


def test_batches_and_seeds_of_a_run_never_change(tmp_path):
    paused(tmp_path, OPTIONS)
    with pytest.raises(ParameterError, match="cannot change its batch_size, seed"):
        train(LineFit(), OPTIONS.replace(batch_size=4, seed=1), tmp_path, resume=True, change=True)


def test_watching_changes_no_weight_and_the_record_can_be_read(tmp_path):
    plain = train(LineFit(), OPTIONS, tmp_path / "plain")
    watched = train(LineFit(), OPTIONS, tmp_path / "watched", watch=True)
    assert torch.equal(weights(plain.value), weights(watched.value))
    assert not (tmp_path / "plain" / SPECTRA).exists()
    found = read_spectra(tmp_path / "watched" / SPECTRA)
    assert [layer.name for layer in found.layers] == ["0.weight", "3.weight"]
    # AdamW keeps two numbers for each weight and counts steps.
    assert found.state_bytes == 2 * found.parameter_bytes + 4 * 4
    rows = read_live(tmp_path / "watched" / LIVE)
    assert rows[0]["step"] == 1
    assert {"epoch", "loss", "learning_rate", "time_s"} <= set(rows[0])


def test_spectra_are_those_of_weights_and_steps(tmp_path):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(5, 5))
    nn.init.orthogonal_(model[1].weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    watcher = Watcher(tmp_path, model)
    watcher.before_step()
    step = torch.randn(4, 3, 3, 3)
    with torch.no_grad():
        model[0].weight.sub_(step)
    watcher.after_step(7, optimizer)
    conv, dense = (found := read_spectra(tmp_path / SPECTRA)).layers
    assert found.step == 7
    assert found.state_bytes == 0
    np.testing.assert_allclose(conv.update, torch.linalg.svdvals(step.flatten(1)), rtol=1e-4)
    np.testing.assert_allclose(conv.weight, torch.linalg.svdvals(model[0].weight.detach().flatten(1)), rtol=1e-4)
    assert dense.defect < 1e-5 < conv.defect
    assert float(dense.update.max()) == 0
    with torch.no_grad():
        model[1].weight.zero_()
    assert orthogonality_defect(model, "1.weight") == pytest.approx(1)


def test_the_live_record_drops_what_a_resumed_run_repeats_and_a_line_cut_short(tmp_path):
    log = LiveLog(tmp_path)
    log.step(1, 0.1, 2.0, {"learning_rate": 1e-3})
    with (tmp_path / LIVE).open("a") as stream:
        stream.write(json.dumps({"step": 9, "loss": 1.0, "time_s": 5.0}) + '\n{"step": 10, "lo')
    assert [row["step"] for row in read_live(tmp_path / LIVE)] == [1, 9]
    LiveLog(tmp_path, last_step=4)
    assert [row["step"] for row in read_live(tmp_path / LIVE)] == [1]
    assert read_live(tmp_path / "absent") == []


def test_other_arrays_are_no_spectra(tmp_path):
    with pytest.raises(FormatError, match="holds no spectra"):
        read_spectra(write_arrays(tmp_path / "other.npz", {"step": np.ones(1)}, {}))
