"""Going on with a run: with the options it was started with, or with others where that is asked for."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from geomlearn.core.errors import GeomError, ParameterError
from geomlearn.operators.training.optimizer import Schedule, Unscheduled
from geomlearn.operators.training.options import TrainingOptions

# What may be another in mid-run. The rest says which weights, batches and noise the run is made of.
CHANGEABLE = (
    *("optimizer", "optimizer_options", "learning_rate", "weight_decay", "schedule", "clip_norm", "regularizer"),
    *("epochs", "patience", "checkpoint_s", "precision"),
)
Changes = dict[str, tuple[Any, Any]]


def changes_between(kept: dict[str, Any], options: TrainingOptions, name: str, *, allowed: bool) -> Changes:
    """The options that differ from those a run was started with: old and new, by name.

    Raises
    ------
    ParameterError   some differ and that is not allowed, or may not differ at all.
    """
    old = {**TrainingOptions().model_dump(), **kept}
    new = options.model_dump()
    changes = {key: (old[key], new[key]) for key in sorted(new) if key != "device" and old[key] != new[key]}
    fixed = [key for key in changes if key not in CHANGEABLE]
    if bool(old["patience"]) != bool(new["patience"]):
        # Validation samples are taken from the training samples, or are not, from the first step on.
        fixed.append("patience")
    if fixed and allowed:
        raise ParameterError(
            f"A run in progress cannot change its {', '.join(fixed)}.", f"What can change: {', '.join(CHANGEABLE)}."
        )
    if changes and not allowed:
        raise ParameterError(
            f"The run in {name} was started with another {', '.join(changes)}.",
            "Resume with the options it was started with, or change them in mid-run with --change.",
        )
    return changes


def take_up(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: Schedule | Unscheduled,
    state: dict[str, Any],
    changes: Changes,
    name: str,
) -> None:
    """Load a checkpoint's weights, optimizer and schedule, keeping what has changed at its new value.

    The optimizer's memory is kept while the rule and its own options stay; another rule starts without.

    Raises
    ------
    GeomError   the checkpoint belongs to another model.
    """
    try:
        model.load_state_dict(state["model"])
        if not changes:
            optimizer.load_state_dict(state["optimizer"])
            schedule.load_state_dict(state["schedule"])
            return
        if not {"optimizer", "optimizer_options"} & set(changes):
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": state["optimizer"]["state"], "param_groups": groups})
        schedule.go_to(state["step"])
    except (RuntimeError, KeyError, ValueError) as error:
        raise GeomError(
            f"The checkpoint in {name} belongs to another model: {str(error).splitlines()[0]}",
            "Resume with the model and data it was started with.",
        ) from error
