"""The fields desk: choose an equation and where it starts, run it, play it, export it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from app.model.commands import Add
from app.model.computed import FieldItem
from app.model.items import ShapeItem
from app.model.results import call_script, first_layer, identifier, result_item
from app.model.texts import Script
from app.window.actions import Action
from app.window.application import Application
from app.window.desk import Desk, Hit
from app.window.panels.export import ExportBox
from app.window.standard_actions import needs_shape
from app.window.ui.forms import draw_options
from app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.core.results import Result
from operators.fields.options import EQUATIONS, EquationOptions
from operators.fields.series import FieldSeries

SOLVE = "operators.fields.solve:solve"
WRITE = "operators.fields.field_files:write_field"


class FieldsDesk(Desk):
    """Equations on the shape in focus.

    Attributes
    ----------
    equation  the chosen one;  options  by equation, as the person left them.
    picking   whether the next click on a shape sets the source.
    """

    key = "fields"
    title = "Fields"

    def __init__(self) -> None:
        self.equation = "heat"
        self.options: dict[str, EquationOptions] = {name: model() for name, model in EQUATIONS.items()}
        self.picking = False
        self._export = ExportBox("field", WRITE, (".npz", ".h5", ".mat", ".pvd"))

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("fields.open", "Fields desk", lambda app: app.show_desk(self.key), ("F3",)),
            Action("fields.compute", "Solve the equation", self.compute, ("R",), needs_shape),
            Action("fields.pick", "Pick the source on the shape", self.pick, ("P",), needs_shape),
        )

    def draw(self, app: Application, ui: Ui) -> None:
        shape = app.shape
        if shape is None:
            ui.faint("Open a shape first: drop a file, or press Ctrl+O.")
            return
        ui.heading(shape.label)
        _, self.equation = ui.combo("Equation", list(EQUATIONS), self.equation)
        options = self.options[self.equation]
        start = f"vertex {', '.join(map(str, options.vertex))}" if options.vertex else options.expression or "its own"
        ui.text(f"Starts from {start}.")
        if ui.button("Click on the shape…" if self.picking else "Pick the source", "pick"):
            app.run("fields.pick")
        self.options[self.equation] = draw_options(ui, options, first=("laplacian",), skip=("vertex", "values_file"))
        reason = "This is being computed." if app.busy(SOLVE) else ""
        if ui.button(f"Solve {self.equation}", "compute", primary=True, reason=reason, width=-1):
            app.run("fields.compute")
        field = current_field(app)
        if field is not None:
            with ui.section("Export", open_=False) as shown:
                if shown:
                    series = FieldSeries(field.times, field.values, field.names, dict(field.parameters))
                    self._export.draw(app, ui, identifier(field.label), (series, app.scene[field.owner].shape))

    def pick(self, app: Application) -> None:
        """The next click on a shape sets the source."""
        self.picking = not self.picking

    def click(self, app: Application, hit: Hit) -> bool:
        if not self.picking:
            return False
        self.picking = False
        app.focus = hit.shape_id
        self.options[self.equation] = self.options[self.equation].replace(
            vertex=(hit.vertex,), expression="", values_file=""
        )
        return True

    def compute(self, app: Application) -> None:
        """Solve the chosen equation on the shape in focus, as a new item."""
        shape, equation, options = app.shape, self.equation, self.options[self.equation]
        app.submit(
            f"{equation} on {shape.label}",
            SOLVE,
            equation,
            shape.shape,
            options,
            on_result=lambda result: self.arrived(app, shape.id, equation, options, result),
        )

    def arrived(
        self, app: Application, shape_id: str, equation: str, options: EquationOptions, result: Result[FieldSeries]
    ) -> None:
        """Put a solution on the stage and show its first moment."""
        if shape_id not in app.scene:
            raise ParameterError("The shape of this field has been removed meanwhile.", "Undo, then solve again.")
        shape: ShapeItem = app.scene[shape_id]
        item = result_item(result.value, [shape], label=f"{shape.label} · {equation}", parameters=options.model_dump())
        arguments = [repr(equation), identifier(shape.label)]
        show = {"on": shape.label, "label": item.label}
        python = call_script("operators.fields.solve", "solve", arguments, options, "field", show)
        shell = f"geomlearn solve {equation} {shlex.quote(shape.source or shape.label)} -o {equation}.npz"
        if app.do(Add((item,), f"Solve {equation} on {shape.label}", Script(shell, python), first_layer(item))):
            app.focus = item.id

    def remember(self) -> Mapping[str, Any]:
        return {"equation": self.equation, "options": {key: one.model_dump() for key, one in self.options.items()}}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.equation = kept.get("equation") if kept.get("equation") in EQUATIONS else self.equation
        for key, values in kept.get("options", {}).items():
            if key in EQUATIONS:
                self.options[key] = EQUATIONS[key](**values)


def current_field(app: Application) -> FieldItem | None:
    """The field in focus, else the one shown, else the newest of the shape in focus."""
    for item in (app.item, app.source):
        if isinstance(item, FieldItem):
            return item
    fields = app.scene.children(app.shape.id, FieldItem) if app.shape else ()
    return fields[-1] if fields else None
