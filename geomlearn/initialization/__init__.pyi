"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.initialization.critical import init_critical as init_critical
from geomlearn.initialization.critical import measure_flow as measure_flow
from geomlearn.initialization.criticality import critical_point as critical_point
from geomlearn.initialization.recursions import theory_flow as theory_flow
