"""Regularization weights learned from examples instead of guessed."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BilevelProblem": "geomlearn.tuning.bilevel",
        "LogisticProblem": "geomlearn.tuning.problems.logistic",
        "MaidOptions": "geomlearn.tuning.options",
        "Maid": "geomlearn.tuning.maid",
        "QuadraticProblem": "geomlearn.tuning.problems.quadratic",
        "TotalVariation": "geomlearn.tuning.problems.total_variation",
        "solve_bilevel": "geomlearn.tuning.maid",
    },
)
