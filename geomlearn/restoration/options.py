"""Options of the restoration room; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options


class LpnOptions(Options):
    """A learned proximal network."""

    hidden: int = Field(default=128, ge=1, le=4096, description="Width of each layer, or channels of a convolution.")
    layers: int = Field(default=3, ge=1, le=12, description="Hidden layers; a convolution has four.")
    sharpness: float = Field(default=10.0, gt=0, le=1e4, description="β of softplus between the layers.")
    convexity: float = Field(
        default=0.01, ge=0, le=0.5, description="α: ψ is at least 2α-strongly convex, so that R is finite everywhere."
    )
    positive: Literal["clip", "softplus"] = Field(
        default="softplus", description="Weights between layers stay ≥ 0 by cutting after each step, or by softplus."
    )


class LpnTraining(Options):
    """Proximal matching."""

    sigma: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="Noise the prior is learned at, in the unit of the values; a third of the coordinates' deviation "
        "if not given.",
    )
    loss: Literal["proximal", "l2", "l1"] = Field(
        default="proximal",
        description="What is fitted: the most probable signal (the prior's own proximal map), the mean, the median.",
    )
    steps: int = Field(
        default=6000, ge=1, le=10_000_000, description="Steps in all.", json_schema_extra={"unit": "steps"}
    )
    first: float = Field(default=0.5, ge=0, lt=1, description="proximal: share of the steps on l1, before γ shrinks.")
    stages: int = Field(default=4, ge=1, le=20, description="proximal: how often γ is halved, down to its least.")
    gamma: float = Field(
        default=0.8, gt=0, le=100, description="proximal: the least γ, in units of σ and of √(number of values)."
    )
    batch_size: int = Field(default=256, ge=1, le=65_536, description="Signals per step.")
    rate: float = Field(default=1e-3, gt=0, le=1, description="Peak learning rate of Adam.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of weights, order and noise.")


class RestoreOptions(Options):
    """Plug-and-play: data fidelity in turn with the learned proximal map."""

    method: Literal["pgd", "admm"] = Field(default="pgd", description="Proximal gradient, or alternating directions.")
    noise: float | None = Field(
        default=None,
        gt=0,
        description="Noise of what was measured, in its own unit: it weighs data against prior. Without it the "
        "proximal map is taken as it is, as published, and the step weighs them.",
    )
    step: float = Field(
        default=0.95, gt=0, le=100, description="pgd: step η times ‖AᵀA‖; below 1 it is sure to converge."
    )
    coupling: float = Field(
        default=1.05, gt=0, le=1e6, description="admm: ρ over ‖AᵀA‖; above 1 it is sure to converge."
    )
    max_iterations: int = Field(default=500, ge=1, le=1_000_000, description="Most iterations.")
    tolerance: float = Field(
        default=1e-6, gt=0, le=1, description="Stop when a step is shorter, over the iterate's size."
    )
