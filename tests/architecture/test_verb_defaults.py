"""What a verb does without a flag is what its option model says: one flag given rebuilds the model from its class."""

# No postponed annotations here: verbs made below carry models that only their function knows.

from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from inspect import signature
from typing import Annotated, Any, get_type_hints

import pytest
from cyclopts import App, Parameter
from pydantic import Field

from geomlearn.app.cli.main import build_app
from geomlearn.core.options import Options


def calls(app: App, *words: str) -> Iterator[tuple[str, Callable[..., int]]]:
    """Every command below an app, with the words that call it."""
    if app.default_command is not None:
        yield " ".join(words), app.default_command
    for name in app:
        if not name.startswith("-"):
            yield from calls(app[name], *words, name)


def lost(call: Callable[..., int]) -> list[str]:
    """Parameters whose default differs from the own defaults of the model that is rebuilt when a flag is given."""
    models = get_type_hints(call)
    defaults = {name: parameter.default for name, parameter in signature(call).parameters.items()}
    return [name for name, default in defaults.items() if has_fields(default) and not is_own(default, models[name])]


def has_fields(value: Any) -> bool:
    """Whether a flag may change a part of a value, and leave the rest."""
    return isinstance(value, Options) or (is_dataclass(value) and not isinstance(value, type))


def is_own(value: Any, model: type) -> bool:
    """Whether a model is as its class makes it, and every model in it likewise."""
    inner = [part for part in vars(value).values() if has_fields(part)]
    return type(value) is model and value == model() and all(is_own(part, type(part)) for part in inner)


CALLS = dict(calls(build_app()))


def test_commands_with_options_were_found():
    assert sum(any(has_fields(p.default) for p in signature(call).parameters.values()) for call in CALLS.values()) > 50


@pytest.mark.parametrize("words", CALLS)
def test_a_flag_undoes_no_default(words):
    assert not lost(CALLS[words]), f"{words}: give the model these defaults itself, in a class of its own if need be"


class Small(Options):
    """Options of the tests."""

    k: int = Field(default=3, ge=1, description="A number.")


class Nested(Options):
    """Options of the tests with others in them."""

    small: Small = Field(default=Small(k=5), description="Others.")


class Smaller(Small):
    """The same with another default."""

    k: int = Field(default=2, ge=1, description="A number.")


@dataclass(frozen=True)
class Plain:
    """Flags without a model."""

    k: int = 3


@pytest.mark.parametrize(
    ("model", "default"), [(Small, Small(k=4)), (Small, Smaller()), (Nested, Nested()), (Plain, Plain(4))]
)
def test_it_would_be_seen(model, default):
    def verb(*, options: Annotated[model, Parameter(name="*")] = default) -> int:
        return options.k

    assert lost(verb) == ["options"]


class Wide(Options):
    """Options of the tests with two fields."""

    k: int = Field(default=3, ge=1, description="A number.")
    n: int = Field(default=1, ge=1, description="Another.")


def test_one_flag_rebuilds_a_model_from_its_class():
    # If this fails, cyclopts keeps what a default instance says, and nothing here is needed any more.
    app = App()

    @app.default
    def verb(*, options: Annotated[Wide, Parameter(name="*")] = Wide(k=4)) -> None:  # noqa: B008 (frozen)
        """One model."""

    _, bound, _ = app.parse_args(["--n", "2"])
    assert bound.arguments["options"] == Wide(k=3, n=2)
