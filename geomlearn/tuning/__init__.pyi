"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.tuning.bilevel import BilevelProblem as BilevelProblem
from geomlearn.tuning.maid import Maid as Maid
from geomlearn.tuning.maid import solve_bilevel as solve_bilevel
from geomlearn.tuning.options import MaidOptions as MaidOptions
from geomlearn.tuning.options import SelfTuningOptions as SelfTuningOptions
from geomlearn.tuning.problems.field_of_experts import FieldOfExperts as FieldOfExperts
from geomlearn.tuning.problems.functional_map import FunctionalMapWeights as FunctionalMapWeights
from geomlearn.tuning.problems.logistic import LogisticProblem as LogisticProblem
from geomlearn.tuning.problems.quadratic import QuadraticProblem as QuadraticProblem
from geomlearn.tuning.problems.total_variation import TotalVariation as TotalVariation
from geomlearn.tuning.self_tuning.hyper_layers import freeze as freeze
from geomlearn.tuning.self_tuning.hyper_layers import self_tuning as self_tuning
from geomlearn.tuning.self_tuning.hyper_parameters import HyperParameters as HyperParameters
from geomlearn.tuning.self_tuning.hyper_parameters import Knob as Knob
from geomlearn.tuning.self_tuning.trainer import SelfTuning as SelfTuning
