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


def work(arguments: Iterable[Any]) -> float:
    """Units of work of a call: vertices of all its shapes, times the modes asked for."""
    arguments = list(arguments)
    vertices = sum(argument.n_vertices for argument in arguments if isinstance(argument, Shape))
    modes = [getattr(a, name) for a in arguments if isinstance(a, Options) for name in _SIZES if hasattr(a, name)]
    return float(vertices) * max([1, *modes])


class Estimates:
    """Seconds per unit of work by "module:function", kept in a mapping that the caller saves."""

    def __init__(self, rates: MutableMapping[str, float]) -> None:
        self._rates = rates

    def learn(self, target: str, arguments: Iterable[Any], seconds: float) -> None:
        """Take in how long a call took."""
        units = work(arguments)
        if units <= 0:
            return
        rate, old = seconds / units, self._rates.get(target, 0.0)
        self._rates[target] = rate if rate > old else (1 - _FORGET) * old + _FORGET * rate

    def seconds(self, target: str, arguments: Iterable[Any]) -> float | None:
        """What a call will take, or None while none of its kind was run here."""
        rate = self._rates.get(target)
        return None if rate is None else rate * work(arguments)


def duration_words(seconds: float | None) -> str:
    """Such as "about 4 s", "about 3 min"; empty for what nobody has to wait for, and for what is not known."""
    if seconds is None or seconds < 1.5:
        return ""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
