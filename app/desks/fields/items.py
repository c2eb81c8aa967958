"""What was solved, as items of the scene, with the words that make them again and write them."""

from __future__ import annotations

import shlex
from typing import Any

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import call_script, first_layer, identifier, option_flags, result_item
from geomlearn.app.model.scene import Scene, unique
from geomlearn.app.model.texts import Script
from geomlearn.operators.fields.options import EquationOptions

WRITE = "geomlearn.operators.fields.field_files:write_field"


def fresh_label(scene: Scene, label: str) -> str:
    """A label that nothing on the stage has, so that the words copied later name the same item."""
    return unique(label, (item.label for item in scene))


def export_script(shape: ShapeItem, field: FieldItem) -> Script:
    """Writing the field, as Python."""
    lines = ["from geomlearn.app.model.fields import series_of", f"from {WRITE.partition(':')[0]} import write_field"]
    lines.append(f"write_field('PATH', series_of(scene.by_label({field.label!r})), {identifier(shape.label)})")
    return Script("", "\n".join(lines))


def solved(shape: ShapeItem, equation: str, options: EquationOptions, result: Any, label: str, python: str = "") -> Add:
    """The command that puts a solution on the stage, with the words that make it again.

    Parameters
    ----------
    python   how it was made, when not by `solve` with the options.
    """
    item = result_item(result, [shape], label=label)
    show = {"on": shape.label, "label": item.label}
    arguments = [repr(equation), identifier(shape.label)]
    made = call_script("geomlearn.operators.fields.solve", "solve", arguments, options, identifier(label), show)
    flags = option_flags(options)
    shell = f"geomlearn solve {equation} {shlex.quote(shape.source or shape.label)}{flags} -o {equation}.npz"
    script = Script("", python) if python else Script(shell, made)
    return Add((item,), f"Solve {equation} on {shape.label}", script, first_layer(item))
