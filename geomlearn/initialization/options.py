"""Options of critical initialization; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options

ActivationName = Literal["linear", "relu", "leaky-relu", "tanh", "sin", "erf", "gelu", "gelu-tanh", "silu", "mish"]


class CriticalOptions(Options):
    """Critical weights for every dense and convolutional layer of a model."""

    activation: ActivationName | Literal["auto"] = Field(
        default="auto", description="The nonlinearity between the layers; auto finds the modules that follow each."
    )
    gamma: float = Field(
        default=0.0, ge=0, lt=1, description="Weight of the residual connections around layers; 0 for none."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the weights.")
