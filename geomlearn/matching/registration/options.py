"""Options of laying a part on the whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from geomlearn.core.options import Options


class RegistrationOptions(Options):
    """What registration heeds: it goes by vertices; bases are for the scores alone."""

    laplacian: Literal["auto", "cotan", "robust", "cloud"] = Field(
        default="auto", description="Laplacian of the bases."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the eigensolver's start.")
