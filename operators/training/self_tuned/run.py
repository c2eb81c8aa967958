"""Self-tuned training of an operator, and training by a schedule."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.training.losses import relative_l2
from geomlearn.operators.training.metrics import MetricsLog
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.self_tuned.knobs import STARTS, knobs_named
from geomlearn.operators.training.self_tuned.schedule import HyperSchedule
from geomlearn.operators.training.steps.best import BestWeights
from geomlearn.operators.training.steps.seeds import generator_of
from geomlearn.operators.training.watching.live import LiveLog
from geomlearn.tuning.options import SelfTuningOptions
from geomlearn.tuning.self_tuning.hyper_layers import Hyper, described, freeze, self_tuning, weight_size
from geomlearn.tuning.self_tuning.trainer import SelfTuning

if TYPE_CHECKING:
    from geomlearn.operators.models.field_operator import FieldOperator
    from geomlearn.operators.models.learning import OperatorTask


def train_self_tuned(
    task: OperatorTask,
    words: str,
    training: TrainingOptions,
    folder: str | Path,
    options: SelfTuningOptions | None = None,
    *,
    progress: Progress = SILENT,
) -> Result[FieldOperator]:
    """Train a task's model while it tunes the knobs in `words` on the samples the task is watched by.

    Parameters
    ----------
    task     its watched samples must be for validation: λ is chosen by them.
    folder   where ``metrics.jsonl`` and ``live.jsonl`` go; both have the knobs beside the losses.

    Returns
    -------
    Result of the ordinary model that the self-tuning one is at the end, of the epoch that validated best; stats has
    the `schedule`, a `HyperSchedule`, and the last values by name.

    Raises
    ------
    ParameterError   there are no validation samples, or no such knob.
    """
    options = options or SelfTuningOptions()
    if not task.n_valid:
        raise ParameterError("Self-tuning needs validation samples.", "Give more samples.")
    torch.manual_seed(training.seed)
    knobs = knobs_named(words, options.spread)
    names = [knob.name for knob in knobs.knobs]
    # Heads see points in pieces, not example by example; the last layers may stay as they are.
    heads = tuple(name for name, _ in task.model.named_modules() if name.endswith("head"))
    rate = "dropout" if "dropout" in names else ""
    self_tuning(task.model, knobs, centred=options.kind == "delta", rate=rate, skip=heads)
    count = min(training.batch_size, task.n_train)
    loop = _Loop(task, training, Path(folder), progress)
    run = SelfTuning(
        task.model,
        knobs,
        loop.loss_of(count),
        loop.valid_loss,
        options,
        count=count,
        rate=training.learning_rate,
        n_steps=loop.n_steps,
    )
    found = loop.go(run.step, knobs.values)
    best_values = loop.best_values
    if best_values is not None:
        knobs.inner.data.copy_(best_values)
    freeze(task.model)
    rows = [{"step": 0.0, **{name: STARTS[name] for name in names}}, *run.history]
    share = torch.tensor([row["step"] / loop.n_steps for row in rows]).numpy()
    schedule = HyperSchedule(share, {n: torch.tensor([row[n] for row in rows]).numpy() for n in names})
    return replace(found, stats={**found.stats, "schedule": schedule, "tuned": {n: float(rows[-1][n]) for n in names}})


def train_by_schedule(
    task: OperatorTask,
    schedule: HyperSchedule,
    training: TrainingOptions,
    folder: str | Path,
    *,
    progress: Progress = SILENT,
) -> Result[FieldOperator]:
    """Train an ordinary model with the knobs where a schedule has them at each share of the training."""
    torch.manual_seed(training.seed)
    loop = _Loop(task, training, Path(folder), progress)
    look = loop.loss_of(min(training.batch_size, task.n_train))
    rule = torch.optim.Adam(task.model.parameters(), lr=training.learning_rate)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(rule, loop.n_steps, 0.02 * training.learning_rate)

    def values() -> dict[str, Tensor]:
        return {name: torch.tensor([value]) for name, value in schedule.at(loop.step / loop.n_steps).items()}

    def step(generator: torch.Generator) -> float:
        task.model.train()
        now = values()
        with _dropping(task.model, float(now.get("dropout", torch.zeros(1)))):
            loss = look(task.model, now, generator)
        rule.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(task.model.parameters(), 1.0)
        rule.step()
        rates.step()
        return float(loss.detach())

    return loop.go(step, values)


class _Loop:
    """Epochs of steps, with what is kept of each."""

    def __init__(self, task: OperatorTask, training: TrainingOptions, folder: Path, progress: Progress) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.task, self.training, self.progress = task, training, progress
        self.each = max(1, task.n_train // training.batch_size)
        self.n_steps, self.step = self.each * training.epochs, 0
        self.log, self.live = MetricsLog(folder), LiveLog(folder)
        self.best = BestWeights(keeps=True)
        self.best_values: Tensor | None = None
        with torch.no_grad():
            whole = task.train.at(torch.arange(min(64, task.n_train)), torch.device("cpu"))
            self.size = float(whole.inputs.std())

    def loss_of(self, count: int) -> Callable[[nn.Module, dict[str, Tensor], torch.Generator], Tensor]:
        """f on a fresh batch with its knobs: relative L2 with noise on the inputs, and weight decay."""

        def loss(model: nn.Module, values: dict[str, Tensor], generator: torch.Generator) -> Tensor:
            which = torch.randint(self.task.n_train, (count,), generator=generator)
            batch = self.task.train.at(which, torch.device("cpu"))
            inputs = batch.inputs
            if "noise" in values:
                level = values["noise"].to(inputs).expand(count).reshape(-1, *[1] * (inputs.ndim - 1))
                inputs = inputs + self.size * level * torch.randn(inputs.shape, generator=generator)
            found = relative_l2(model(inputs, batch.where, batch.mask), batch.targets, batch.weights).mean()
            if "weight_decay" in values:
                found = found + values["weight_decay"].mean().to(found) * _size(model)
            return found

        return loss

    def valid_loss(self, model: nn.Module, generator: torch.Generator) -> Tensor:
        """F on a validation batch: no noise, no decay."""
        count = min(self.training.batch_size, self.task.n_valid)
        which = torch.randperm(self.task.n_valid, generator=generator)[:count]
        return self.task.valid_errors(model, which)["relative_l2"].mean()

    def go(
        self, step: Callable[[torch.Generator], float], values: Callable[[], dict[str, Any]]
    ) -> Result[FieldOperator]:
        """All epochs, or until asked to stop; the weights that validated best are handed over."""
        history: list[dict[str, float]] = []
        status, sentence, total = Status.LIMIT_REACHED, f"All {self.training.epochs} epochs were run.", 0.0
        while self.step < self.n_steps:
            if self.progress.cancelled:
                status, sentence = Status.CANCELLED, f"Stopped by hand after {self.step} of {self.n_steps} steps."
                break
            loss = step(generator_of(self.training.seed, 1, self.step))
            total, self.step = total + loss, self.step + 1
            now = {name: float(torch.as_tensor(value).mean()) for name, value in values().items()}
            self.live.step(self.step, self.step / self.each, loss, now)
            if self.step % self.each == 0:
                epoch = self.step // self.each
                error = self._error()
                self.best.see(self.task.model, error, epoch)
                if self.best.epoch == epoch:
                    self.best_values = _inner_of(self.task.model)
                history.append({"epoch": epoch, "train_loss": total / self.each, "valid_relative_l2": error, **now})
                self.log.add(history[-1])
                total = 0.0
                self.progress(self.step / self.n_steps, f"epoch {epoch}, error {error:.3g}, {_told(now)}")
        self.best.hand_over(self.task.model)
        self.log.close()
        stats = {"steps": self.step, "best_epoch": self.best.epoch, "best_error": self.best.error}
        return Result(self.task.model.eval(), status, sentence, tuple(history), stats)

    @torch.no_grad()
    def _error(self) -> float:
        self.task.model.eval()
        parts = torch.arange(self.task.n_valid).split(max(self.training.batch_size, 16))
        return float(torch.cat([self.task.valid_errors(self.task.model, part)["relative_l2"] for part in parts]).mean())


def _inner_of(model: nn.Module) -> Tensor | None:
    for module in model.modules():
        if isinstance(module, Hyper):
            return module._knobs[0].inner.detach().clone()
    return None


def _size(model: nn.Module) -> Tensor:
    """‖w‖² of the layers that could follow λ."""
    tuned = weight_size(model)
    if tuned.requires_grad:
        return tuned
    parts = [module for module in model.modules() if described(module) is not None]
    return torch.stack([_weight_of(part).square().sum() for part in parts]).sum()


def _weight_of(layer: Any) -> Tensor:
    found = described(layer)
    for part in found[0].split(".") if found else ():
        layer = getattr(layer, part)
    return layer


@contextlib.contextmanager
def _dropping(model: nn.Module, rate: float) -> Iterator[None]:
    """Inside, inputs of all layers but the first are dropped out."""
    layers = [module for module in model.modules() if described(module) is not None][1:]
    hooks = [
        layer.register_forward_pre_hook(lambda _, given: (nn.functional.dropout(given[0], rate), *given[1:]))
        for layer in layers
        if rate > 0
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.2g}" for name, value in values.items())
