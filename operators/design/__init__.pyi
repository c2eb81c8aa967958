"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.operators.design.options import DesignOptions as DesignOptions
from geomlearn.operators.design.propose import Proposals as Proposals
from geomlearn.operators.design.propose import propose as propose
from geomlearn.operators.design.runs import Runs as Runs
from geomlearn.operators.design.runs import read_runs as read_runs
from geomlearn.operators.design.runs import write_proposals as write_proposals
