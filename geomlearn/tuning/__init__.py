"""Regularization weights learned from examples, and hyperparameters that tune themselves."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BilevelProblem": "geomlearn.tuning.bilevel",
        "FieldOfExperts": "geomlearn.tuning.problems.field_of_experts",
        "FunctionalMapWeights": "geomlearn.tuning.problems.functional_map",
        "HyperParameters": "geomlearn.tuning.self_tuning.hyper_parameters",
        "Knob": "geomlearn.tuning.self_tuning.hyper_parameters",
        "SelfTuning": "geomlearn.tuning.self_tuning.trainer",
        "SelfTuningOptions": "geomlearn.tuning.options",
        "freeze": "geomlearn.tuning.self_tuning.hyper_layers",
        "self_tuning": "geomlearn.tuning.self_tuning.hyper_layers",
        "LogisticProblem": "geomlearn.tuning.problems.logistic",
        "MaidOptions": "geomlearn.tuning.options",
        "Maid": "geomlearn.tuning.maid",
        "QuadraticProblem": "geomlearn.tuning.problems.quadratic",
        "TotalVariation": "geomlearn.tuning.problems.total_variation",
        "solve_bilevel": "geomlearn.tuning.maid",
    },
)
