"""Options of the regression from many samples; light enough for `--help` to read."""

from __future__ import annotations

from pydantic import Field

from geomlearn.core.options import Options


class SketchOptions(Options):
    """How large the sketch is, and how exact the answer must be."""

    rows_per_mode: int = Field(
        default=16,
        ge=2,
        le=1000,
        description="Rows of the sketch for each coefficient; the error falls with the root.",
        json_schema_extra={"unit": "rows"},
    )
    tolerance: float = Field(
        default=1e-12, ge=1e-15, le=1e-2, description="When refined: the last step, relative to the coefficients."
    )
    iterations: int = Field(
        default=60,
        ge=1,
        le=1000,
        description="When refined: at most so many passes.",
        json_schema_extra={"unit": "passes"},
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of signs and picks.")
