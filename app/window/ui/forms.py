"""From an option model to widgets: ranges, units and help come from the one place that also makes the CLI's flags."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal, TypeVar, get_args, get_origin

from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.core.options import Options

T = TypeVar("T", bound=Options)
WIDE = 200.0
"""Ranges with more than this ratio between their ends get a logarithmic slider."""


def draw_options(ui: Ui, options: T, *, first: Sequence[str] = (), skip: Sequence[str] = ()) -> T:
    """Draw every field and return the options as the person left them; an impossible pair changes nothing.

    Parameters
    ----------
    first   fields shown at once; when given, the others fold under "More options".
    skip    fields not shown.
    """
    names = [name for name in type(options).model_fields if name not in skip]
    for name in first or names:
        options = _field(ui, options, name)
    rest = [name for name in names if name not in first] if first else []
    if rest:
        with ui.section("More options", open_=False) as shown:
            for name in rest if shown else ():
                options = _field(ui, options, name)
    return options


def _field(ui: Ui, options: T, name: str) -> T:
    field = type(options).model_fields[name]
    value = getattr(options, name)
    changed, new = _widget(ui, _label(name, field), value, field)
    if not changed:
        return options
    try:
        return options.replace(**{name: new})
    except ParameterError:
        # Two options that contradict each other: what was chosen first gives way, if it can.
        return _instead(options, name, new)


def _instead(options: T, name: str, value: Any) -> T:
    """The options with `name` changed and one other put back to its default; unchanged when none makes room."""
    for other, field in type(options).model_fields.items():
        if other != name and getattr(options, other) != field.default:
            with suppress(ParameterError):
                return options.replace(**{name: value, other: field.default})
    return options


def _widget(ui: Ui, label: str, value: Any, field: Any) -> tuple[bool, Any]:
    tip = field.description or ""
    if get_origin(field.annotation) is Literal:
        return ui.combo(label, [str(word) for word in get_args(field.annotation)], str(value), tip=tip)
    if type(None) in get_args(field.annotation):
        # The same widget whether it is open or not, or it could never be emptied again.
        return _open(ui, label, value, field, tip)
    if isinstance(value, bool):
        return ui.checkbox(label, value, tip=tip)
    low, high = limits(field)
    if isinstance(value, int) and low is not None and high is not None:
        return ui.slider_int(label, value, int(low), int(high), tip=tip, log=_wide(low, high))
    if isinstance(value, float) and low is not None and high is not None:
        return ui.slider_float(label, value, low, high, tip=tip, log=low > 0 and _wide(low, high))
    if isinstance(value, int | float):
        changed, new = ui.input_number(label, float(value), tip=tip)
        return changed, type(value)(new)
    if isinstance(value, str):
        return ui.input_text(label, value, hint=tip)
    return _open(ui, label, value, field, tip)


def _open(ui: Ui, label: str, value: Any, field: Any, tip: str) -> tuple[bool, Any]:
    """What may be left open, and short rows of numbers: typed, and taken over as soon as it reads."""
    kinds = {kind for kind in get_args(field.annotation) if kind is not type(None)}
    if kinds == {bool}:
        words = {"auto": None, "yes": True, "no": False}
        now = next(word for word, meaning in words.items() if meaning is value)
        changed, word = ui.combo(label, list(words), now, tip=tip)
        return changed, words[word]
    row = get_origin(field.annotation) is tuple
    text = " ".join(f"{number:g}" for number in value) if row else "" if value is None else f"{value:g}"
    changed, text = ui.input_text(label, text, hint="" if row else "automatic", tip=tip)
    if not changed:
        return False, value
    try:
        numbers = [int(word) if kinds == {int} else float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        return False, value
    if row:
        return True, tuple(numbers)
    return len(numbers) < 2, numbers[0] if numbers else None


def limits(field: Any) -> tuple[float | None, float | None]:
    """The ends of the range a field declares; open ends by a hair inside."""
    low = high = None
    for mark in field.metadata:
        low = getattr(mark, "ge", None) if getattr(mark, "ge", None) is not None else low
        high = getattr(mark, "le", None) if getattr(mark, "le", None) is not None else high
        if getattr(mark, "gt", None) is not None:
            low = mark.gt + (abs(mark.gt) or 1.0) * 1e-6
        if getattr(mark, "lt", None) is not None:
            high = mark.lt - (abs(mark.lt) or 1.0) * 1e-6
    return low, high


def _label(name: str, field: Any) -> str:
    unit = (field.json_schema_extra or {}).get("unit", "") if isinstance(field.json_schema_extra, dict) else ""
    words = name.replace("_", " ")
    return f"{words} [{unit}]" if unit and unit != words else words


def _wide(low: float, high: float) -> bool:
    return high / max(low, 1e-12) > WIDE
