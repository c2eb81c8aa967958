"""What cleaning is asked to do."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from geomlearn.core.options import Options

_PART: JsonDict = {"unit": "of the diagonal"}
_NEEDS = {
    "weld_tolerance_rel": "weld",
    "outlier_rule": "outliers",
    "neighbours": "outliers",
    "sigma": "outliers",
    "depth": "reconstruct",
    "trim": "reconstruct",
    "fill_edges": "fill",
}


class CleanOptions(Options):
    """The steps, done in this order; those that are not asked for are left out."""

    scale: str = Field(default="", description="Units: mm:m converts, unit makes the diagonal 1, a number multiplies.")
    up: Literal["", "x", "y", "z", "-x", "-y", "-z"] = Field(default="", description="The axis that becomes z.")
    weld: bool = Field(default=False, description="Make equal vertices one; drop faces without area or repeated.")
    weld_tolerance_rel: float = Field(
        default=0.0, ge=0, le=0.1, description="Weld nearer than this too.", json_schema_extra=_PART
    )
    outliers: bool = Field(default=False, description="Remove points that lie alone.")
    outlier_rule: Literal["gap", "sigma"] = Field(
        default="gap", description="Bound at the gap in the distances, or at mean + sigma deviations."
    )
    neighbours: int = Field(default=8, ge=2, le=100, description="Nearest points that make the distance.")
    sigma: float = Field(default=3.0, gt=0, le=20, description="Deviations, for the rule of that name.")
    islands: bool = Field(default=False, description="Remove clumps of points apart, by the spectral gap.")
    largest: int = Field(default=0, ge=0, description="Keep so many of the largest pieces; 0 keeps all.")
    subsample: int = Field(default=0, ge=0, description="Points to keep of a cloud, spread evenly; 0 keeps all.")
    normals: bool = Field(default=False, description="Orient the faces, or estimate and orient a cloud's normals.")
    reconstruct: bool = Field(default=False, description="Make a surface from a cloud.")
    depth: int = Field(default=7, ge=3, le=10, description="Depth of the octree of the reconstruction.")
    trim: float = Field(
        default=4.0, ge=0, le=100, description="Cut off what is farther from all points; 0 keeps all.",
        json_schema_extra={"unit": "times the spacing"},
    )  # fmt: skip
    fill: bool = Field(default=False, description="Fill holes with patches that continue the surface.")
    fill_edges: int = Field(default=200, ge=3, le=1000, description="Longest border that is filled.")
    smooth: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Remove detail below this size; 0 takes none.",
        json_schema_extra=_PART,
    )
    remesh: int = Field(default=0, ge=0, description="Vertices of a new, even mesh; 0 for none.")
    decimate: int = Field(default=0, ge=0, description="Faces to keep; 0 keeps all.")

    @model_validator(mode="after")
    def _used(self) -> Self:
        for name, step in _NEEDS.items():
            if getattr(self, name) != type(self).model_fields[name].default and not getattr(self, step):
                raise ValueError(f"{name} has no effect without {step}")
        if self.sigma != 3.0 and self.outlier_rule != "sigma":
            raise ValueError("sigma has no effect under the rule gap")
        if self.scale:
            from geomlearn.shapes.cleaning.frame import factor_of

            factor_of(self.scale)
        return self
