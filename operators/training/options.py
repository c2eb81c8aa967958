"""How a model is trained; light enough for `--help` and the window to read."""

from __future__ import annotations

import itertools
from typing import Literal

from pydantic import Field, model_validator

from geomlearn.core.errors import ParameterError
from geomlearn.core.options import Options
from geomlearn.initialization.options import ActivationName
from geomlearn.optimizers.options import OPTIMIZERS, parse_options
from geomlearn.regularizers.terms import parse_terms

Rule = Literal["adamw", "adam", "sgd", "muon", "auon", "hybrid-auon", "root", "dct-adamw", "gns"]


class TrainingOptions(Options):
    """The training loop's options, the same for every model."""

    epochs: int = Field(default=100, ge=1, le=100_000, description="Passes over the training samples.")
    batch_size: int = Field(
        default=16,
        ge=1,
        le=65_536,
        description="Samples per step, over all processes.",
        json_schema_extra={"unit": "samples"},
    )
    optimizer: Rule = Field(
        default="adamw",
        description="The update rule; from muon on for matrices, with AdamW for all else; gns is Newton's method on "
        "whole batches.",
    )
    optimizer_options: str = Field(
        default="", description="More of the update rule, from muon on, as in momentum=0.9 or rank=32,update_gap=5."
    )
    learning_rate: float = Field(default=1e-3, gt=0, le=10, description="Peak learning rate.")
    weight_decay: float = Field(default=1e-4, ge=0, le=10, description="Weight decay; coupled (L2) for adam and sgd.")
    schedule: Literal["one-cycle", "halving", "constant"] = Field(
        default="one-cycle",
        description="Learning rate over time: one cosine cycle, halved every fifth, or constant.",
    )
    clip_norm: float = Field(default=1.0, ge=0, description="Largest norm of the whole gradient; 0 leaves it as it is.")
    regularizer: str = Field(
        default="",
        description="Penalties by name and weight: orth-conv:1e-3, lambda-orth:0.1, orth-conv[encoder.*]:1e-2.",
    )
    init: Literal["default", "critical"] = Field(
        default="default", description="Weights at the start: each layer's own, or critical for its activation."
    )
    init_activation: Literal["auto", ActivationName] = Field(
        default="auto", description="critical: the activation between layers; auto finds the modules that follow each."
    )
    ema_decay: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Decay per step of the running average of the weights that is kept; 0 for none.",
    )
    precision: Literal["fp32", "bf16"] = Field(default="fp32", description="Arithmetic of the forward pass.")
    patience: int = Field(
        default=0,
        ge=0,
        description="Stop after this many epochs without a better error on validation samples, a tenth of those for "
        "training, and hand over the best weights; 0 never stops early and keeps none back.",
        json_schema_extra={"unit": "epochs"},
    )
    checkpoint_s: float = Field(
        default=60.0,
        ge=0,
        description="Shortest time between checkpoints inside an epoch.",
        json_schema_extra={"unit": "s"},
    )
    seed: int = Field(
        default=0, ge=0, le=2**31 - 1, description="Seed of the sample order and of all noise in training."
    )
    device: str = Field(default="auto", description="Where to compute: auto, cpu, cuda, cuda:1 …")

    @model_validator(mode="after")
    def _check_texts(self) -> TrainingOptions:
        if self.optimizer_options and self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer_options are for {', '.join(OPTIMIZERS)}, not for {self.optimizer}")
        try:
            if self.optimizer_options:
                parse_options(self.optimizer, self.optimizer_options)
            parse_terms(self.regularizer)
        except ParameterError as error:
            raise ValueError(error.message.rstrip(".")) from None
        if self.optimizer == "gns" and self.precision != "fp32":
            raise ValueError("gns compares values of the loss, which needs precision fp32")
        return self


class TuningOptions(Options):
    """A grid of trainings, each given the same time."""

    optimizer: tuple[Rule, ...] = Field(default=("adamw", "muon"), min_length=1, description="Update rules to compare.")
    learning_rate: tuple[float, ...] = Field(
        default=(3e-4, 1e-3, 3e-3, 1e-2),
        min_length=1,
        description="Peak learning rates; gns takes none, and is tried once.",
    )
    regularizer: tuple[str, ...] = Field(
        default=("none",), min_length=1, description="Penalties to compare, as for `train`; none is one of them."
    )
    seconds: float = Field(
        default=30.0,
        gt=0,
        description="Time of each training, found by timing a few of its steps.",
        json_schema_extra={"unit": "s"},
    )
    seeds: int = Field(default=1, ge=1, le=100, description="Trainings of each kind, with seeds from 0 on.")
    batch_size: int = Field(default=16, ge=1, le=65_536, description="Samples per step; gns takes them all.")
    weight_decay: float = Field(default=1e-4, ge=0, le=10, description="Weight decay, the same for all.")
    schedule: Literal["one-cycle", "halving", "constant"] = Field(
        default="one-cycle", description="Learning rate over the time each has."
    )
    device: str = Field(default="auto", description="Where to compute: auto, cpu, cuda, cuda:1 …")

    @model_validator(mode="after")
    def _check_each(self) -> TuningOptions:
        self.grid()
        return self

    def grid(self, n_train: int = 1) -> list[TrainingOptions]:
        """One set of training options per combination, one epoch each; without the seeds."""
        found: list[TrainingOptions] = []
        for rule, rate, penalty in itertools.product(self.optimizer, self.learning_rate, self.regularizer):
            newton = rule == "gns"
            options = TrainingOptions(
                epochs=1,
                batch_size=n_train if newton else self.batch_size,
                optimizer=rule,
                learning_rate=self.learning_rate[0] if newton else rate,
                weight_decay=self.weight_decay,
                schedule=self.schedule,
                regularizer="" if penalty == "none" else penalty,
                device=self.device,
            )
            found += [] if options in found else [options]
        return found


class SearchOptions(Options):
    """A search by trials of equal length, as many epochs in all as trials times epochs."""

    search: Literal["random", "optuna"] = Field(default="random", description="How trials are drawn.")
    trials: int = Field(default=12, ge=1, le=10_000, description="Whole trainings that the search may cost.")
    epochs: int = Field(default=50, ge=1, le=100_000, description="Epochs of a training that is not cut short.")
    optimizer: tuple[Rule, ...] = Field(
        default=("adamw", "muon"), min_length=1, description="Update rules to draw from."
    )
    learning_rate: tuple[float, float] = Field(default=(1e-4, 3e-2), description="Least and largest learning rate.")
    weight_decay: tuple[float, float] = Field(default=(1e-6, 1e-1), description="Least and largest weight decay.")
    batch_size: int = Field(default=16, ge=1, le=65_536, description="Samples per step.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of draws and trainings.")

    @model_validator(mode="after")
    def _check_ranges(self) -> SearchOptions:
        for name in ("learning_rate", "weight_decay"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must be a range of positive numbers, the least first")
        if "gns" in self.optimizer:
            raise ValueError("gns has no learning rate to search")
        return self
