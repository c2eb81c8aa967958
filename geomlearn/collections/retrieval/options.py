"""Options of the search for similar shapes; light enough for `--help` to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options


class HeadOptions(Options):
    """The map from a token's features to the small vector that is kept of it; without bias."""

    kind: Literal["linear", "ffn", "glu"] = Field(
        default="ffn", description="One matrix, matrices in a row, or one gated by another."
    )
    depth: int = Field(default=2, ge=1, le=8, description="Matrices in a row, ffn; one is the linear head.")
    scale: int = Field(default=2, ge=1, le=8, description="Width in between over the features' width.")
    activation: Literal["identity", "relu", "gelu", "silu", "sigmoid"] = Field(
        default="identity", description="In between, or of the gate."
    )
    residual: bool = Field(default=True, description="Lead the features around what lies before the last matrix.")
    size: int = Field(default=48, ge=2, le=512, description="Numbers kept of a token.")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.kind == "linear" and (self.residual or self.activation != "identity"):
            raise ValueError("a linear head has no residual path and no activation")
        return self


class FindOptions(Options):
    """Which shapes are looked at, and how many told."""

    top: int = Field(default=10, ge=1, le=10_000, description="Shapes told.")
    preselect: int = Field(
        default=200, ge=1, le=100_000, description="Shapes that are compared token by token, in a large collection."
    )
    exact_below: int = Field(
        default=2000, ge=0, le=1_000_000, description="Shapes up to which all are compared token by token."
    )


class TokenTrainingOptions(Options):
    """How the tokens are learned."""

    head: HeadOptions = HeadOptions()
    width: int = Field(default=128, ge=8, le=1024, description="Features of a token before the head.")
    steps: int = Field(default=300, ge=1, le=1_000_000, description="Steps of AdamW.")
    batch_size: int = Field(default=24, ge=2, le=1024, description="Pairs of a step, of as many bases.")
    n_tokens: int = Field(default=24, ge=4, le=64, description="Tokens of a shape in a step, drawn anew.")
    rate: float = Field(default=1e-3, gt=0, le=1, description="Highest rate.")
    decay: float = Field(default=1e-2, ge=0, le=10, description="Weight decay; part of how deep heads work.")
    temperature: float = Field(default=0.05, gt=0, le=10, description="Of the softmax over the batch.")
    parts: float = Field(default=0.5, ge=0, le=1, description="Share of the queries that are parts, where there are.")
    noise: float = Field(default=0.1, ge=0, le=10, description="Of the inputs, in their standard deviations.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of weights, draws and noise.")
