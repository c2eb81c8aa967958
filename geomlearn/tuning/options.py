"""Options of the tuning room; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options


class MaidOptions(Options):
    """Adaptively inexact descent on hyperparameters."""

    accuracy: float = Field(default=1e-1, gt=0, le=1e6, description="First accuracy ε of lower solutions.")
    residual: float = Field(default=1e-1, gt=0, le=1e6, description="First residual δ of the linear systems.")
    step: float = Field(default=1e-1, gt=0, le=1e6, description="First step α that is tried.")
    decrease: float = Field(default=0.1, gt=0, lt=1, description="λ: share of α‖z‖² that a step must gain.")
    confidence: float = Field(
        default=0.5, gt=0, lt=1, description="η: a direction counts with an error under (1 − η)‖z‖."
    )
    shrink: float = Field(default=0.5, gt=0, lt=1, description="ρ: a refused step is multiplied by this.")
    grow: float = Field(default=1.5, gt=1, le=10, description="An accepted step is multiplied by this for the next.")
    tighten: float = Field(default=0.5, gt=0, lt=1, description="ν: accuracies that do not do are multiplied by this.")
    relax: float = Field(default=1.1, gt=1, le=10, description="Accuracies are multiplied by this after success.")
    max_backtracks: int = Field(default=20, ge=1, le=200, description="Steps tried before accuracies are tightened.")
    max_iterations: int = Field(default=100, ge=1, le=100_000, description="Most upper iterations.")
    max_lower: int = Field(default=20_000, ge=1, le=10_000_000, description="Most iterations of one solve.")
    budget: int = Field(
        default=1_000_000, ge=1, le=10**12, description="Most lower gradients and Hessian products altogether."
    )
    tolerance: float = Field(default=1e-4, gt=0, le=1e3, description="Stop when the gradient's bound ‖z‖ + ω is below.")
    certify: bool = Field(default=True, description="Bound the error of each direction.")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.decrease >= self.confidence:
            raise ValueError("decrease (λ) must be below confidence (η)")
        return self


class SelfTuningOptions(Options):
    """Self-tuning networks: hyperparameters learned in the training they are of."""

    kind: Literal["stn", "delta"] = Field(
        default="delta", description="Weights that follow λ, or (delta) what λ moves by: steadier."
    )
    train_steps: int = Field(default=2, ge=1, le=1000, description="Steps of the weights between those of λ.")
    valid_steps: int = Field(default=1, ge=1, le=1000, description="Steps of λ, on validation samples.")
    warmup: int = Field(default=100, ge=0, le=10_000_000, description="Steps of the weights before λ moves.")
    knob_rate: float = Field(default=1e-2, gt=0, le=10, description="Learning rate of λ.")
    spread_rate: float = Field(default=3e-3, ge=0, le=10, description="Learning rate of σ, how far around λ is tried.")
    spread: float = Field(default=0.5, gt=0, le=10, description="σ at first.")
    entropy: float = Field(default=1e-3, ge=0, le=10, description="τ: how much σ is kept wide.")
