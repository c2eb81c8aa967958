"""How labelled sequences are read; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options


class SequenceDataOptions(Options):
    """What is made of files before they are learned from."""

    limit: int | None = Field(None, ge=2, le=1_000_000, description="Use at most so many sequences, drawn by the seed.")
    test_share: float = Field(
        0.2, gt=0, lt=1, description="Share of every class kept for judging, where files say none."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of that draw, and of generated lists.")
    reading: Literal["pixels", "rows"] = Field(
        "pixels", description="Images: a step for every pixel, or for every row."
    )
    shrink: int = Field(1, ge=1, le=64, description="Images: average blocks of so many pixels a side first.")
    rate: int | None = Field(
        None,
        ge=100,
        le=192_000,
        description="Recordings: bring them to this rate first.",
        json_schema_extra={"unit": "Hz"},
    )
    shortest: int = Field(500, ge=5, le=100_000, description="Generated lists: fewest words.")
    longest: int = Field(2000, ge=5, le=100_000, description="Generated lists: most words.")

    @model_validator(mode="after")
    def _ordered_lengths(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(f"shortest = {self.shortest} is above longest = {self.longest}")
        return self
