"""Options of the learned features; light enough for `--help` to read."""

from __future__ import annotations

from pydantic import Field

from geomlearn.core.options import Options


class FeatureNetOptions(Options):
    """Size of the feature network."""

    width: int = Field(default=64, ge=8, le=512, description="Channels.", json_schema_extra={"unit": "channels"})
    depth: int = Field(default=4, ge=1, le=16, description="Blocks in a row.", json_schema_extra={"unit": "blocks"})
    k: int = Field(
        default=64, ge=16, le=256, description="Modes functions diffuse in.", json_schema_extra={"unit": "modes"}
    )
    n_samples: int = Field(
        default=1024, ge=128, le=8192, description="Points of a shape it reads.", json_schema_extra={"unit": "points"}
    )
    n_anchors: int = Field(
        default=512, ge=32, le=4096, description="Places of each template.", json_schema_extra={"unit": "places"}
    )
    n_template_modes: int = Field(
        default=40, ge=8, le=200, description="Modes of each template.", json_schema_extra={"unit": "modes"}
    )


class LearnedMatchOptions(Options):
    """Matching by learned features alone."""

    features: str = Field(
        default="", description="File of learned features; those that come with geomlearn when not given."
    )
    k_end: int = Field(
        default=200, ge=2, le=2000, description="Modes of each shape at the end.", json_schema_extra={"unit": "modes"}
    )
