"""Options of learned eigenbases; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from geomlearn.core.options import Options

Family = Literal["self-tuned", "reference", "schrodinger", "hadamard", "polynomial"]
EigenvalueEstimator = Literal["rayleigh", "increment", "paper"]


class ProbeOptions(Options):
    """Random functions whose reconstruction trains a basis: choosing them is choosing the operator."""

    probes: Family = Field(
        default="self-tuned",
        description="Family of probe functions: self-tuned for uneven samplings, reference as published, "
        "schrodinger with a potential, hadamard for piecewise constant, polynomial.",
    )
    n_probes: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Probe functions per sampling; 0 for one per point, from orthogonal noise (expected loss).",
        json_schema_extra={"unit": "functions"},
    )
    dimension: int = Field(
        default=2, ge=1, le=32, description="Dimension of the manifold the points lie on; 2 for surfaces."
    )
    n_neighbours: int = Field(
        default=30, ge=2, le=500, description="Graph edges per point; the published smoother draws 10 to 20."
    )
    smoothing: float = Field(
        default=0.25,
        gt=0,
        le=10,
        description="Probes are damped by half at this share of the k modes.",
    )
    n_steps: int = Field(
        default=30,
        ge=1,
        le=1000,
        description="Diffusion steps of reference and schrodinger.",
        json_schema_extra={"unit": "steps"},
    )
    potential_weight: float = Field(default=10.0, ge=0, le=1e6, description="Weight β of the potential of schrodinger.")
    degree: int = Field(default=6, ge=1, le=20, description="Largest degree of polynomial.")


class ReadingOptions(Options):
    """How a basis is read from a network's columns."""

    eigenvalues: EigenvalueEstimator = Field(
        default="rayleigh",
        description="rayleigh from a graph of the points; increment and paper from reconstruction errors.",
    )
    refine: bool = Field(
        default=False,
        description="Rotate the learned modes to the Ritz vectors of the self-tuned Laplacian; same span.",
    )


class BasisModelOptions(ReadingOptions):
    """The basis a network for all clouds gives."""

    k: int = Field(default=40, ge=2, le=500, description="How many modes.", json_schema_extra={"unit": "modes"})


class FitRecipe(ReadingOptions, ProbeOptions):
    """A network of its own for one shape, learned from many samplings of it."""

    steps: int = Field(
        default=400, ge=1, le=1_000_000, description="Steps of AdamW.", json_schema_extra={"unit": "steps"}
    )
    n_points: int = Field(
        default=800, ge=16, le=20_000, description="Points per sampling.", json_schema_extra={"unit": "points"}
    )
    n_samplings: int = Field(
        default=16, ge=1, le=10_000, description="Samplings to learn from.", json_schema_extra={"unit": "samplings"}
    )
    learning_rate: float = Field(default=3e-3, gt=0, le=1, description="Peak learning rate; one cosine cycle.")
    width: int = Field(
        default=192, ge=8, le=4096, description="Width of the network.", json_schema_extra={"unit": "channels"}
    )
    frequency: float = Field(
        default=2.0,
        ge=0,
        le=100,
        description="Deviation of the random frequencies of the input, for points in the unit ball.",
    )


class FitOptions(FitRecipe):
    """A recipe, and how many modes it is to learn."""

    k: int = Field(default=50, ge=2, le=500, description="How many modes.", json_schema_extra={"unit": "modes"})
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of samplings, probes and weights.")

    @model_validator(mode="after")
    def _points_carry_modes(self) -> FitOptions:
        if self.n_points <= self.k:
            raise ValueError("n_points must exceed k, or a sampling cannot carry the modes")
        return self


class LearnedOptions(FitOptions):
    """A learned basis by either way; the probes and the optimisation are of use to a fit only."""

    network: Literal["shipped", "fit"] = Field(
        default="shipped", description="The shipped network, in one pass; or one fitted to this shape."
    )
    k: int = Field(default=40, ge=2, le=500, description="How many modes.", json_schema_extra={"unit": "modes"})


class NetworkOptions(Options):
    """Sizes of the network that reads any cloud."""

    k: int = Field(default=40, ge=2, le=500, description="Modes it gives.", json_schema_extra={"unit": "modes"})
    n_landmarks: int = Field(
        default=96, ge=8, le=4096, description="Landmarks that carry tokens.", json_schema_extra={"unit": "landmarks"}
    )
    width: int = Field(
        default=96, ge=8, le=4096, description="Channels of a token.", json_schema_extra={"unit": "channels"}
    )
    n_layers: int = Field(
        default=4, ge=1, le=64, description="Layers of attention.", json_schema_extra={"unit": "layers"}
    )
    n_heads: int = Field(
        default=8, ge=1, le=128, description="Heads of attention, each with a kernel width of its own."
    )

    @model_validator(mode="after")
    def _heads_fit(self) -> NetworkOptions:
        if self.width % self.n_heads:
            raise ValueError("width must be a multiple of n_heads")
        return self


class SamplingOptions(Options):
    """The clouds a network for all shapes is trained on."""

    n_points: int = Field(
        default=448, ge=16, le=100_000, description="Points per sampling.", json_schema_extra={"unit": "points"}
    )
    n_samplings: int = Field(
        default=1200,
        ge=1,
        le=10_000_000,
        description="Samplings to learn from.",
        json_schema_extra={"unit": "samplings"},
    )
    n_valid: int = Field(default=48, ge=0, le=100_000, description="Samplings of other shapes to judge by.")
    warp: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="How far every sampling is stretched and bent at random; 0 leaves shapes alone.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of samplings, warps and probes.")


class DataOptions(Options):
    """Which shapes a network for all shapes is trained on."""

    generated: int = Field(
        default=0, ge=0, le=1_000_000, description="Generated shapes to learn from, beside those of --data."
    )
    generated_valid: int = Field(
        default=0, ge=0, le=100_000, description="Generated shapes to judge by; a tenth of --data when none."
    )
