"""Options of the rollout model; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from geomlearn.core.options import Options
from geomlearn.operators.sequence.options import SequenceOptions, SSMOptions
from geomlearn.operators.training.options import TrainingOptions

Mixer = Literal["none", "s5-ptd", "s5", "s4d", "s4-ptd", "s4", "gru", "transformer"]
# Those that learn.
MIXERS: tuple[Mixer, ...] = ("s5-ptd", "s5", "s4d", "s4-ptd", "s4", "gru", "transformer")
_FRAMES: JsonDict = {"unit": "frames"}


class RolloutOptions(Options):
    """A model that reads the spectral coefficients of a field over time and continues them."""

    mixer: Mixer = Field(
        default="none",
        description="What mixes the past of each mode, on top of the rule; none: the rule alone, fitted at once.",
    )
    modes: int = Field(default=32, ge=1, le=1000, description="Eigenfunctions the field is written in.")
    basis: Literal["laplace", "learned"] = Field(
        default="laplace",
        description="laplace: the shape's own eigenfunctions; learned: what the shipped network takes for them.",
    )
    history: int = Field(default=16, ge=1, le=10_000, description="Frames that are given.", json_schema_extra=_FRAMES)
    horizon: int = Field(
        default=16, ge=1, le=10_000, description="Frames after those that training looks at.", json_schema_extra=_FRAMES
    )
    unroll: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Frames the model continues by itself while it learns.",
        json_schema_extra=_FRAMES,
    )
    amplitude: Literal["auto", "own", "absolute"] = Field(
        default="auto",
        description="own: each series is scaled to its size, for linear equations; absolute: sizes have a meaning; "
        "auto: absolute where powers of the field help the rule.",
    )
    coupling: Literal["field", "none"] = Field(
        default="field", description="field: modes meet in the field they make, vertex by vertex; none: each by itself."
    )
    noise: float = Field(
        default=0.0, ge=0, le=1, description="Noise on the given frames while it learns, relative to them."
    )
    width: int = Field(
        default=24, ge=1, le=1024, description="Channels of each mode.", json_schema_extra={"unit": "channels"}
    )
    depth: int = Field(default=2, ge=1, le=64, description="How many blocks.", json_schema_extra={"unit": "blocks"})
    fields: int = Field(
        default=6,
        ge=1,
        le=256,
        description="Fields in which the modes meet in each block.",
        json_schema_extra={"unit": "fields"},
    )
    states: int = Field(
        default=16, ge=1, le=512, description="States of the state-space mixers.", json_schema_extra={"unit": "states"}
    )
    gamma: float = Field(default=10.0, ge=1e-4, le=1e4, description="Price of the perturbation of s4-ptd and s5-ptd.")
    dt_min: float = Field(
        default=1e-2,
        gt=0,
        le=10,
        description="Shortest initial time step of a frame.",
        json_schema_extra={"unit": "time"},
    )
    dt_max: float = Field(
        default=0.5,
        gt=0,
        le=10,
        description="Longest initial time step of a frame.",
        json_schema_extra={"unit": "time"},
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.dt_min > self.dt_max:
            raise ValueError(f"dt_min = {self.dt_min:g} is above dt_max = {self.dt_max:g}")
        if self.unroll > self.horizon:
            raise ValueError(f"unroll = {self.unroll} is beyond horizon = {self.horizon}")
        return self

    @property
    def block(self) -> SequenceOptions:
        """The state-space blocks these imply."""
        init: Any = {"s4d": "s4d-legs"}.get(self.mixer, self.mixer)
        ssm = SSMOptions(init=init, n=self.states, blocks=1, gamma=self.gamma, dt_min=self.dt_min, dt_max=self.dt_max)
        return SequenceOptions(ssm=ssm, width=self.width, depth=self.depth)


class RolloutTraining(TrainingOptions):
    """The training loop's options, with what suits rollouts."""

    epochs: int = Field(default=50, ge=1, le=100_000, description="Passes over the training samples.")
    batch_size: int = Field(
        default=8,
        ge=1,
        le=65_536,
        description="Samples per step, over all processes.",
        json_schema_extra={"unit": "samples"},
    )
    learning_rate: float = Field(
        default=4e-3, gt=0, le=10, description="Peak learning rate; a quarter of it for the dynamics of the layers."
    )
    weight_decay: float = Field(default=0.01, ge=0, le=10, description="Weight decay of everything but the dynamics.")
