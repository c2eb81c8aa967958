"""Which strategy each method runs."""

from __future__ import annotations

from collections.abc import Callable

from geomlearn.core.progress import Progress
from geomlearn.matching.strategies.auto import auto_strategy
from geomlearn.matching.strategies.problem import Found, MatchProblem
from geomlearn.matching.strategies.single import (
    descriptors_strategy,
    learned_strategy,
    prior_strategy,
    registration_strategy,
)

SOLVERS: dict[str, Callable[[MatchProblem, Progress], Found]] = {
    "auto": auto_strategy,
    "bijective-zoomout": descriptors_strategy,
    "zoomout": descriptors_strategy,
    "none": descriptors_strategy,
    "learned": learned_strategy,
    "diffumatch": prior_strategy,
    "registration": registration_strategy,
}
