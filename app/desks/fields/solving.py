"""The page that solves: which equation, with which options, from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geomlearn.app.desks.fields.reference import SOLVE
from geomlearn.app.desks.fields.source import Start, draw_start
from geomlearn.app.model.cards import method_card
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.actions.table import needs_shape
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit, Light
from geomlearn.app.window.ui.cards import draw_card
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions

_FIRST = {
    "poisson": ("boundary",),
    "heat": ("duration", "diffusivity"),
    "wave": ("duration", "speed"),
    "advect": ("duration", "velocity"),
    "allen-cahn": ("duration", "epsilon", "seed"),
    "gray-scott": ("duration", "feed", "kill"),
}
_SIGNS = str.maketrans({"∇": "grad ", "ᵤ": "u", "ᵥ": "v"})
"""Signs that the window's font lacks."""
_STARTS = ("vertex", "radius", "expression", "values_file")


@dataclass
class Solving:
    """The person's choice.

    Attributes
    ----------
    equation   the chosen one;  options  by equation, as the person left them.
    start      where it begins, whatever the equation.
    picking    whether the next click on a shape sets the source.
    """

    equation: str = "heat"
    options: dict[str, EquationOptions] = field(
        default_factory=lambda: {name: model() for name, model in EQUATIONS.items()}
    )
    start: Start = field(default_factory=Start)
    picking: bool = False

    def chosen(self) -> EquationOptions:
        """Options of the equation with the start put in.

        Raises
        ------
        ParameterError   they contradict each other.
        """
        return self.options[self.equation].replace(**self.start.options())

    def toggle_picking(self) -> None:
        """Let clicks set the source, or no more."""
        self.picking = not (self.picking and self.start.mode == "vertices")
        self.start = Start(**self.start.kept() | {"mode": "vertices"})

    def kept(self) -> dict[str, Any]:
        options = {key: one.model_dump() for key, one in self.options.items()}
        return {"equation": self.equation, "options": options, "start": self.start.kept()}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.equation = kept.get("equation") if kept.get("equation") in EQUATIONS else self.equation
        self.start = Start.recalled(kept.get("start", {}))
        for key, values in kept.get("options", {}).items():
            if key in EQUATIONS:
                self.options[key] = EQUATIONS[key](**values)


def needs_start(app: Application, solving: Solving) -> str:
    """Why nothing can be solved now."""
    return needs_shape(app) or solving.start.missing() or ("This is being computed." if app.busy(SOLVE) else "")


def draw_solving(app: Application, ui: Ui, shape: ShapeItem, solving: Solving) -> None:
    """Choose the equation, where it starts and its options, and solve it."""
    _, solving.equation = ui.combo("Equation", list(EQUATIONS), solving.equation)
    ui.faint((EQUATIONS[solving.equation].__doc__ or "").split("\n")[0].translate(_SIGNS))
    ui.gap(2)
    ui.label("Source from" if solving.equation == "poisson" else "Starts from")
    solving.start = draw_start(app, ui, shape, solving.start, solving.equation, solving.picking)
    solving.picking = solving.picking and solving.start.mode == "vertices"
    ui.gap(2)
    options = draw_options(ui, solving.options[solving.equation], first=_FIRST[solving.equation], skip=_STARTS)
    solving.options[solving.equation] = options
    draw_card(ui, method_card(solving.equation), "About this equation", open_=False)
    wait = app.will_take(SOLVE, solving.equation, shape.shape, options)
    reason = needs_start(app, solving)
    if ui.button(f"Solve {solving.equation}{wait}", "compute", primary=True, reason=reason, width=-1):
        app.run("fields.compute")


def pick_source(app: Application, solving: Solving, hit: Hit) -> bool:
    """Take what was clicked as the source, or with Shift as one more; false unless asked to."""
    if not solving.picking:
        return False
    from polyscope import imgui

    owner = app.scene[hit.shape_id].twin_of or hit.shape_id
    adding = imgui.GetIO().KeyShift and app.shape is not None and app.shape.id == owner
    before = solving.start.vertex if adding else ()
    solving.picking = adding
    app.focus_on(owner)
    solving.start = Start(**solving.start.kept() | {"vertex": tuple(dict.fromkeys((*before, hit.vertex)))})
    return True


def source_lights(app: Application, solving: Solving) -> list[Light]:
    """Where the chosen source is on the shape in focus, and in what colour it is lit up."""
    shape, start = app.shape, solving.start
    if start.mode != "vertices" or not start.vertex or shape is None or not shape.visible:
        return []
    inside = [vertex for vertex in start.vertex[:50] if vertex < shape.shape.n_vertices]
    return [Light(point, app.theme.warn) for point in world_points(app.scene, shape, inside)]
