"""Self-tuned training of an operator, and training by a schedule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.self_tuned.knobs import STARTS, knobs_named
from geomlearn.operators.training.self_tuned.layers import dropped_out, heads_of
from geomlearn.operators.training.self_tuned.loop import Loop
from geomlearn.operators.training.self_tuned.schedule import HyperSchedule
from geomlearn.tuning.options import SelfTuningOptions
from geomlearn.tuning.self_tuning.hyper_layers import freeze, self_tuning
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
    rate = "dropout" if "dropout" in names else ""
    self_tuning(task.model, knobs, centred=options.kind == "delta", rate=rate, skip=heads_of(task.model))
    count = min(training.batch_size, task.n_train)
    loop = Loop(task, training, Path(folder), progress)
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
    loop = Loop(task, training, Path(folder), progress)
    look = loop.loss_of(min(training.batch_size, task.n_train))
    rule = torch.optim.Adam(task.model.parameters(), lr=training.learning_rate)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(rule, loop.n_steps, 0.02 * training.learning_rate)

    def values() -> dict[str, Tensor]:
        return {name: torch.tensor([value]) for name, value in schedule.at(loop.step / loop.n_steps).items()}

    def step(generator: torch.Generator) -> float:
        task.model.train()
        now = values()
        with dropped_out(task.model, float(now.get("dropout", torch.zeros(1)))):
            loss = look(task.model, now, generator)
        rule.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(task.model.parameters(), 1.0)
        rule.step()
        rates.step()
        return float(loss.detach())

    return loop.go(step, values)
