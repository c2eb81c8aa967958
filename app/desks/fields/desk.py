"""The fields desk: choose an equation and where it starts, run it, play it, hold it against a reference, export it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from geomlearn.app.desks.fields.compare import draw_comparison, references
from geomlearn.app.desks.fields.items import WRITE, export_script, fresh_label, solved
from geomlearn.app.desks.fields.learned.items import is_answer
from geomlearn.app.desks.fields.learned.page import Learned, ask, draw_learned, needs_model
from geomlearn.app.desks.fields.memory.inspector import inspect
from geomlearn.app.desks.fields.memory.page import Memory, disturb, draw_memory, needs_inspection, needs_series
from geomlearn.app.desks.fields.reference import SOLVE, Recipe
from geomlearn.app.desks.fields.result import current_field, draw_component, draw_curves, draw_facts
from geomlearn.app.desks.fields.solving import Solving, draw_solving, needs_start, pick_source, source_lights
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import SideBySide, series_of
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.actions.table import Action, needs_shape
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk, Hit, Light
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.panels.timeline import moving
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.core.results import Result
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions
from geomlearn.operators.fields.series import FieldSeries

INITIAL = "geomlearn.operators.fields.solve:initial_field"
PAGES = ("Solve", "Result", "Compare", "Export", "Learned", "Memory")


class FieldsDesk(Desk):
    """Equations on the shape in focus.

    Attributes
    ----------
    solving    which equation is solved, with which options, from where.
    reference  id of the field chosen as reference.
    learned    which trained operator is asked about what.
    memory     which state-space memories are inspected, and the noise brush.
    page       which of `PAGES` is open.
    """

    key = "fields"
    title = "Fields"

    def __init__(self) -> None:
        self.solving = Solving()
        self.reference = ""
        self.learned = Learned()
        self.memory = Memory()
        self.page = PAGES[0]
        self._curve = ""
        self._export = ExportBox("field", WRITE, (".npz", ".h5", ".mat", ".pvd"))

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("fields.open", "Fields desk", lambda app: app.show_desk(self.key), ("F3",)),
            Action(
                "fields.compute",
                "Solve the equation",
                self.compute,
                ("R",),
                lambda app: needs_start(app, self.solving),
            ),
            Action(
                "fields.pick",
                "Pick the source on the shape",
                self.pick,
                ("P",),
                needs_shape,
                lambda app: "on" if self.solving.picking else "off",
            ),
            Action("fields.compare", "Side by side with the reference", self.compare_now, ("B",), self.needs_pair),
            Action(
                "fields.ask", "Ask the trained model", self.ask_model, (), lambda app: needs_model(app, self.learned)
            ),
            Action("fields.inspect", "Poles and gains of memories", self.inspect_memory, (), needs_inspection),
            Action(
                "fields.disturb",
                "Disturb the field and forecast it",
                self.disturb,
                (),
                lambda app: needs_series(app, current_field(app)),
            ),
        )

    def findable(self, app: Application) -> Iterable[Action]:
        for name, options in EQUATIONS.items():
            words = f"equation pde solve {(options.__doc__ or '').splitlines()[0]}"
            yield Action(f"equation.{name}", f"Solve: {name}", partial(self.choose_equation, name=name), words=words)
        yield Action("fields.export", "Export a field", lambda app: app.show_desk(self.key), words="write save")

    def choose_equation(self, app: Application, name: str) -> None:
        """Show how this equation would be solved."""
        self.solving.equation = name
        self.page = PAGES[0]
        app.show_desk(self.key)

    # What stands in the way

    def needs_pair(self, app: Application) -> str:
        """Why nothing can be compared now."""
        field = current_field(app)
        if field is None:
            return "There is no field yet. Solve an equation with R."
        return "" if references(app, field) else "There is no second field on this shape to compare with."

    # The panel

    def draw(self, app: Application, ui: Ui) -> None:
        shape, field = app.shape, current_field(app)
        if shape is not None:
            ui.heading(shape.label)
        # Until there is something to look at there is one page of it. Six names would not fit in one row.
        pages = PAGES[:-2] if field is not None else PAGES[:1]
        self.page = self.page if self.page in (*pages, *PAGES[-2:]) else pages[0]
        for row in (pages, PAGES[-2:]):
            self.page = ui.choice("page", row, self.page)
        ui.gap(2)
        if self.page == "Learned":
            draw_learned(app, ui, self.learned, field if is_answer(field) else None)
        elif self.page == "Memory":
            draw_memory(app, ui, self.memory, field)
        elif shape is None:
            ui.faint("Open a shape first: drop a file, or press Ctrl+O.")
        elif self.page == "Solve" or field is None:
            draw_solving(app, ui, shape, self.solving)
        elif self.page == "Result":
            draw_facts(app, ui, field)
            draw_component(app, ui, field)
            self._curve = draw_curves(app, ui, field, self._curve)
        elif self.page == "Compare":
            self.reference = draw_comparison(app, ui, field, self.reference, self.compare, self.make_reference)
        else:
            self._draw_export(app, ui, field)

    def _draw_export(self, app: Application, ui: Ui, field: FieldItem) -> None:
        shape: ShapeItem = app.scene[field.owner]
        script = export_script(shape, field)
        self._export.draw(app, ui, identifier(field.label), (series_of(field), shape.shape), script)
        ui.gap()
        if ui.button("Picture, figure or movie…", "pictures", width=-1):
            app.run("file.picture")

    # Doing

    def pick(self, app: Application) -> None:
        """The next clicks on a shape set the source; Shift adds to it."""
        self.page = "Solve"
        self.solving.toggle_picking()
        if app.desk is not self:
            app.show_desk(self.key)

    def click(self, app: Application, hit: Hit) -> bool:
        if self.page == "Memory" and self.memory.part == "Disturb":
            self.memory.vertex = hit.vertex
            return True
        return pick_source(app, self.solving, hit)

    def hover(self, app: Application, hit: Hit | None) -> list[Light]:
        """The chosen source, and what the pointer is on in every picture of its shape."""
        lights = source_lights(app, self.solving) if self.page == "Solve" else []
        if hit is None:
            return lights
        owner = app.scene[hit.shape_id].twin_of or hit.shape_id
        family = [shape for shape in (app.scene[owner], *app.scene.twins(owner)) if shape.visible]
        return lights + [Light(world_points(app.scene, shape, [hit.vertex])[0], app.theme.accent) for shape in family]

    def compute(self, app: Application) -> None:
        """Solve the chosen equation on the shape in focus, as a new item."""
        shape, equation, options = app.shape, self.solving.equation, self.solving.chosen()
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
        still = moving(app) is None
        add = solved(shape, equation, options, result, fresh_label(app.scene, f"{shape.label} · {equation}"))
        if app.do(add):
            app.focus_on(add.items[0].id)
            self.page = "Result"
            if still:
                # The timeline takes room from the stage.
                app.look("same")

    def ask_model(self, app: Application) -> None:
        """Ask the model of the page of trained operators."""
        self.page = "Learned"
        ask(app, self.learned)

    def inspect_memory(self, app: Application) -> None:
        """Compute poles and gains for the sizes of the page of memories."""
        self.page, self.memory.part = "Memory", "Systems"
        inspect(app, self.memory)

    def disturb(self, app: Application) -> None:
        """Disturb the field in focus by the brush of the page of memories."""
        self.page, self.memory.part = "Memory", "Disturb"
        disturb(app, self.memory, current_field(app))

    def make_reference(self, app: Application, field: FieldItem, recipe: Recipe) -> None:
        """Compute a reference and show it beside the field."""

        def arrived(result: Any) -> None:
            if field.id not in app.scene:
                raise ParameterError("The field has been removed meanwhile.", "Undo, then compute again.")
            shape = app.scene[field.owner]
            label = fresh_label(app.scene, recipe.label)
            python = recipe.python(app.scene, field, label)
            add = solved(shape, recipe.equation, recipe.options, result, label, python)
            if app.do(Add(add.items, f"Solve {recipe.title}", add.made)):
                self.reference = add.items[0].id
                self.compare(app, field, self.reference)

        app.submit(f"Reference: {recipe.title}", recipe.target, *recipe.args, on_result=arrived)

    def compare_now(self, app: Application) -> None:
        """Show the field in focus beside the reference chosen."""
        field = current_field(app)
        ids = [item.id for item in references(app, field)]
        self.compare(app, field, self.reference if self.reference in ids else ids[-1])

    def compare(self, app: Application, field: FieldItem, reference: str) -> None:
        """Show a field beside its input, and beside a reference when one is named."""

        def show(start: FieldSeries | None = None) -> None:
            if app.do(SideBySide(field.id, reference, start)):
                app.focus_on(field.id)
                self.page = "Compare"
                app.look("front")

        equation = str(field.parameters.get("method", ""))
        if equation != "poisson":
            show()
            return
        # What a steady equation begins with is not in its answer.
        options = EQUATIONS[equation](**dict(field.parameters.get("parameters", {})))
        shape = app.scene[field.owner].shape
        app.submit("Source of the equation", INITIAL, equation, shape, options, lane="files", on_result=show)

    # Sessions

    def remember(self) -> Mapping[str, Any]:
        return self.solving.kept() | {"learned": self.learned.kept(), "memory": self.memory.kept()}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.solving.recall(kept)
        self.learned = Learned.recalled(kept.get("learned", {}))
        self.memory = Memory.recalled(kept.get("memory", {}))
