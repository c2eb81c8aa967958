"""Where a field starts: chosen by clicking, typing, a formula or a file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np

from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.selection import format_indices, parse_indices
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import GeomError

MODES = ("usual", "vertices", "formula", "file")
_USUAL = {
    "allen-cahn": "Random phases, by the seed below.",
    "gray-scott": "Random spots, by the seed below.",
    "poisson": "A source around vertex 0.",
}
_EXAMPLES = ("x", "sin(4*y)", "exp(-20*(x**2 + z**2))")


@dataclass(frozen=True)
class Start:
    """The choice, whatever the equation.

    Attributes
    ----------
    mode    one of `MODES`; the other attributes count only in their own mode.
    vertex  around which there are bumps.
    radius  of the bumps, in the unit of the shape; None for the equation's own.
    """

    mode: str = "usual"
    vertex: tuple[int, ...] = ()
    radius: float | None = None
    expression: str = "sin(4*y)"
    values_file: str = ""

    def options(self) -> dict[str, Any]:
        """As options of an equation."""
        given: dict[str, Any] = {"vertex": (), "radius": None, "expression": "", "values_file": ""}
        if self.mode == "vertices":
            given |= {"vertex": self.vertex, "radius": self.radius if self.vertex else None}
        elif self.mode == "formula":
            given["expression"] = self.expression
        elif self.mode == "file":
            given["values_file"] = self.values_file
        return given

    def missing(self) -> str:
        """Why it cannot be used yet, as a sentence, or nothing."""
        if self.mode == "vertices" and not self.vertex:
            return "Click a place on the shape first, or type a vertex."
        if self.mode == "formula":
            return formula_fault(self.expression)
        if self.mode == "file" and not self.values_file:
            return "Type the path of a file with one value for each vertex."
        return ""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def recalled(cls, kept: Mapping[str, Any]) -> Start:
        known = {f.name: kept[f.name] for f in fields(cls) if f.name in kept}
        return cls(**known | {"vertex": tuple(known.get("vertex", ()))})


@cache
def formula_fault(text: str) -> str:
    """What is wrong with a formula in x, y, z, or nothing."""
    from geomlearn.operators.fields.expression import evaluate

    if not text.strip():
        return "Write a formula in x, y and z."
    try:
        evaluate(text, np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.7]]))
    except GeomError as error:
        return f"{error.message} {error.hint}".strip()
    return ""


def draw_start(app: Application, ui: Ui, shape: ShapeItem, start: Start, equation: str, picking: bool) -> Start:
    """The widgets; returns the choice as the person left it."""
    mode = ui.choice("from", MODES, start.mode, [mode.capitalize() for mode in MODES])
    start = replace(start, mode=mode)
    if mode == "usual":
        ui.faint(_USUAL.get(equation, "A bump of height 1 around vertex 0."))
    elif mode == "vertices":
        return _vertices(app, ui, shape, start, picking)
    elif mode == "formula":
        changed, text = ui.input_text("Formula in x, y, z", start.expression)
        start = replace(start, expression=text) if changed else start
        ui.faint("For example")
        for example in _EXAMPLES:
            if ui.link(example, f"example {example}"):
                start = replace(start, expression=example)
            if example != _EXAMPLES[-1]:
                ui.same_line(10)
        fault = formula_fault(start.expression)
        if fault:
            ui.text(fault, ui.theme.warn)
    else:
        changed, text = ui.input_text("File", start.values_file, hint="one value per vertex, or a saved field")
        start = replace(start, values_file=text.strip()) if changed else start
    return start


def _vertices(app: Application, ui: Ui, shape: ShapeItem, start: Start, picking: bool) -> Start:
    if ui.button("Click on the shape…" if picking else "Pick on the shape", "pick", primary=picking):
        app.run("fields.pick")
    ui.same_line()
    ui.faint("Shift adds" if picking else "or type")
    changed, text = ui.input_text("Vertices", format_indices(start.vertex), hint="3, 10-20")
    if changed:
        # Half typed: what was there stays until it reads.
        with suppress(GeomError):
            start = replace(start, vertex=parse_indices(text, shape.shape.n_vertices)[:1000])
    for item in app.scene.children(shape.id, SelectionItem):
        if item.indices and ui.link(f"All of {item.label}", f"take {item.label}"):
            start = replace(start, vertex=item.indices[:1000])
    beyond = [vertex for vertex in start.vertex if vertex >= shape.shape.n_vertices]
    if beyond:
        # Picked on another shape.
        start = replace(start, vertex=tuple(vertex for vertex in start.vertex if vertex not in beyond))
    size = shape.shape.diagonal or 1.0
    auto = start.radius is None
    _, auto = ui.checkbox("Usual radius", auto, tip="The larger of a fifth of the shape's radius and two edges.")
    if auto:
        return replace(start, radius=None)
    value = start.radius or 0.05 * size
    value = ui.slider_float("Radius [length]", value, 1e-3 * size, 0.5 * size, log=True)[1]
    return replace(start, radius=value)
