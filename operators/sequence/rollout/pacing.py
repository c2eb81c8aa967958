"""Time between frames on shapes of unit size, by which fields of different shapes are alike, and the way back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.options import EvolutionOptions

# Steps of the solver between two frames, and frames of a field that is to be continued, when nobody says.
_STEPS, _FRAMES = 8, 32


def pace_of_frames(equation: str, parameters: Mapping[str, Any], gap: float, radius: float) -> float:
    """Time between frames, in units of R² / D for heat, R / c for waves, and their like; R the radius of equal area."""
    if equation == "heat":
        return gap * parameters.get("diffusivity", 1.0) / radius**2
    if equation == "wave":
        return gap * parameters.get("speed", 1.0) / radius
    if equation == "allen-cahn":
        return gap / radius**2
    is_stream = equation == "advect" and parameters.get("velocity") == "stream"
    return gap / radius if is_stream else gap


def frames_like(
    trained_on: str, pace: float, equation: str, options: EvolutionOptions, radius: float
) -> EvolutionOptions:
    """The options with a step, a spacing of frames and a duration whose frames lie as far apart as a model's.

    A duration that is given is brought to the nearest number of whole frames.

    Raises
    ------
    ParameterError   the model continues another equation, does not say how far apart its frames are, or the options say
                     themselves when frames are kept.
    """
    if trained_on and trained_on != equation:
        raise ParameterError(f"The model continues {trained_on}, not {equation}.", f"Solve {trained_on}.")
    if not pace:
        raise ParameterError(
            "The model does not say how far apart its frames are.", "Give --time-step and --save-every."
        )
    if options.time_step is not None or options.save_every is not None:
        raise ParameterError(
            "frames_like says when frames are kept, and so do time_step and save_every.", "Leave those out."
        )
    gap = pace / pace_of_frames(equation, options.model_dump(), 1.0, radius)
    n_frames = _FRAMES if options.duration is None else max(1, math.floor(options.duration / gap + 0.5))
    return options.replace(duration=gap * n_frames, time_step=gap / _STEPS, save_every=_STEPS)
