"""How data of one's own is read; light enough for `--help` and the window to read."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic.config import JsonDict

from geomlearn.core.options import Options

_FRAMES: JsonDict = {"unit": "frames"}


class ReadingOptions(Options):
    """What the arrays in a file of samples are, where neither their names nor their shapes say it."""

    inputs: str = Field(
        default="",
        max_length=1000,
        description="Array of the inputs, by name; on meshes several, with commas. Alone it holds whole trajectories.",
    )
    targets: str = Field(default="", max_length=1000, description="Array of the targets, by name.")
    axes: str = Field(
        default="",
        max_length=6,
        description="A letter for each axis of the inputs: n samples, c channels, x y z the grid, t frames of a "
        "trajectory, which become channels; ncxy, nxyc, nxt.",
    )
    target_axes: str = Field(
        default="", max_length=6, description="The same for the targets; as for the inputs if not given."
    )
    frames_in: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Of trajectories: first frames that are given.",
        json_schema_extra=_FRAMES,
    )
    frames_out: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Frames after those that are asked for; the last of all when neither is given.",
        json_schema_extra=_FRAMES,
    )

    @field_validator("axes", "target_axes")
    @classmethod
    def _letters(cls, value: str) -> str:
        plain = value.lower()
        odd = set(plain) - set("nctxyz") or len(set(plain)) < len(plain)
        if plain and (odd or "n" not in plain or not set(plain) & set("xyz")):
            raise ValueError(
                f"{value!r} needs one n, one of x, y, z for each axis of the grid, and at most one c and t"
            )
        return plain

    @property
    def is_given(self) -> bool:
        """Whether any of it was said."""
        return self != type(self)()

    def names(self, of: str) -> tuple[str, ...]:
        """The arrays of "inputs" or "targets", by name."""
        return tuple(word.strip() for word in getattr(self, of).split(",") if word.strip())
