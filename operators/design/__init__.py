"""New designs from a table of old ones and their scores, without a single new experiment."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "DesignOptions": "geomlearn.operators.design.options",
        "Proposals": "geomlearn.operators.design.propose",
        "Runs": "geomlearn.operators.design.runs",
        "propose": "geomlearn.operators.design.propose",
        "read_runs": "geomlearn.operators.design.runs",
        "write_proposals": "geomlearn.operators.design.runs",
    },
)
