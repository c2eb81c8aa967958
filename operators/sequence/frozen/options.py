"""A tone on a field, and what became of its forecasts; light enough for `--help` and the window to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from geomlearn.core.options import Options

Memory = Literal["hippo", "s4d", "s4-ptd"]
MEMORIES: tuple[Memory, ...] = ("hippo", "s4d", "s4-ptd")


class DisturbanceOptions(Options):
    """A tone painted on the frames of a field, and memories that are to forecast it all the same."""

    n: int = Field(default=16, ge=2, le=128, description="States of each memory.", json_schema_extra={"unit": "states"})
    gamma: float = Field(
        default=20.0, ge=1e-4, le=1e4, description="PTD: price of the perturbation, higher stays closer to HiPPO."
    )
    ahead: int = Field(
        default=1, ge=1, le=1000, description="Frames the forecast is ahead.", json_schema_extra={"unit": "frames"}
    )
    modes: int = Field(default=24, ge=1, le=300, description="Eigenfunctions the field is written in.")
    frequency: float = Field(
        default=1.0,
        ge=0.01,
        le=1.2,
        description="Frequency of the tone beside the one at which S4D rings.",
        json_schema_extra={"unit": "ω*"},
    )
    amplitude: float = Field(
        default=0.1, ge=0, le=10, description="Amplitude of the tone beside the size of the field."
    )
    vertex: int = Field(default=0, ge=0, description="Where the tone is painted, counted from 0.")
    radius_rel: float = Field(
        default=0.6, gt=0, le=10, description="How wide it is painted.", json_schema_extra={"unit": "R"}
    )


@dataclass(frozen=True, eq=False)
class Disturbed:
    """What `disturb_field` found.

    Attributes
    ----------
    times       (t,) of the frames that are forecast.
    reference   (t, n) the field in its modes, undisturbed.
    painted     (t, n) the frames the forecasts were read from, with the tone.
    forecasts   by memory, (t, n).
    clean, disturbed   by memory, (t,) relative L2 of the forecasts without and with the tone.
    omega       frequency of the tone, in radians per frame.
    """

    times: np.ndarray
    reference: np.ndarray
    painted: np.ndarray
    forecasts: dict[str, np.ndarray]
    clean: dict[str, np.ndarray]
    disturbed: dict[str, np.ndarray]
    omega: float
