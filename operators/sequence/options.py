"""Options of the sequence layers; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from geomlearn.core.options import Options

Init = Literal["s4", "s4d-legs", "s4d-lin", "s4d-inv", "s4-ptd", "s5", "s5-ptd"]
Recipe = Literal["smooth", "published", "ginibre"]
Discretization = Literal["zoh", "bilinear"]
Mode = Literal["auto", "conv", "scan"]
CInit = Literal["lecun", "trunc-normal", "complex-normal"]
Gate = Literal["glu", "half-glu-1", "half-glu-2", "none"]
SSMDecay = Literal["standard", "b-and-c", "fast-b-and-c", "none"]


class PTDOptions(Options):
    """Perturb-then-diagonalize: the perturbation of HiPPO whose eigenvectors are well conditioned."""

    n: int = Field(
        default=32, ge=1, le=512, description="State size of the HiPPO matrix.", json_schema_extra={"unit": "states"}
    )
    gamma: float = Field(
        default=10.0,
        ge=1e-4,
        le=1e4,
        description="Price of the perturbation: higher stays closer to HiPPO, lower conditions better.",
    )
    recipe: Recipe = Field(
        default="smooth",
        description="smooth: our objective; published: the authors' solver; ginibre: random, as large as smooth finds.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the random start.")
    max_iterations: int = Field(
        default=4000, ge=1, le=100_000, description="Most steps of the solver.", json_schema_extra={"unit": "steps"}
    )


class SSMOptions(Options):
    """One state-space layer; `init` names the member of the family."""

    init: Init = Field(default="s5-ptd", description="Which system the layer starts from.")
    n: int = Field(
        default=32,
        ge=1,
        le=512,
        description="State size of one HiPPO block (S4 family: per channel).",
        json_schema_extra={"unit": "states"},
    )
    blocks: int = Field(
        default=2,
        ge=1,
        le=256,
        description="S5 family: copies of the block sharing all channels.",
        json_schema_extra={"unit": "blocks"},
    )
    gamma: float = Field(
        default=10.0, ge=1e-4, le=1e4, description="PTD: price of the perturbation, higher stays closer to HiPPO."
    )
    ptd_recipe: Recipe = Field(default="smooth", description="PTD: how the perturbation is found.")
    ptd_seed: int = Field(default=0, ge=0, le=2**31 - 1, description="PTD: seed of the solver's random start.")
    discretization: Discretization = Field(
        default="zoh",
        description="zoh: exact for inputs constant over a step; bilinear: trapezoidal (S4 always uses it).",
    )
    dt_min: float = Field(
        default=1e-3, gt=0, le=10, description="Shortest initial time step.", json_schema_extra={"unit": "time"}
    )
    dt_max: float = Field(
        default=0.1, gt=0, le=10, description="Longest initial time step.", json_schema_extra={"unit": "time"}
    )
    c_init: CInit = Field(default="lecun", description="S5 family: how the read-out starts.")
    bidirectional: bool = Field(
        default=False, description="Read the sequence from both ends; it can then not be streamed."
    )
    mode: Mode = Field(
        default="auto", description="How whole sequences are run: by convolution, by scan, or what suits the family."
    )

    @model_validator(mode="after")
    def _ordered_steps(self) -> SSMOptions:
        if self.dt_min > self.dt_max:
            raise ValueError(f"dt_min = {self.dt_min:g} is above dt_max = {self.dt_max:g}")
        return self

    @property
    def family(self) -> Literal["s4", "s5"]:
        """S4: one small system per channel. S5: one system for all channels."""
        return "s5" if self.init.startswith("s5") else "s4"

    @property
    def ptd(self) -> PTDOptions:
        """The solver options these imply."""
        return PTDOptions(n=self.n, gamma=self.gamma, recipe=self.ptd_recipe, seed=self.ptd_seed)


class SequenceOptions(Options):
    """A stack of state-space blocks between a linear encoder and decoder."""

    ssm: SSMOptions = Field(default=SSMOptions(), description="The state-space layer of every block.")
    width: int = Field(
        default=64, ge=1, le=8192, description="Channels between the blocks.", json_schema_extra={"unit": "channels"}
    )
    depth: int = Field(default=4, ge=1, le=128, description="How many blocks.", json_schema_extra={"unit": "blocks"})
    norm: Literal["layer", "batch"] = Field(
        default="layer", description="Normalise each time step, or each channel over the batch."
    )
    prenorm: bool = Field(
        default=True, description="Normalise before the state-space layer rather than after the skip."
    )
    batch_momentum: float = Field(
        default=0.1, gt=0, le=1, description="Batch norm: weight of the newest batch in the running average."
    )
    gate: Gate = Field(default="half-glu-2", description="What mixes the channels after the state-space layer.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of the features dropped while training.")
    tied_dropout: bool = Field(default=False, description="Drop a channel for the whole sequence at once.")
    pooling: Literal["mean", "last", "none"] = Field(
        default="none", description="none: an output for every time step; mean or last: one for the sequence."
    )


class ParameterGroupOptions(Options):
    """Learning rates and weight decay by kind of parameter."""

    ssm_lr: float = Field(default=1e-3, gt=0, le=1, description="Learning rate of the state-space dynamics.")
    lr: float = Field(default=4e-3, gt=0, le=1, description="Learning rate of everything else.")
    weight_decay: float = Field(default=0.05, ge=0, le=10, description="Weight decay of everything but the dynamics.")
    ssm_decay: SSMDecay = Field(
        default="standard",
        description="standard: C decays; b-and-c: B too; fast-b-and-c: and B at the full rate; none: neither decays.",
    )
    fast_dt: bool = Field(
        default=False, description="Train the time steps at the full rate instead of the dynamics' rate."
    )
