"""Options of a forecast from one series; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options

Method = Literal["auto", "persistence", "dmd", "pydmd", "hodmd", "bop-dmd", "rule"]


class ForecastOptions(Options):
    """How a series is continued from its own frames."""

    method: Method = Field(
        default="auto",
        description="auto: what tells the last frames best from those before; persistence: the last frame; dmd: one "
        "matrix on delayed frames; pydmd, hodmd, bop-dmd: those of PyDMD; rule: a sparse sum of terms.",
    )
    modes: int = Field(default=64, ge=1, le=1000, description="rule: eigenfunctions the field is written in.")
    rank: int = Field(default=10, ge=1, le=500, description="pydmd, hodmd, bop-dmd: singular directions kept.")
    origins: int = Field(default=3, ge=1, le=20, description="Moments of the past the candidates are judged from.")
    growth: float = Field(
        default=1.5,
        ge=1,
        le=100,
        description="A forecast that leaves the size or the speed seen by this factor is led back to the last frame.",
        json_schema_extra={"unit": "times"},
    )
    time_limit: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="A candidate that takes longer is dropped.",
        json_schema_extra={"unit": "s"},
    )
