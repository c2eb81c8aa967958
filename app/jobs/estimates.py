"""How long a job will take, from how long jobs of its kind took on this machine."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from geomlearn.core.options import Options
from geomlearn.shapes.shape import Shape

_SIZES = ("k", "k_end", "k_solve")
"""Options that the time grows with."""
_FORGET = 0.1
"""How much a faster run counts: it may have found its answer in a cache."""


START_S = 1.5
"""So long a worker may take to wake up and import, whatever the size: it belongs to no unit of work."""
FIRST = {
    "geomlearn.spectral.eigenbasis:eigenbasis": 4e-7,
    "geomlearn.matching.match:match_shapes": 1.8e-6,
}
"""Seconds per unit of work to go by until the first run here: of one core, 41 k vertices and a pair of 5 k."""


def work(arguments: Iterable[Any]) -> float:
    """Units of work of a call: vertices of all its shapes, times the modes or the steps of time asked for."""
    arguments = list(arguments)
    vertices = sum(argument.n_vertices for argument in arguments if isinstance(argument, Shape))
    options = [argument for argument in arguments if isinstance(argument, Options)]
    modes = [getattr(one, name) for one in options for name in _SIZES if hasattr(one, name)]
    return float(vertices) * max([1, *modes, *(steps for one in options if (steps := _steps(one)))])


def kind(target: str, arguments: Iterable[Any]) -> str:
    """What has one rate: a "module:function", with the word that chooses what it does, such as an equation.

    With its steps of time given an equation is counted by them, else as a whole: two rates.
    """
    arguments = list(arguments)
    words = [argument for argument in arguments if isinstance(argument, str)][:1]
    stepped = ["steps"] if any(isinstance(one, Options) and _steps(one) for one in arguments) else []
    return " ".join([target, *words, *stepped])


def _steps(options: Options) -> int:
    """How many steps of time are asked for; 0 where that is left to the equation."""
    duration, step = getattr(options, "duration", None), getattr(options, "time_step", None)
    return max(1, round(duration / step)) if duration and step else 0


class Estimates:
    """Seconds per unit of work by kind of call, kept in a mapping that the caller saves."""

    def __init__(self, rates: MutableMapping[str, float]) -> None:
        self._rates = rates

    def learn(self, target: str, arguments: Iterable[Any], seconds: float) -> None:
        """Take in how long a call took."""
        arguments = list(arguments)
        units = work(arguments)
        name = kind(target, arguments)
        if units <= 0 or (seconds <= START_S and name not in self._rates):
            return
        rate, old = max(seconds - START_S, 0.0) / units, self._rates.get(name, 0.0)
        self._rates[name] = rate if rate > old else (1 - _FORGET) * old + _FORGET * rate

    def seconds(self, target: str, arguments: Iterable[Any]) -> float | None:
        """What a call will take, or None while nothing is known of its kind."""
        rate = self._rates.get(kind(target, arguments), FIRST.get(target))
        return None if rate is None else rate * work(arguments)


def duration_words(seconds: float | None) -> str:
    """Such as "about 4 s", "about 3 min"; empty for what nobody has to wait for, and for what is not known."""
    if seconds is None or seconds < 1.5:
        return ""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
