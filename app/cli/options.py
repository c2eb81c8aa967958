"""What an option model says about itself, in words: for `methods`, for `--help`, for the README."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from geomlearn.core.options import Options

_SIGNS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}


def described(model: type[Options]) -> list[dict[str, str]]:
    """Name, default, range, unit and meaning of each option, all as text; nested models spelled ``outer.inner``."""
    rows = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Options):
            rows += [{**row, "name": f"{name}.{row['name']}"} for row in described(field.annotation)]
            continue
        rows.append(
            {
                "name": name,
                "default": _shown(field.get_default(call_default_factory=True)),
                "range": range_of(field),
                "unit": unit_of(field),
                "description": field.description or "",
            },
        )
    return rows


def range_of(field: FieldInfo) -> str:
    """The values a field takes: ``1 … 5000``, ``> 0``, ``cotan, robust``; empty when nothing is ruled out."""
    choices = _choices(field.annotation)
    if choices:
        return ", ".join(choices)
    bounds = {name: getattr(rule, name) for rule in field.metadata for name in _SIGNS if hasattr(rule, name)}
    if "ge" in bounds and "le" in bounds:
        return f"{_shown(bounds['ge'])} … {_shown(bounds['le'])}"
    return ", ".join(sign.format(_shown(bounds[name])) for name, sign in _SIGNS.items() if name in bounds)


def unit_of(field: FieldInfo) -> str:
    """The unit a field is measured in, or nothing."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _shown(value: Any) -> str:
    if value is None:
        return "chosen"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return " ".join(_shown(item) for item in value) or "none"
    return str(value) or "none"
