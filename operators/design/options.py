"""How designs are proposed; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options

Flatness = Literal["ignite", "ignite-2", "sam", "none"]


class DesignOptions(Options):
    """A surrogate of the score, learned from the table, and a search on it."""

    goal: Literal["min", "max"] = Field(
        default="min", description="Whether low scores are good, as of drag, or high ones."
    )
    flatness: Flatness = Field(
        default="ignite",
        description="What keeps the surrogate from being sharp: the constraint of IGNITE, its fixed penalty, SAM, or "
        "nothing.",
    )
    search: Literal["ascent", "cma"] = Field(
        default="ascent", description="Gradients from the best designs known, or CMA-ES around the best."
    )
    members: int = Field(default=3, ge=1, le=64, description="Surrogates in the ensemble.")
    pessimism: Literal["mean", "min"] = Field(
        default="mean", description="The ensemble's word: its mean, or its worst."
    )
    conservative: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="Weight of COMs: what a search finds is pushed below what is known; 0 is off.",
    )
    width: int = Field(default=128, ge=1, le=4096, description="Channels of the two hidden layers.")
    epochs: int = Field(default=60, ge=1, le=100_000, description="Passes over the table.")
    batch_size: int = Field(default=64, ge=1, le=65_536, description="Designs per step.")
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="Rate of Adam.")
    weight_decay: float = Field(default=0.0, ge=0, le=10, description="Weight decay of Adam.")
    steps: int = Field(default=200, ge=0, le=100_000, description="Steps of the search.")
    step_rel: float = Field(default=0.01, gt=0, le=10, description="ascent: step over the root of the dimension.")
    beyond: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="How far a variable may leave its range in the table, as a share of that range.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the surrogates and of the search.")

    @model_validator(mode="after")
    def _cma_is_for_the_end(self) -> Self:
        if self.flatness == "sam" and self.conservative:
            raise ValueError("sam and conservative both change the step: use one")
        return self
