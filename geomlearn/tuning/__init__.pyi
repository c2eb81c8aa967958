"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.tuning.bilevel import BilevelProblem as BilevelProblem
from geomlearn.tuning.maid import Maid as Maid
from geomlearn.tuning.maid import solve_bilevel as solve_bilevel
from geomlearn.tuning.options import MaidOptions as MaidOptions
from geomlearn.tuning.problems.logistic import LogisticProblem as LogisticProblem
from geomlearn.tuning.problems.quadratic import QuadraticProblem as QuadraticProblem
from geomlearn.tuning.problems.total_variation import TotalVariation as TotalVariation
