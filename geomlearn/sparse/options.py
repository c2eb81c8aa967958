"""Options of the sparse room; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options

PenaltyKey = Literal["soft", "hard", "half", "cel0", "top-k"]


class CodeOptions(Options):
    """Sparse codes in a given dictionary."""

    penalty: PenaltyKey = Field(default="cel0", description="What makes codes sparse.")
    weight: float | None = Field(
        default=None, gt=0, description="Weight λ of the penalty; absent, it is found for the activity."
    )
    activity: float = Field(
        default=0.04,
        gt=0,
        le=1,
        description="Share of a code's entries that are not zero.",
        json_schema_extra={"unit": "1"},
    )
    step: float | None = Field(
        default=None, gt=0, description="Step η of the iteration; absent, 1/‖Φ‖² of the dictionary."
    )
    tolerance: float = Field(
        default=1e-2, ge=1e-12, le=0.5, description="Stop when codes change by less, relative to their length."
    )
    max_iterations: int = Field(default=5000, ge=1, le=1_000_000, description="Most steps for one batch.")

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.penalty == "top-k" and self.weight is not None and self.weight != int(self.weight):
            raise ValueError("the weight of top-k is a whole number of entries")
        return self


class DictionaryOptions(CodeOptions):
    """A dictionary learned together with its sparse codes."""

    n_atoms: int = Field(default=128, ge=1, le=100_000, description="Atoms of the dictionary.")
    n_batches: int = Field(default=150, ge=1, le=1_000_000, description="Batches of one fit.")
    batch_size: int = Field(default=200, ge=1, le=1_000_000, description="Signals in a batch.")
    rate: float = Field(
        default=5e-3, gt=0, le=10, description="Step of the dictionary on the summed gradient, capped for descent."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the first atoms and of the batches.")


class OnlineDictionaryOptions(Options):
    """An orthogonal dictionary learned from a stream."""

    n_atoms: int | None = Field(
        default=None, ge=1, le=10_000, description="Atoms; absent, as many as a sample has entries."
    )
    power: Literal[3, 4] = Field(default=3, description="The p of ‖A y‖_p^p that is made large.")
    whiten: bool = Field(default=True, description="Whiten by the covariance seen so far; off for white streams.")
    batch_size: int = Field(default=10, ge=1, le=1_000_000, description="Samples of one step.")
    average_floor: float = Field(
        default=0.0, ge=0, le=1, description="Least weight of the newest gradient; above 0 it follows drifting streams."
    )
    step_floor: float = Field(default=0.0, ge=0, le=1, description="Least step; above 0 it follows drifting streams.")
    reproject: bool = Field(default=True, description="Return to orthogonal atoms after every step.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the first atoms.")


class UnfoldedOptions(Options):
    """A proximal iteration cut after some layers, with learned step sizes."""

    algorithm: Literal["ista", "iht"] = Field(default="ista", description="Soft (ista) or hard thresholds (iht).")
    loss: Literal["supervised", "unsupervised"] = Field(
        default="unsupervised", description="Distance to known codes, or the energy, which needs measurements only."
    )
    weight: float = Field(default=0.2, gt=0, le=1e6, description="Weight λ of the penalty, kept fixed.")
    n_layers: int = Field(default=20, ge=1, le=500, description="Layers, one step size each.")
    n_steps: int = Field(default=60, ge=1, le=1_000_000, description="Training steps for each layer that is added.")
    batch_size: int = Field(default=100, ge=1, le=1_000_000, description="Samples of one training step.")
    rate: float = Field(default=0.02, gt=0, le=10, description="Rate of Adam.")
    incremental: bool = Field(default=True, description="Add layers one after the other; off trains all at once.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the batches.")


class SensorStepOptions(UnfoldedOptions):
    """Learned steps for sensors: hard thresholds, at a weight for readings of unit size."""

    algorithm: Literal["ista", "iht"] = Field(default="iht", description="Soft (ista) or hard thresholds (iht).")
    weight: float = Field(default=0.01, gt=0, le=1e6, description="Weight λ of the penalty, kept fixed.")
