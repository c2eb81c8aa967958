"""Options of the matching room; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from geomlearn.core.options import Options
from geomlearn.matching.diffumatch.options import DiffuMatchOptions

Mask = Literal["resolvent", "laplacian"]
Orientation = Literal["direct", "reversed"]
Solver = Literal["auto", "rows", "normal", "lbfgs"]
Descriptors = Literal["wks", "hks", "both"]
Strategy = Literal["auto", "bijective-zoomout", "zoomout", "none", "learned", "diffumatch", "registration"]


class FunctionalMapOptions(Options):
    """The energy of a functional map. Each term is divided by its mean curvature, so weights compare directly."""

    k_solve: int = Field(
        default=20,
        ge=2,
        le=200,
        description="Modes of each shape in the first functional map.",
        json_schema_extra={"unit": "modes"},
    )
    w_descriptors: float = Field(
        default=1.0, ge=0, le=1e6, description="Weight of carrying descriptors to descriptors."
    )
    w_mask: float = Field(default=0.01, ge=0, le=1e6, description="Weight of commuting with the Laplacian (isometry).")
    w_products: float = Field(
        default=1.0, ge=0, le=1e6, description="Weight of commuting with products by descriptors."
    )
    w_orientation: float = Field(
        default=1.0, ge=0, le=1e6, description="Weight of keeping orientation: left stays left."
    )
    mask: Mask = Field(
        default="resolvent", description="How the Laplacian term grows with the distance of eigenvalues."
    )
    gamma: float = Field(default=0.5, gt=0, le=1, description="Exponent of the resolvent mask: larger is stricter.")
    orientation: Orientation = Field(default="direct", description="Keep orientation, or reverse it (a mirrored copy).")
    solver: Solver = Field(
        default="auto",
        description="Exact rows without products and orientation, one exact system when small, L-BFGS otherwise.",
    )
    max_iterations: int = Field(
        default=2000, ge=1, le=100_000, description="Most steps of L-BFGS.", json_schema_extra={"unit": "iterations"}
    )

    @model_validator(mode="after")
    def _solvable(self) -> FunctionalMapOptions:
        if self.w_descriptors + self.w_products + self.w_orientation <= 0:
            raise ValueError("one of w_descriptors, w_products, w_orientation must be positive")
        if self.solver == "rows" and self.w_products + self.w_orientation > 0:
            raise ValueError("solver rows needs w_products = 0 and w_orientation = 0")
        return self


class ZoomOutOptions(Options):
    """Refinement by growing the spectral basis."""

    k_end: int = Field(
        default=200,
        ge=2,
        le=2000,
        description="Modes of each shape at the end.",
        json_schema_extra={"unit": "modes"},
    )
    # Both chosen on bodies, animals and scans made for choosing; TOSCA judged: 1.84 with 5 and 5,000, 1.86 with these.
    step: int = Field(
        default=10, ge=1, le=200, description="Modes added at each iteration.", json_schema_extra={"unit": "modes"}
    )
    n_samples: int = Field(
        default=2500,
        ge=0,
        le=100_000,
        description="Vertices whose images are followed, well-spread ones of larger shapes; 0 searches all every time.",
        json_schema_extra={"unit": "vertices"},
    )
    n_final: int = Field(
        default=1,
        ge=1,
        le=20,
        description="Searches among all vertices at the end, after growth that follows images.",
        json_schema_extra={"unit": "iterations"},
    )
    w_bijective: float = Field(
        default=1.0, ge=0, le=1e3, description="Weight of the two maps being inverse to each other; 0 is plain ZoomOut."
    )
    patience: int = Field(
        default=5,
        ge=0,
        le=1000,
        description="Iterations of worsening bijectivity before stopping; 0 never stops early.",
        json_schema_extra={"unit": "iterations"},
    )
    device: str = Field(default="cpu", description="Where nearest neighbours are searched: cpu, cuda, or auto.")


class DescriptorOptions(Options):
    """First maps from descriptors: several settings are solved, grown a little, and the likeliest is taken."""

    descriptors: Descriptors = Field(
        default="wks", description="Wave kernel signatures, heat kernel signatures, or both."
    )
    k_descriptors: int = Field(
        default=128,
        ge=5,
        le=1000,
        description="Modes the descriptors are made of.",
        json_schema_extra={"unit": "modes"},
    )
    n_descriptors: int = Field(
        default=20,
        ge=2,
        le=500,
        description="Descriptors of each kind, and per landmark.",
        json_schema_extra={"unit": "columns"},
    )
    n_candidates: int = Field(
        default=6,
        ge=1,
        le=10,
        description="First maps solved from different sizes and weights, the two best grown again from less; of those "
        "that keep orientation the one nearest to an isometry is refined.",
        json_schema_extra={"unit": "maps"},
    )


class LearnedOptions(Options):
    """First maps from places that features learned on free bodies and animals name on both shapes."""

    features: str = Field(
        default="", description="File of learned features; those that come with geomlearn when not given."
    )


class AutoOptions(Options):
    """Several hypotheses, cheapest first, until one is surely right."""

    time: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        description="No further hypothesis is begun after so long; 0 for no limit.",
        json_schema_extra={"unit": "s"},
    )


class CommonMatchOptions(Options):
    """What every way of matching heeds."""

    method: Strategy = Field(
        default="auto",
        description="auto tries several ways and judges; bijective-zoomout, zoomout and none (not refined) begin from "
        "descriptors, learned from learned features, diffumatch from a prior; registration lays a part on the whole.",
    )
    laplacian: Literal["auto", "cotan", "robust", "cloud"] = Field(
        default="auto", description="Laplacian of the bases."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the eigensolver's start.")


# What each strategy heeds beside the common options; zoomout and none leave out some of refinement's, see `FOREIGN`.
STRATEGIES: dict[str, tuple[type[Options], ...]] = {
    "auto": (AutoOptions, LearnedOptions, DescriptorOptions, FunctionalMapOptions, ZoomOutOptions),
    "bijective-zoomout": (DescriptorOptions, FunctionalMapOptions, ZoomOutOptions),
    "zoomout": (DescriptorOptions, FunctionalMapOptions, ZoomOutOptions),
    "none": (DescriptorOptions, FunctionalMapOptions, ZoomOutOptions),
    "learned": (LearnedOptions, ZoomOutOptions),
    "diffumatch": (DiffuMatchOptions, DescriptorOptions, FunctionalMapOptions, ZoomOutOptions),
    "registration": (),
}
FOREIGN = {"zoomout": {"w_bijective"}, "none": {"w_bijective", "step", "n_samples", "n_final", "patience"}}


def heeded(method: str) -> set[str]:
    """Names of the options a strategy heeds."""
    models: tuple[type[Options], ...] = (CommonMatchOptions, *STRATEGIES[method])
    return {name for model in models for name in model.model_fields} - FOREIGN.get(method, set())


class MatchOptions(
    AutoOptions, LearnedOptions, DescriptorOptions, FunctionalMapOptions, ZoomOutOptions, DiffuMatchOptions,
    CommonMatchOptions,
):  # fmt: skip
    """The whole way from two shapes to a correspondence: the union of the strategies' options, told apart by `method`.

    An option that the method does not heed is refused; what is dumped are those it heeds.
    """

    @model_validator(mode="after")
    def _heeded(self) -> Self:
        foreign = sorted(self.model_fields_set - heeded(self.method))
        if foreign:
            raise ValueError(f"method {self.method} does not heed {', '.join(foreign)}: leave out one")
        return self

    @model_serializer(mode="wrap")
    def _dumped(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        kept = heeded(self.method)
        return {name: value for name, value in handler(self).items() if name in kept}

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated anew; another method drops what it does not heed."""
        kept = heeded(changes.get("method", self.method))
        values = {name: getattr(self, name) for name in self.model_fields_set if name in kept}
        return type(self)(**{**values, **changes})
