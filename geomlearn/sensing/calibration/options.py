"""Options of self-calibration; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options

Model = Literal["snapshots", "repeated", "diverse"]


class CalibrationOptions(Options):
    """What was measured, and how the linear problem is solved."""

    model: Model = Field(
        default="snapshots",
        description="One operator and many fields, many operators on one field, or many of both.",
    )
    method: Literal["auto", "least_squares", "spectral", "reduced"] = Field(
        default="auto",
        description="Least squares for real gains around 1; the smallest singular vector, whole or with the "
        "fields eliminated, for phases and signs.",
    )
    reference: int | None = Field(
        default=None, ge=0, description="A sensor, counted from 0, whose gain is 1; the mean gain is 1 when not given."
    )
    largest_dense: int = Field(
        default=1500,
        ge=1,
        description="Up to so many sensors the matrix is formed.",
        json_schema_extra={"unit": "sensors"},
    )
    tolerance: float = Field(
        default=1e-12, ge=1e-15, le=1e-2, description="Residual of the iteration for more sensors."
    )
    iterations: int = Field(
        default=5000,
        ge=1,
        description="At most so many products for more sensors.",
        json_schema_extra={"unit": "products"},
    )
