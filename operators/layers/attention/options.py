"""Options of the operator of attention; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options

Mixer = Literal["nala", "softmax", "elu", "relu", "galerkin", "polaformer"]


class AttentionOptions(Options):
    """Attention among all points, on grids, points and shapes; time grows with their number, but for softmax."""

    width: int = Field(default=64, ge=1, le=2048, description="Channels.", json_schema_extra={"unit": "channels"})
    layers: int = Field(default=4, ge=1, le=64, description="Layers of attention.")
    heads: int = Field(default=4, ge=1, le=64, description="Heads of attention.")
    attention: Mixer = Field(
        default="nala",
        description="How points are compared: nala by norm-aware kernels, softmax as published first, in quadratic "
        "time, or by older kernels in linear time.",
    )
    hidden_ratio: int = Field(default=2, ge=1, le=8, description="Width of the layers between, over the width.")

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of the {self.heads} heads")
        if self.attention == "polaformer" and (self.width // self.heads) % 2:
            raise ValueError(f"polaformer halves the {self.width // self.heads} channels of each head")
        return self
