"""Options of the spectral room; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options

LaplacianKind = Literal["auto", "cotan", "robust", "cloud"]
Boundary = Literal["neumann", "dirichlet"]


class EigenbasisOptions(Options):
    """The k smallest eigenpairs of a Laplacian."""

    k: int = Field(
        default=128, ge=1, le=5000, description="How many modes to compute.", json_schema_extra={"unit": "modes"}
    )
    laplacian: LaplacianKind = Field(
        default="auto",
        description="Which Laplacian: cotan for clean meshes, robust for any mesh, cloud for points, auto to choose.",
    )
    boundary: Boundary = Field(
        default="neumann", description="At the rim of an open mesh: free ends (neumann) or held at zero (dirichlet)."
    )
    tolerance: float = Field(
        default=1e-8,
        ge=1e-12,
        le=1e-2,
        description="Largest residual |Lx − λMx| allowed, in the M⁻¹ norm relative to λ + 4π/area.",
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the random start of the eigensolver.")


class HeatKernelOptions(Options):
    """The heat kernel signature."""

    n_times: int = Field(
        default=100,
        ge=1,
        le=2000,
        description="How many diffusion times, spaced evenly in the logarithm.",
        json_schema_extra={"unit": "times"},
    )
    normalize: bool = Field(default=True, description="Scale every column to unit length under the mass.")


class WaveKernelOptions(Options):
    """The wave kernel signature."""

    n_energies: int = Field(
        default=100,
        ge=2,
        le=2000,
        description="How many energies, spaced evenly in the logarithm.",
        json_schema_extra={"unit": "energies"},
    )
    width: float = Field(
        default=7.0, gt=0, le=100, description="Width of each band.", json_schema_extra={"unit": "energy steps"}
    )
    normalize: bool = Field(default=True, description="Scale every column to unit length under the mass.")

    @model_validator(mode="after")
    def _bands_fit(self) -> Self:
        # The energies span from two widths above the lowest to two below the highest.
        if self.n_energies <= 4 * self.width:
            raise ValueError("n_energies must exceed four times the width, or no energy is left between the margins")
        return self
