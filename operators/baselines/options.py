"""Options of the rivals; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from geomlearn.core.options import Options

_CHANNELS: JsonDict = {"unit": "channels"}
_HEAD = "Channels of the last hidden layer."


class UNetOptions(Options):
    """The U-Net that carries the Latent Spectral Models, without their blocks."""

    width: int = Field(
        default=32, ge=1, le=1024, description="Channels at the finest scale.", json_schema_extra=_CHANNELS
    )
    scales: int | None = Field(
        default=None, ge=1, le=8, description="Scales; as many as leave 6 points per axis, at most 5, when not given."
    )
    norm: Literal["batch", "group", "instance"] = Field(
        default="batch", description="Normalisation after each convolution."
    )
    head_width: int = Field(default=128, ge=1, le=4096, description=_HEAD, json_schema_extra=_CHANNELS)


class FNOOptions(Options):
    """Fourier neural operator on grids."""

    width: int = Field(default=32, ge=1, le=1024, description="Channels.", json_schema_extra=_CHANNELS)
    modes: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Fourier modes kept per axis; 12, or as many as the grid has, when not given.",
    )
    layers: int = Field(default=4, ge=1, le=32, description="Fourier layers.")
    padding: int = Field(
        default=0,
        ge=0,
        le=1024,
        description="Points of zeros added at the end of each axis; fields that are not periodic gain by some.",
        json_schema_extra={"unit": "points"},
    )
    head_width: int = Field(default=128, ge=1, le=4096, description=_HEAD, json_schema_extra=_CHANNELS)


class GeoFNOOptions(FNOOptions):
    """Fourier neural operator on points of the plane, by way of a uniform grid in learned coordinates."""

    modes: int = Field(default=12, ge=1, le=256, description="Fourier modes kept per axis.")
    grid: int = Field(
        default=40,
        ge=4,
        le=1024,
        description="Points per axis of the inner grid.",
        json_schema_extra={"unit": "points"},
    )
    deform: bool = Field(default=True, description="Learn a deformation of the plane before the Fourier sums.")
    code_size: int = Field(
        default=0, ge=0, le=4096, description="Numbers that describe each geometry, given to the model."
    )
    symmetric: bool = Field(
        default=True, description="Pair each mode with its true conjugate; no reproduces the slip of the released code."
    )
    mean_sums: bool = Field(
        default=True, description="Weigh the Fourier sums by area, or by 1/n; no adds the points up."
    )

    @model_validator(mode="after")
    def _modes_fit_the_grid(self) -> Self:
        if 2 * self.modes > self.grid:
            raise ValueError(f"{self.modes} modes need a grid of at least {2 * self.modes} points")
        return self


class TransolverOptions(Options):
    """Attention among slices of the domain, on grids, points and shapes."""

    width: int = Field(default=128, ge=1, le=2048, description="Channels.", json_schema_extra=_CHANNELS)
    layers: int = Field(default=8, ge=1, le=64, description="Layers of attention.")
    heads: int = Field(default=8, ge=1, le=64, description="Heads of attention.")
    slices: int = Field(default=64, ge=1, le=1024, description="Slices per head.")
    hidden_ratio: int = Field(default=1, ge=1, le=8, description="Width of the layers between, over the width.")

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of the {self.heads} heads")
        return self


class LaplaceSpectralOptions(Options):
    """Fourier neural operator with Laplace-Beltrami eigenfunctions in place of waves, on shapes."""

    width: int = Field(default=32, ge=1, le=1024, description="Channels.", json_schema_extra=_CHANNELS)
    modes: int = Field(default=64, ge=2, le=1024, description="Eigenfunctions.", json_schema_extra={"unit": "modes"})
    layers: int = Field(default=4, ge=1, le=32, description="Spectral layers.")
    head_width: int = Field(default=128, ge=1, le=4096, description=_HEAD, json_schema_extra=_CHANNELS)


class DeepONetOptions(Options):
    """Products of a branch that sees the input at fixed places and a trunk that sees where to answer."""

    width: int = Field(
        default=128, ge=1, le=4096, description="Channels of the hidden layers.", json_schema_extra=_CHANNELS
    )
    layers: int = Field(default=4, ge=1, le=32, description="Hidden layers of branch and trunk.")
    rank: int = Field(default=128, ge=1, le=4096, description="Products per output channel.")
