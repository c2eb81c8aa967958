"""Options of sparsity-constrained transport; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options


class SparseTransportOptions(Options):
    """Transport with at most k sources for every target."""

    k: int = Field(
        default=4,
        ge=1,
        le=100_000,
        description="Most sources of each target; as many as there are sources is plain quadratic regularisation.",
        json_schema_extra={"unit": "sources"},
    )
    gamma: float = Field(
        default=1.0,
        gt=0,
        le=1e6,
        description="Weight of half the squared plan, for costs of at most 1: larger is softer.",
    )
    formulation: Literal["semi-dual", "dual"] = Field(
        default="semi-dual",
        description="Maximised over potentials of the sources alone, which keeps the targets' marginals exact, or over "
        "both.",
    )
    recovery: Literal["topk", "averaged", "polished"] = Field(
        default="topk",
        description="The plan from the potentials: k-sparse with approximate marginals of the sources; averaged over "
        "late iterates, marginals exact in the limit; or a linear program on the candidates, marginals exact. The last "
        "two may exceed k in a column.",
    )
    max_iterations: int = Field(
        default=2000, ge=1, le=1_000_000, description="Most steps of L-BFGS.", json_schema_extra={"unit": "iterations"}
    )
    n_averaged: int = Field(
        default=400,
        ge=1,
        le=100_000,
        description="averaged: iterates the plan is the mean of.",
        json_schema_extra={"unit": "iterations"},
    )
