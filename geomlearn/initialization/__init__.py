"""Where training starts: weights under which signals and gradients keep their size through any depth."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "critical_point": "geomlearn.initialization.criticality",
        "init_critical": "geomlearn.initialization.critical",
        "measure_flow": "geomlearn.initialization.critical",
        "theory_flow": "geomlearn.initialization.recursions",
    },
)
