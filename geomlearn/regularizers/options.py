"""Options of the regularizers; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options


class OrthogonalConvOptions(Options):
    """The penalty that makes convolutions isometries."""

    weight: float = Field(default=1e-2, ge=0, description="Weight of the mean penalty over the layers.")
    layers: str = Field(default="*", description="Which layers, by a pattern of their names such as 'encoder.*'.")


class LambdaOrthogonalityOptions(Options):
    """The penalty that lets a square matrix leave orthogonality only so far."""

    weight: float = Field(default=1.0, ge=0, description="Weight of the mean penalty over the matrices.")
    layers: str = Field(default="*", description="Which layers, by a pattern of their names such as 'head.*'.")
    limit_rel: float = Field(
        default=0.53, ge=0, description="Free Gram distance λ over the root of the size; 0 is soft orthogonality."
    )
    sharpness: float = Field(
        default=10.0, gt=0, description="How abruptly the penalty sets in at λ; 100 is a hard stop."
    )


class AlignmentOptions(Options):
    """The maps between the feature spaces of an old and a new model."""

    kind: Literal["orthogonal", "relaxed", "affine"] = Field(
        default="relaxed", description="New → old: a rotation, a matrix within λ of one, or any affine map."
    )
    limit_rel: float = Field(
        default=0.53,
        ge=0,
        description="relaxed: free Gram distance λ over the root of the size; published 12 at size 512.",
    )
    sharpness: float = Field(default=10.0, gt=0, description="relaxed: how abruptly the penalty sets in at λ.")
    temperature: float = Field(default=0.1, gt=0, description="Temperature of the contrastive loss.")
    backward_weight: float = Field(default=1.0, ge=0, description="Weight of ‖B(new) − old‖².")
    forward_weight: float = Field(default=1.0, ge=0, description="Weight of ‖F(old) − B(new)‖².")
    contrastive_weight: float = Field(default=1.0, ge=0, description="Weight of the contrastive loss.")
    learning_rate: float = Field(default=1e-3, gt=0, description="Learning rate of Adam.")
    steps: int = Field(default=1500, ge=1, description="Steps of Adam.", json_schema_extra={"unit": "steps"})
    batch_size: int = Field(default=256, ge=2, description="Pairs per step.", json_schema_extra={"unit": "pairs"})
    rotate_longer: bool = Field(
        default=False,
        description="Turn the longer vectors to their principal axes before they are cut to the shorter length.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the start and of the batches.")


class IgniteOptions(Options):
    """How much the predictions of a surrogate may change with its weights."""

    mode: Literal["constrained", "penalty"] = Field(
        default="constrained",
        description="IGNITE, whose multiplier follows the constraint; or IGNITE-2, with a fixed one.",
    )
    rho: float = Field(default=0.05, gt=0, le=10, description="Radius ρ in which weights are thought to move.")
    r: float = Field(default=0.05, gt=0, le=10, description="Step of the finite difference.")
    epsilon: float = Field(default=0.1, ge=0, le=100, description="Constrained: the largest sharpness ρ n.")
    lam: float = Field(default=1e-3, ge=0, le=100, description="Multiplier λ, at the start where it moves.")
    lam_lr: float = Field(default=1e-3, ge=0, le=10, description="Constrained: rate at which λ moves.")
    exact: bool = Field(default=False, description="Differentiate twice in place of the finite difference.")

    @classmethod
    def penalty(cls) -> IgniteOptions:
        """IGNITE-2 with the constants of its authors."""
        return cls(mode="penalty", rho=0.2, r=0.2, lam=0.01)
