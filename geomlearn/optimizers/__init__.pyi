"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.optimizers.auon import AuON as AuON
from geomlearn.optimizers.auon import HybridAuON as HybridAuON
from geomlearn.optimizers.base import optimizer_state_bytes as optimizer_state_bytes
from geomlearn.optimizers.low_rank.dct_low_rank import DCTAdamW as DCTAdamW
from geomlearn.optimizers.muon import Muon as Muon
from geomlearn.optimizers.newton.closure import GradientNormalizedNewton as GradientNormalizedNewton
from geomlearn.optimizers.newton.gradient_normalized import gns_minimize as gns_minimize
from geomlearn.optimizers.newton_schulz import newton_schulz as newton_schulz
from geomlearn.optimizers.newton_schulz import polar_factor as polar_factor
from geomlearn.optimizers.parameter_groups import matrix_param_groups as matrix_param_groups
from geomlearn.optimizers.root import ROOT as ROOT
