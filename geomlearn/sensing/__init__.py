"""Where to measure on a shape, the whole field from few or many measurements, and the gains of the sensors."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_TARGETS = {
    "Placement": "placement.estimator",
    "PlacementOptions": "placement.options",
    "place": "placement.place",
    "projection_dpp": "placement.projection_dpp",
    "greedy_reduction": "placement.stability",
    "stability": "placement.stability",
    "Constraints": "placement.constraints",
    "Region": "placement.constraints",
    "polygon_region": "placement.constraints",
    "ModeSpace": "mode_space",
    "from_basis": "mode_space",
    "from_fields": "mode_space",
    "from_functions": "mode_space",
    "locate": "locate",
    "rebuild": "rebuild",
    "weighted_least_squares": "regression.weighted_least_squares",
    "SketchOptions": "regression.options",
    "sketch_and_solve": "regression.sketched_regression",
    "sketch_and_precondition": "regression.sketched_regression",
    "solve_sketch": "regression.sketched_regression",
    "StreamingSketch": "regression.srht",
    "srht": "regression.srht",
    "tensor_srht": "regression.srht",
    "CalibrationOptions": "calibration.options",
    "self_calibration": "calibration.self_calibration",
    "read_sensors": "io.sensors",
    "write_sensors": "io.sensors",
    "lay_on": "io.sensors",
}

__all__ = sorted(_TARGETS)


def __getattr__(name: str) -> Any:
    if name not in _TARGETS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_TARGETS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
