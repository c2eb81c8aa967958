"""Options of the placement of sensors; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options

Law = Literal["rdpp", "vol", "dpp", "iid", "qdeim", "fps", "uniform"]


class PlacementOptions(Options):
    """How many sensors, by which law, and how stable the reconstruction from them must be."""

    n: int = Field(
        default=60, ge=1, le=1_000_000, description="How many sensors to place.", json_schema_extra={"unit": "sensors"}
    )
    law: Law = Field(
        default="rdpp",
        description="Repeated DPP, volume-rescaled, one DPP, i.i.d. optimal, Q-DEIM, farthest points, or uniform.",
    )
    stabilize: Literal["none", "redraw", "reduce"] = Field(
        default="none",
        description="Redraw until λ_min is high enough, or draw twice as many and drop those that matter least.",
    )
    delta: float = Field(
        default=0.5, gt=0, lt=1, description="With redraw: λ_min of at least 1 − delta counts as stable."
    )
    redraws: int = Field(
        default=100, ge=1, le=10_000, description="How many sets to draw at most.", json_schema_extra={"unit": "sets"}
    )
    distance: float = Field(
        default=0.0,
        ge=0,
        description="Least distance between two sensors along the shape.",
        json_schema_extra={"unit": "length units"},
    )
    repeats: bool = Field(
        default=False, description="Whether one place may be drawn twice, as in the theory of independent draws."
    )
    cost_weight: float = Field(
        default=1.0, ge=0, le=100, description="How strongly costly places are avoided: e^(−weight × cost / mean cost)."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the draws.")
