"""What every call of the short API does with its keywords."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

from geomlearn.core.errors import ParameterError
from geomlearn.core.options import Options
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Status

O = TypeVar("O", bound=Options)  # noqa: E741
F = TypeVar("F", bound=Callable[..., Any])


@runtime_checkable
class Outcome(Protocol):
    """What every result of an iterative method has: why it stopped, in a word and a sentence, and how it got there."""

    @property
    def status(self) -> Status: ...
    @property
    def sentence(self) -> str: ...
    @property
    def history(self) -> tuple[Mapping[str, float], ...]: ...
    @property
    def stats(self) -> Mapping[str, Any]: ...


def gathered(model: type[O], options: O | None, settings: Mapping[str, Any]) -> O:
    """One options object from an options object, keywords, or both, the keywords winning.

    Raises
    ------
    ParameterError   the object is of another method, or a keyword is no option of this one or out of its range.
    """
    if options is None:
        return model(**settings)
    if not isinstance(options, model):
        raise ParameterError(
            f"The options are of {type(options).__name__}, expected {model.__name__}.",
            f"Give {model.__name__}(…), or the options as keywords.",
        )
    return options.replace(**settings) if settings else options


def as_progress(progress: Progress | Callable[[float, str], None] | None) -> Progress:
    """A progress from what a caller gives: one of ours, a function of (fraction, note), or nothing."""
    if progress is None:
        return SILENT
    return progress if isinstance(progress, Progress) else Progress(progress)


def takes(model: type[Options]) -> Callable[[F], F]:
    """Let a function that ends in ``**settings`` show the options of `model` in its signature and its help."""

    def told(function: F) -> F:
        signature = inspect.signature(function)
        fixed = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        known = {p.name for p in fixed}
        options = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.annotation)
            for name, field in model.model_fields.items()
            if name not in known
        ]
        function.__signature__ = signature.replace(parameters=[*fixed, *options])  # type: ignore[attr-defined]
        lines = [f"    {one.name}   {model.model_fields[one.name].description}" for one in options]
        function.__doc__ = "\n".join([inspect.cleandoc(function.__doc__ or ""), "", "Options", "-------", *lines])
        return function

    return told
