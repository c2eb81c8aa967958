"""Options of the diffusion prior and of matching with it; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geomlearn.core.options import Options


class MapSetOptions(Options):
    """Functional maps between shapes the project invents."""

    n_categories: int = Field(
        default=160, ge=1, le=100_000, description="Categories to learn from.", json_schema_extra={"unit": "categories"}
    )
    n_held_out: int = Field(
        default=12,
        ge=0,
        le=10_000,
        description="Categories of other body plans to validate on, and as many to test on.",
        json_schema_extra={"unit": "categories"},
    )
    n_members: int = Field(
        default=16,
        ge=2,
        le=200,
        description="Shapes of each category; every ordered pair gives a map.",
        json_schema_extra={"unit": "shapes"},
    )
    k: int = Field(default=30, ge=5, le=120, description="Modes of each shape.", json_schema_extra={"unit": "modes"})
    shape_seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of everything random about the shapes.")


class DenoiserOptions(Options):
    """The network that tells maps from noise. The published size is width 384, depth 12, heads 6."""

    width: int = Field(
        default=128, ge=8, le=2048, description="Numbers per patch.", json_schema_extra={"unit": "channels"}
    )
    depth: int = Field(
        default=4, ge=1, le=64, description="Blocks, one after another.", json_schema_extra={"unit": "blocks"}
    )
    heads: int = Field(default=4, ge=1, le=64, description="Attention heads of each block.")
    patch: int = Field(
        default=5,
        ge=1,
        le=60,
        description="Side of the patches the matrix is cut into.",
        json_schema_extra={"unit": "modes"},
    )

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.width % self.heads or self.width % 4:
            raise ValueError("width must be a multiple of 4 and of heads")
        return self


class DiffuMatchOptions(Options):
    """Matching with a prior over functional maps; used by the method diffumatch alone."""

    regularizer: Literal["diffusion", "score", "static", "resolvent", "laplacian"] = Field(
        default="diffusion",
        description="What holds the entries of the first map down: learned from many maps (score as published), "
        "or isometry.",
    )
    steps: int = Field(
        default=20,
        ge=0,
        le=10_000,
        description="Steps of training the features on the pair, 300 as published; 0 regularises random ones alone.",
        json_schema_extra={"unit": "steps"},
    )
    inputs: Literal["both", "coordinates"] = Field(
        default="both",
        description="What features are made from: coordinates, as published, or wave kernel signatures too.",
    )
    with_descriptors: bool = Field(
        default=True, description="Keep the first map of descriptors unless the features find a better one."
    )
    fast: bool = Field(default=False, description="A tenth of the steps, fewer samples and draws.")
    prior: str = Field(default="", description="File of the prior; the one that comes with geomlearn when not given.")
    w_regularizer: float | None = Field(
        default=None,
        ge=0,
        le=1e6,
        description="Weight of the mask, whose mean is 1; chosen on other shapes when not given.",
    )
    mask_sigma: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="Noise at which masks are distilled, or floor of the static one; chosen likewise when not given.",
    )
    w_proper: float = Field(default=1.0, ge=0, le=1e3, description="Weight of being the map of some point map.")
    w_sds: float = Field(default=1.0, ge=0, le=1e3, description="Weight of being likely under the prior.")
    legacy_sds: bool = Field(default=False, description="The score distillation of the released code, for comparison.")
    n_points: int = Field(
        default=800,
        ge=200,
        le=20_000,
        description="Samples of each shape the features are trained at; the full shapes come last.",
        json_schema_extra={"unit": "vertices"},
    )
