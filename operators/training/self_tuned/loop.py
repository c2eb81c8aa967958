"""Epochs of trainings whose knobs move, with what is kept of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from geomlearn.core.progress import Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.training.losses import relative_l2
from geomlearn.operators.training.metrics import MetricsLog
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.self_tuned.layers import decayed
from geomlearn.operators.training.steps.best import BestWeights
from geomlearn.operators.training.steps.seeds import generator_of
from geomlearn.operators.training.watching.live import LiveLog
from geomlearn.tuning.self_tuning.hyper_layers import Hyper

if TYPE_CHECKING:
    from geomlearn.operators.models.field_operator import FieldOperator
    from geomlearn.operators.models.learning import OperatorTask


class Loop:
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
                found = found + values["weight_decay"].mean().to(found) * decayed(model)
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


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.2g}" for name, value in values.items())
