"""The knobs that every model of the program has: dropout between layers, noise on inputs, weight decay."""

from __future__ import annotations

from geomlearn.core.errors import ParameterError
from geomlearn.tuning.self_tuning.hyper_parameters import HyperParameters, Knob

KNOBS = {
    "dropout": Knob("dropout", 0.0, 0.6),
    "noise": Knob("noise", 0.0, 0.5),
    "weight_decay": Knob("weight_decay", 1e-8, 1e-2, log=True, per_example=False),
}
STARTS = {"dropout": 0.05, "noise": 0.02, "weight_decay": 1e-6}


def knobs_named(words: str, spread: float = 0.5) -> HyperParameters:
    """The knobs of a list such as "dropout,noise".

    Raises
    ------
    ParameterError   there is none of a name, or one stands twice.
    """
    names = [word.strip().replace("-", "_") for word in words.split(",") if word.strip()]
    for name in names:
        if name not in KNOBS:
            raise ParameterError(f"There is no knob called {name}.", f"Choose from {', '.join(KNOBS)}.")
    return HyperParameters([KNOBS[name] for name in names], STARTS, spread)
