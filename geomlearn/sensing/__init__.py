"""Where to measure on a shape, the whole field from few or many measurements, and the gains of the sensors."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Placement": "geomlearn.sensing.placement.estimator",
        "PlacementOptions": "geomlearn.sensing.placement.options",
        "place": "geomlearn.sensing.placement.place",
        "projection_dpp": "geomlearn.sensing.placement.projection_dpp",
        "greedy_reduction": "geomlearn.sensing.placement.stability",
        "stability": "geomlearn.sensing.placement.stability",
        "Constraints": "geomlearn.sensing.placement.constraints",
        "Region": "geomlearn.sensing.placement.constraints",
        "polygon_region": "geomlearn.sensing.placement.constraints",
        "ModeSpace": "geomlearn.sensing.mode_space",
        "from_basis": "geomlearn.sensing.mode_space",
        "from_fields": "geomlearn.sensing.mode_space",
        "from_functions": "geomlearn.sensing.mode_space",
        "locate": "geomlearn.sensing.locate",
        "rebuild": "geomlearn.sensing.rebuild",
        "weighted_least_squares": "geomlearn.sensing.regression.weighted_least_squares",
        "SketchOptions": "geomlearn.sensing.regression.options",
        "sketch_and_solve": "geomlearn.sensing.regression.sketched_regression",
        "normal_equations": "geomlearn.sensing.regression.normal_equations",
        "sketch_and_precondition": "geomlearn.sensing.regression.sketch_and_precondition",
        "solve_sketch": "geomlearn.sensing.regression.sketched_regression",
        "StreamingSketch": "geomlearn.sensing.regression.srht",
        "srht": "geomlearn.sensing.regression.srht",
        "tensor_srht": "geomlearn.sensing.regression.srht",
        "CalibrationOptions": "geomlearn.sensing.calibration.options",
        "self_calibration": "geomlearn.sensing.calibration.self_calibration",
        "read_sensors": "geomlearn.sensing.io.sensors",
        "write_sensors": "geomlearn.sensing.io.sensors",
        "lay_on": "geomlearn.sensing.io.sensors",
    },
)
