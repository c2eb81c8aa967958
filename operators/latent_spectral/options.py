"""Options of the Latent Spectral Models; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options

Norm = Literal["batch", "group", "instance"]
Frequencies = Literal["pi-over-k", "integer"]
Start = Literal["published", "identity"]


class SpectralBlockOptions(Options):
    """The neural spectral block and the width it works in."""

    width: int = Field(
        default=32, ge=1, le=1024, description="Channels at the finest scale.", json_schema_extra={"unit": "channels"}
    )
    heads: int = Field(default=8, ge=1, le=64, description="Heads that the channels of a block are split into.")
    tokens: int = Field(default=4, ge=1, le=256, description="Latent tokens per patch and head.")
    n_frequencies: int = Field(default=12, ge=1, le=128, description="Frequencies K; a block has 2K basis operators.")
    frequencies: Frequencies = Field(
        default="pi-over-k",
        description="pi-over-k: πk/K, k < K, as released; integer: whole numbers, as the theory needs.",
    )
    start: Start = Field(
        default="published",
        description="published: one-sided uniform numbers; identity: centred tokens and no write-back at first.",
    )
    head_width: int = Field(
        default=128,
        ge=1,
        le=4096,
        description="Channels of the last hidden layer.",
        json_schema_extra={"unit": "channels"},
    )

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of the {self.heads} heads")
        return self


class LatentSpectralOptions(SpectralBlockOptions):
    """LSM on grids of one, two or three axes."""

    scales: int | None = Field(
        default=None, ge=1, le=8, description="Scales of the U-Net; as many as leave patches of 6 points, at most 5."
    )
    patch: tuple[int, ...] = Field(
        default=(),
        description="Points per patch along each axis, at every scale; as many as make the coarsest scale one patch.",
        json_schema_extra={"unit": "points"},
    )
    norm: Norm = Field(default="batch", description="Normalisation after each convolution; batch is published.")
    blocks: bool = Field(
        default=True, description="Whether there are spectral blocks; without them it is a plain U-Net."
    )

    @model_validator(mode="after")
    def _patch_has_points(self) -> Self:
        if any(points < 1 for points in self.patch):
            raise ValueError("patch needs at least one point along each axis")
        return self


class LatentSpectralIrregularOptions(LatentSpectralOptions):
    """LSM on points of the plane, by way of a uniform grid in learned coordinates."""

    grid: int = Field(
        default=96,
        ge=4,
        le=1024,
        description="Points per axis of the inner grid.",
        json_schema_extra={"unit": "points"},
    )
    modes: int = Field(default=12, ge=1, le=256, description="Fourier modes kept per axis on the way in and out.")
    deform: bool = Field(default=True, description="Learn a deformation of the plane before the Fourier sums.")
    code_size: int = Field(
        default=0, ge=0, le=4096, description="Numbers that describe each geometry, given to the model."
    )
    symmetric: bool = Field(
        default=True, description="Pair each mode with its true conjugate; no reproduces the slip of the released code."
    )
    mean_sums: bool = Field(
        default=True, description="Weigh the Fourier sums by area, or by 1/n; no adds the points up, as released."
    )

    @model_validator(mode="after")
    def _modes_fit_the_grid(self) -> Self:
        if 2 * self.modes > self.grid:
            raise ValueError(f"{self.modes} modes need a grid of at least {2 * self.modes} points")
        return self


class LatentSpectralShapesOptions(SpectralBlockOptions):
    """LSM on triangle meshes and point clouds."""

    scales: int = Field(
        default=3, ge=1, le=6, description="Scales; each has a quarter of the points of the one before."
    )
    patch: int = Field(
        default=64,
        ge=4,
        le=4096,
        description="Points per patch, about, at every scale.",
        json_schema_extra={"unit": "points"},
    )
    modes: int = Field(
        default=64,
        ge=2,
        le=1024,
        description="Eigenfunctions that heat spreads by.",
        json_schema_extra={"unit": "modes"},
    )
    blocks: bool = Field(default=True, description="Whether there are spectral blocks.")


PUBLISHED: dict[str, LatentSpectralOptions] = {
    "elasticity-points": LatentSpectralIrregularOptions(
        width=32, scales=5, patch=(6, 6), symmetric=False, mean_sums=False
    ),
    "elasticity-grid": LatentSpectralOptions(width=32, scales=5, patch=(3, 3)),
    "plasticity": LatentSpectralOptions(width=32, scales=5, patch=(7, 2, 2)),
    "navier-stokes": LatentSpectralOptions(width=64, scales=5, patch=(4, 4)),
    "darcy": LatentSpectralOptions(width=64, scales=5, patch=(6, 6)),
    "airfoil": LatentSpectralOptions(width=32, scales=5, patch=(14, 4)),
    "pipe": LatentSpectralOptions(width=48, scales=5, patch=(9, 9)),
}
"""The settings behind the published table, by benchmark."""
