"""Which columns of the shared basis an adaptation reads; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options


class OrthogonalOptions(Options):
    """A condition of its own for each adaptation, in columns of one shared basis."""

    name: str = Field(default="new", pattern=r"^[\w. -]{1,60}$", description="Name of the condition, as in copper.")
    width: int = Field(default=64, ge=2, le=4096, description="Length of the condition tokens.")
    reserved: int = Field(
        default=8,
        ge=0,
        le=4095,
        description="Columns kept for what all conditions share; with 0 tokens are free and merging errs.",
    )
    basis: Literal["registry", "pool", "gaussian"] = Field(
        default="registry",
        description="Columns by turns, so that no two adaptations share one; by chance; or random directions.",
    )
    slot: int | None = Field(
        default=None,
        ge=0,
        le=4095,
        description="Number of the adaptation, which chooses its columns; the next free one when not given.",
    )

    @model_validator(mode="after")
    def _tokens_have_room(self) -> Self:
        if self.reserved >= self.width:
            raise ValueError(f"{self.reserved} reserved columns leave nothing of {self.width}")
        return self

    @property
    def number(self) -> int:
        """The slot; the first when not given."""
        return self.slot or 0

    def n_slots(self, rank: int) -> int:
        """Adaptations of a rank that share no column."""
        return (self.width - self.reserved) // rank
