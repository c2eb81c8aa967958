"""What a person demands of the places: parts that are required, forbidden or counted, and what a sensor costs."""

from __future__ import annotations

from functools import lru_cache

from geomlearn.app.desks.sense.choices import Choice, Part, fields_on
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.sensing.readings import label_list
from geomlearn.app.model.sensing.where import on_vertices, part_of
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import GeomError
from geomlearn.shapes.shape import Shape

WHERE = "z > 0.5 · xy: 0,0 1,0 1,1"
COST_MOST = 10.0
"""Weight of the cost on the slider; the command line takes more."""


def draw_demands(app: Application, ui: Ui, shape: ShapeItem, choice: Choice) -> None:
    """The section that holds all of it."""
    parts = [item for item in app.scene.children(shape.id, SelectionItem) if item.indices]
    ids, labels = label_list(parts)
    here = (choice.required, choice.forbidden, *(part.selection for part in choice.regions))
    given = sum(key in ids for key in here) + bool(choice.cost)
    with ui.section("Demands", open_=False) as shown:
        if not shown:
            # Folded away, they still hold.
            if given:
                ui.faint(f"{given} in force.")
            return
        if not parts:
            ui.faint("Sensors may be required, forbidden or counted in parts of the shape.")
        _draw_new_part(app, ui, shape)
        if parts:
            for name, words in (("required", "Required at"), ("forbidden", "Forbidden in")):
                now = getattr(choice, name)
                _, now = ui.combo(words, ("", *ids), now if now in ids else "", labels=("nowhere", *labels))
                setattr(choice, name, now)
            _draw_regions(ui, choice, dict(zip(ids, labels, strict=True)))
        _draw_cost(app, ui, shape, choice)


def fault(app: Application, shape: ShapeItem, choice: Choice) -> str:
    """What is wrong with the cost, or nothing."""
    return "" if choice.cost in app.scene or not choice.cost.strip() else _formula_fault(choice.cost, shape.shape)


def _draw_new_part(app: Application, ui: Ui, shape: ShapeItem) -> None:
    if ui.button("Paint a part", "paint", tip="A new selection and the brush: Shift erases. Ctrl+J does the same."):
        app.run("edit.select")
    tip = "Where a formula in x, y, z is positive, or inside a polygon. Enter makes the part."
    made, where = ui.input_text("Or the part where", "", hint=WHERE, enter=True, tip=tip)
    if made and where.strip():
        add_part(app, shape, where)


def add_part(app: Application, shape: ShapeItem, where: str) -> None:
    """Put a part in words on the stage; one that is none is told."""
    try:
        item = part_of(app.scene, shape, where)
    except GeomError as error:
        app.notices.error(error)
        return
    lines = ["from geomlearn.app.model.sensing.where import show_part"]
    lines.append(f"scene = show_part(scene, {where!r}, on={shape.label!r})")
    app.do(Add((item,), f"The part where {where.strip()}", Script("", "\n".join(lines))))


def _draw_regions(ui: Ui, choice: Choice, labels: dict[str, str]) -> None:
    here = [part for part in choice.regions if part.selection in labels]
    for number, part in enumerate(here, 1):
        with ui.scope(f"part {number}"):
            words = ("nowhere", *labels.values())
            _, part.selection = ui.combo("Counted in", ("", *labels), part.selection, labels=words)
            if not part.selection:
                choice.regions.remove(part)
                continue
            with columns("count") as next_column:
                _, part.count = ui.slider_int("sensors there", part.count, 0, choice.options.n)
                next_column()
                ui.label("which is")
                word = ui.choice("how", ("at most", "exactly"), "exactly" if part.exactly else "at most")
                part.exactly = word == "exactly"
    free = {key: label for key, label in labels.items() if key not in {part.selection for part in here}}
    if free:
        words = ("nowhere", *free.values())
        _, chosen = ui.combo("Counted in as well" if here else "Counted in", ("", *free), "", labels=words)
        if chosen:
            choice.regions.append(Part(chosen))


def _draw_cost(app: Application, ui: Ui, shape: ShapeItem, choice: Choice) -> None:
    ids, labels = label_list(fields_on(app, shape))
    if ids:
        now = choice.cost if choice.cost in ids else ""
        _, now = ui.combo("A sensor costs", ("", *ids), now, labels=("what the formula says", *labels))
        choice.cost = now or ("" if choice.cost in ids else choice.cost)
    if choice.cost not in ids:
        tip = "What a sensor costs at each vertex, a formula in x, y, z that is nowhere negative; nothing: all alike."
        _, choice.cost = ui.input_text("Cost of a sensor", choice.cost, hint="1 + y**2", tip=tip)
    if choice.cost:
        tip = "How strongly costly places are avoided: e^(−weight × cost / mean cost)."
        weight = min(choice.options.cost_weight, COST_MOST)
        _, weight = ui.slider_float("weight of the cost", weight, 0.0, COST_MOST, tip=tip)
        choice.options = choice.options.replace(cost_weight=weight)


@lru_cache(maxsize=4)
def _formula_fault(text: str, shape: Shape) -> str:
    try:
        on_vertices(text, shape)
    except GeomError as error:
        return f"Cost: {error.message}"
    return ""
