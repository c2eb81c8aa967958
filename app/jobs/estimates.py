"""How long a job will take and how much memory, from what jobs of its kind took on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
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
FIRST_BYTES = {
    "geomlearn.spectral.eigenbasis:eigenbasis": 55.0,
    "geomlearn.matching.match:match_shapes": 70.0,
}
"""Bytes at the peak per unit of work, likewise."""
LEAST_BYTES = 4e8
"""Of less memory a good part is the libraries a worker loads, whatever the size of its job."""


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
    """Seconds and bytes per unit of work by kind of call, kept in mappings that the caller saves."""

    def __init__(self, rates: MutableMapping[str, float], sizes: MutableMapping[str, float]) -> None:
        self._rates, self._sizes = rates, sizes

    def learn(self, target: str, arguments: Iterable[Any], seconds: float, peak_bytes: float = 0.0) -> None:
        """Take in how long a call took, and how much memory where that is known."""
        arguments = list(arguments)
        units, name = work(arguments), kind(target, arguments)
        if units <= 0:
            return
        if seconds > START_S or name in self._rates:
            _take_in(self._rates, name, max(seconds - START_S, 0.0) / units)
        if peak_bytes > LEAST_BYTES:
            _take_in(self._sizes, name, peak_bytes / units)

    def seconds(self, target: str, arguments: Iterable[Any]) -> float | None:
        """What a call will take, or None while nothing is known of its kind."""
        return _scaled(self._rates, FIRST, target, arguments)

    def bytes(self, target: str, arguments: Iterable[Any]) -> float | None:
        """What a call will hold at its peak beyond its arguments, or None while nothing is known of its kind."""
        return _scaled(self._sizes, FIRST_BYTES, target, arguments)


def _scaled(
    rates: Mapping[str, float], first: Mapping[str, float], target: str, arguments: Iterable[Any]
) -> float | None:
    arguments = list(arguments)
    rate = rates.get(kind(target, arguments), first.get(target))
    return None if rate is None else rate * work(arguments)


def _take_in(rates: MutableMapping[str, float], name: str, rate: float) -> None:
    """More counts at once; less hardly, since an answer may have come from a cache."""
    old = rates.get(name, 0.0)
    rates[name] = rate if rate > old else (1 - _FORGET) * old + _FORGET * rate


def duration_words(seconds: float | None) -> str:
    """Such as "about 4 s", "about 3 min"; empty for what nobody has to wait for, and for what is not known."""
    if seconds is None or seconds < 1.5:
        return ""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
