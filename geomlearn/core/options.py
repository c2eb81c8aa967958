"""The base of every method's options: one frozen model from which validation, flags, sliders and JSON come."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from geomlearn.core.errors import ParameterError


class Options(BaseModel):
    """Frozen options of one method.

    Every field carries its range (``ge``, ``le``, ``gt``, ``lt``), one sentence of ``description``, and its unit under
    ``json_schema_extra={"unit": …}`` where it has one. Relations between fields are checked by model validators.

    Raises
    ------
    ParameterError   a value is out of range or unknown; the sentence names the option.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(*_sentence(type(self).__name__, error)) from None

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated anew."""
        return type(self)(**{**self.model_dump(), **changes})


def _sentence(title: str, error: ValidationError) -> tuple[str, str]:
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if not name:
        return f"{title}: {first['msg'].removeprefix('Value error, ')}.", "Change one of the two."
    if first["type"] == "extra_forbidden":
        return f"{title} has no option called {name}.", "See `geomlearn methods` for the options of each method."
    hint = "Give one of these." if first["type"] == "literal_error" else "Give a value in that range."
    return f"{title}: {name} = {first['input']!r} is not usable: {_lower(first['msg'])}.", hint


def _lower(text: str) -> str:
    text = text.removeprefix("Value error, ").rstrip(".")
    return text[:1].lower() + text[1:]
