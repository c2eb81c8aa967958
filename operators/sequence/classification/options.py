"""How labelled sequences are read; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options
from geomlearn.operators.sequence.options import SequenceOptions
from geomlearn.operators.training.options import TrainingOptions


class SequenceDataOptions(Options):
    """What is made of files before they are learned from."""

    limit: int | None = Field(
        default=None, ge=2, le=1_000_000, description="Use at most so many sequences, drawn by the seed."
    )
    test_share: float = Field(
        default=0.2, gt=0, lt=1, description="Share of every class kept for judging, where files say none."
    )
    data_seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of that draw, and of generated lists.")
    reading: Literal["pixels", "rows"] = Field(
        default="pixels", description="Images: a step for every pixel, or for every row."
    )
    shrink: int = Field(default=1, ge=1, le=64, description="Images: average blocks of so many pixels a side first.")
    rate: int | None = Field(
        default=None,
        ge=100,
        le=192_000,
        description="Recordings: bring them to this rate first.",
        json_schema_extra={"unit": "Hz"},
    )
    shortest: int = Field(default=500, ge=5, le=100_000, description="Generated lists: fewest words.")
    longest: int = Field(default=2000, ge=5, le=100_000, description="Generated lists: most words.")

    @model_validator(mode="after")
    def _ordered_lengths(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(f"shortest = {self.shortest} is above longest = {self.longest}")
        return self


class ClassifierOptions(SequenceOptions):
    """A stack of state-space blocks whose outputs are pooled over the sequence."""

    pooling: Literal["mean", "last"] = Field(default="mean", description="Take the mean over time, or the last step.")


class ClassifierTraining(TrainingOptions):
    """The training loop's options, with what suits sequences."""

    epochs: int = Field(default=20, ge=1, le=100_000, description="Passes over the training samples.")
    batch_size: int = Field(
        default=32,
        ge=1,
        le=65_536,
        description="Samples per step, over all processes.",
        json_schema_extra={"unit": "samples"},
    )
    learning_rate: float = Field(
        default=4e-3, gt=0, le=10, description="Peak learning rate; a quarter of it for the dynamics of the layers."
    )
    weight_decay: float = Field(default=0.05, ge=0, le=10, description="Weight decay of everything but the dynamics.")
