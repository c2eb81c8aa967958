"""How a trained operator is adapted; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options
from geomlearn.operators.training.options import TrainingOptions

Method = Literal["sorsa", "lora", "pissa", "dora", "full", "orthogonal"]


class LowRankOptions(Options):
    """Low-rank changes of the matrices of a trained model."""

    rank: int = Field(
        default=8, ge=1, le=4096, description="Rank of the change of each matrix; small ones get what they have."
    )
    alpha: float | None = Field(
        default=None, gt=0, le=1e6, description="The change is scaled by alpha / rank; by one when not given."
    )
    targets: str = Field(
        default="*", min_length=1, max_length=400, description="Patterns of the layers to adapt, parted by commas."
    )

    @property
    def scale(self) -> float:
        """What a change is multiplied by."""
        return 1.0 if self.alpha is None else self.alpha / self.rank


class SorsaOptions(LowRankOptions):
    """The top singular triples of each matrix, kept orthonormal by a penalty."""

    # Chosen on samples that nothing was judged by: 0.1 errs as much, and leaves the vectors far from orthonormal.
    gamma: float = Field(default=1.0, ge=0, le=1e3, description="Weight of the orthonormality of the singular vectors.")


class AdaptationOptions(SorsaOptions):
    """What is trained of a model, and what is kept as it is."""

    method: Method = Field(
        default="sorsa",
        description="sorsa, lora, pissa and dora change matrices by a low rank, full changes every weight; orthogonal "
        "scales and shifts channels by a condition of its own, and merges with others without loss.",
    )

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        if self.method != "sorsa" and self.gamma != type(self).model_fields["gamma"].default:
            raise ValueError(f"gamma belongs to sorsa, not to {self.method}")
        if self.method in ("full", "orthogonal") and self.alpha is not None:
            raise ValueError(f"alpha belongs to low-rank changes, not to {self.method}")
        return self


class MergeOptions(Options):
    """How changes of one model are put together."""

    how: Literal["sum", "ties", "dare"] = Field(
        default="sum",
        description="Add them; keep large entries of the elected sign; or drop entries by chance and add.",
    )
    density: float = Field(
        default=0.2, gt=0, le=1, description="Share of the entries of each change that ties and dare keep."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of what dare drops.")


class AdaptationTraining(TrainingOptions):
    """The training loop's options, with the defaults of an adaptation."""

    batch_size: int = Field(
        default=8,
        ge=1,
        le=65_536,
        description="Samples per step, over all processes.",
        json_schema_extra={"unit": "samples"},
    )
    learning_rate: float = Field(default=2e-3, gt=0, le=10, description="Peak learning rate.")
    # Decay would pull singular triples to zero, and differences away from what was learned before.
    weight_decay: float = Field(default=0.0, ge=0, le=10, description="Weight decay; coupled (L2) for adam and sgd.")
