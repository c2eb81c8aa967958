"""The update rule and the learning rate over time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from geomlearn.core.methods import rows_of
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.optimizers.momentum import MomentumOptimizer
from geomlearn.optimizers.newton.closure import GradientNormalizedNewton
from geomlearn.optimizers.options import OPTIMIZERS, GradientNormalizedNewtonOptions, parse_options
from geomlearn.optimizers.parameter_groups import matrix_param_groups

_MATRIX_OPTIMIZERS = {row.key: row for row in rows_of("optimizer") if row.key != "gns"}


def build_optimizer(
    model: nn.Module, options: TrainingOptions, probe: Callable[[], object] | None = None
) -> torch.optim.Optimizer:
    """The chosen optimizer over the trainable parameters of `model`.

    Adam with coupled decay is what the Latent Spectral Models were published with. The optimizers for matrices step
    embeddings, first and last layers and vectors by AdamW, at the same learning rate if `fallback_lr` is not given;
    a model's own groups keep their rates and decay. Gradient-normalized Newton has no learning rate, and steps all
    parameters together.

    Parameters
    ----------
    probe   calls the model on some inputs, by which its first and last layers are found.
    """
    if options.optimizer == "gns":
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        chosen = GradientNormalizedNewtonOptions(**parse_options("gns", options.optimizer_options))
        return GradientNormalizedNewton(parameters, **chosen.model_dump())
    # A model may know which of its parameters learn slower, or do not decay.
    own_groups = getattr(model, "parameter_groups", None)
    if options.optimizer in OPTIMIZERS:
        kind = _MATRIX_OPTIMIZERS[options.optimizer].resolve()
        given = {"weight_decay": options.weight_decay, **parse_options(options.optimizer, options.optimizer_options)}
        groups = matrix_param_groups(
            model,
            options.learning_rate,
            given.pop("fallback_lr", None),
            probe=probe,
            own_groups=own_groups and own_groups(options.learning_rate, given["weight_decay"]),
            vector_decay=given.pop("fallback_weight_decay", None) or 0.0,
            split=issubclass(kind, MomentumOptimizer),
        )
        return kind(groups, lr=options.learning_rate, **given)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if own_groups is not None:
        parameters = own_groups(options.learning_rate, options.weight_decay)
    common: dict[str, Any] = {"lr": options.learning_rate, "weight_decay": options.weight_decay}
    if options.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=0.9, nesterov=True, **common)
    kinds = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
    return kinds[options.optimizer](parameters, **common)


def build_schedule(optimizer: torch.optim.Optimizer, options: TrainingOptions, n_steps: int) -> Schedule | Unscheduled:
    """The learning rate as a function of the step; a function of the step only, so resuming needs no more state."""
    if options.optimizer == "gns":
        return Unscheduled()
    factor = {"one-cycle": _OneCycle, "halving": _Halving, "constant": _Constant}[options.schedule](n_steps)
    return Schedule(optimizer, factor)


def rates(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """What scales a step now, by name: `learning_rate`, or the `trust_radius` of gradient-normalized Newton."""
    group = optimizer.param_groups[0]
    if isinstance(optimizer, GradientNormalizedNewton):
        return {"trust_radius": float(optimizer.state[group["params"][0]].get("gamma", group["gamma0"]))}
    return {"learning_rate": float(group["lr"])}


class Schedule(LambdaLR):
    """Peak learning rates times a function of the step."""

    def go_to(self, step: int) -> None:
        """Set the rates of this step, from the peaks the optimizer has now."""
        self.last_epoch, self._step_count = step, step + 1
        for group, peak, factor in zip(self.optimizer.param_groups, self.base_lrs, self.lr_lambdas, strict=True):
            group["lr"] = peak * factor(step)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


class Unscheduled:
    """In place of a schedule, for a method that finds the length of its steps itself."""

    def step(self) -> None:
        """Nothing changes."""

    def go_to(self, step: int) -> None:
        """Nothing to set."""

    def state_dict(self) -> dict[str, object]:
        """Nothing to keep."""
        return {}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Nothing to take up."""


class _Constant:
    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps

    def __call__(self, step: int) -> float:
        return 1.0


class _Halving(_Constant):
    """Published for Latent Spectral Models: 501 epochs, halved every 100."""

    def __call__(self, step: int) -> float:
        return 0.5 ** (5 * step // self.n_steps)


class _OneCycle(_Constant):
    """Cosine up from 1/25 over the first 30 %, cosine down to 1e-5 of it (Smith & Topin 2018, torch's defaults)."""

    def __call__(self, step: int) -> float:
        top = 0.3 * self.n_steps
        if step < top:
            return _cosine(1 / 25, 1.0, step / top)
        return _cosine(1.0, 1e-5 / 25, min((step - top) / max(self.n_steps - top, 1), 1.0))


def _cosine(start: float, end: float, fraction: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2
