"""Every option model in the project can speak for itself: a sentence, and JSON there and back."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from geomlearn.core.options import Options

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    ".".join((prefix + path.relative_to(ROOT).with_suffix("").as_posix()).split("/"))
    for package, prefix in (("geomlearn", ""), ("operators", "geomlearn/"))
    for path in sorted((ROOT / package).rglob("options.py"))
    if path != ROOT / "geomlearn/core/options.py"
]
MODELS = [
    value
    for module in MODULES
    for value in vars(import_module(module)).values()
    if isinstance(value, type)
    and issubclass(value, Options)
    and value.__module__ == module
    # A model with required fields is a row of some table, not a set of options.
    and not any(field.is_required() for field in value.model_fields.values())
]

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def test_models_were_found():
    assert len(MODELS) > 5


@each_model
def test_every_option_has_a_sentence(model):
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Options):
            continue
        description = field.description or ""
        assert description.endswith((".", "…")) and len(description) > 8, f"{model.__name__}.{name}: {description!r}"


@each_model
def test_numbers_have_a_range(model):
    for name, field in model.model_fields.items():
        numeric = {int, float, int | None, float | None}
        bounded = any(hasattr(rule, bound) for rule in field.metadata for bound in ("ge", "gt", "le", "lt"))
        # A signed quantity such as an angular speed has no end in either direction.
        assert field.annotation not in numeric or bounded or name in SIGNED, f"{model.__name__}.{name}"


SIGNED = {"angular_speed"}


@each_model
def test_options_survive_json(model):
    options = model()
    assert model.model_validate_json(options.model_dump_json()) == options


@each_model
def test_unknown_options_are_refused(model):
    from geomlearn.core.errors import ParameterError

    with pytest.raises(ParameterError, match="frobnicate"):
        model(frobnicate=1)
