"""Failures, each a sentence: what happened and why (`message`), and what to do (`hint`)."""

from __future__ import annotations

from typing import Any


class GeomError(Exception):
    """A failure the user can act on.

    Parameters
    ----------
    message   what is wrong and why, one sentence.
    hint      what to do about it, one sentence, or empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel from worker processes; the default reduction would lose the hint.
        return type(self), (self.message, self.hint)


class FormatError(GeomError):
    """A file is not what it says it is, or is cut short."""


class MeshError(GeomError):
    """The geometry itself cannot be used."""


class CountsFromOne(MeshError):
    """Faces count their vertices from 1 in a format that counts from 0; reading with `index_base=1` helps."""


class SizeMismatch(GeomError):
    """Two arrays that belong together have different sizes."""


class ParameterError(GeomError):
    """An option has a value outside its range, or two options contradict each other."""


class DeviceError(GeomError):
    """The requested compute device or renderer is not there."""


class SessionError(GeomError):
    """A saved session cannot be opened or written."""


class SolverError(GeomError):
    """A solver failed; `best` carries what it had by then, or None."""

    def __init__(self, message: str, hint: str = "", best: Any = None) -> None:
        super().__init__(message, hint)
        self.best = best

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.hint, self.best)


class Cancelled(Exception):
    """Raised by a progress object once cancellation was asked for."""
