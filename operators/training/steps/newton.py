"""Gradient-normalized Newton in the training loop: a whole batch, looked at as often as a step needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.operators.training.distributed import World
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.operators.training.task import PerSample, Task
from geomlearn.optimizers.newton.closure import GradientNormalizedNewton
from geomlearn.regularizers.model_penalty import Share, regularization


@dataclass(frozen=True)
class NewtonStep:
    """The loss before the step, without penalties, and whether no step lowered it."""

    loss: float
    stalled: bool


def check_newton(task: Task, options: TrainingOptions, here: World) -> None:
    """Refuse what Newton's method cannot do.

    Raises
    ------
    ParameterError   batches are parts of the samples, several processes share them, or curvature by sample is asked
                     of a task that does not offer it.
    """
    if options.batch_size != task.n_train:
        raise ParameterError(
            f"gns compares losses of all {task.n_train} samples, not of {options.batch_size} drawn at random.",
            f"Use batch_size {task.n_train}, or another optimizer.",
        )
    if here.size > 1:
        raise ParameterError("gns runs in one process.", "Start it without torchrun, or use another optimizer.")
    if "fisher" in options.optimizer_options and not hasattr(task, "sample_losses"):
        raise ParameterError("This task gives no loss by sample, which Fisher's curvature needs.", "Use hessian=exact.")


def newton_step(
    optimizer: GradientNormalizedNewton,
    task: Task,
    model: nn.Module,
    samples: torch.Tensor,
    noise: Callable[[], torch.Generator],
    penalized: Sequence[Share],
    options: TrainingOptions,
) -> NewtonStep:
    """One accepted step on the loss, its penalties, and weight decay as ½·decay·‖weights‖².

    Raises
    ------
    ParameterError   a layer of the model has no second derivative.
    """
    group = optimizer.param_groups[0]
    first: list[float] = []
    look = cast(PerSample, task).sample_losses if group["hessian"] == "fisher" else task.train_loss

    def closure() -> torch.Tensor:
        loss = look(model, samples, noise())
        if not first:
            first.append(float(loss.detach().mean()))
        if penalized:
            loss = loss + regularization(penalized)
        if options.weight_decay:
            loss = loss + options.weight_decay / 2 * sum(weight.square().sum() for weight in group["params"])
        return loss

    try:
        optimizer.step(closure)
    except RuntimeError as error:
        if "not implemented" not in str(error):
            raise
        raise ParameterError(
            f"gns needs second derivatives, and a layer has none: {str(error).splitlines()[0]}",
            "Use --optimizer-options hessian=zero, or another optimizer.",
        ) from error
    return NewtonStep(first[0], optimizer.state[group["params"][0]]["stalled"])
