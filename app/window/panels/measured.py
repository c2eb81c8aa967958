"""A card at the foot of the stage: the distance or the probes in focus, with their plot, table and csv."""

from __future__ import annotations

import numpy as np
from polyscope import imgui

from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.measuring.commands import Probe
from geomlearn.app.model.measuring.items import DistanceItem, ProbesItem
from geomlearn.app.model.measuring.tables import over_time, probe_table, profile_table, to_csv
from geomlearn.app.model.view.layers import Picture, picture
from geomlearn.app.model.view.marks import PALETTE
from geomlearn.app.window.application import Application
from geomlearn.app.window.stage.numbers import VertexNumbers
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.plots import line, plot
from geomlearn.app.window.ui.widgets import Ui

HINTS = {
    "measure": ("Click the first of two points on a shape.", "Click the second point, on the same shape."),
    "probe": ("Click points to read them; click one again to let it go.",) * 2,
}
_ROWS = 4
"""More probes scroll."""


def measured_height(app: Application, ui: Ui) -> float:
    """Pixels that the card takes; 0 while there is nothing to say."""
    shown = app.tool or isinstance(app.item, DistanceItem | ProbesItem)
    return ui.heights.get("measured", ui.px(60)) if shown and not app.page else 0.0


def draw_measured(app: Application, ui: Ui, rect: Rect, numbers: VertexNumbers) -> None:
    """What is in focus, or what the tool in hand waits for; nothing where there is no room for it.

    Parameters
    ----------
    numbers   draws those of the probes beside their vertices.
    """
    if rect.h <= 0:
        return
    item = app.item
    if isinstance(item, ProbesItem) and item.visible:
        shape = app.scene[item.owner]
        numbers.draw(app.scene, ui, shape, dict(enumerate(item.vertices, 1)))
    with ui.panel("measured", rect, flags=imgui.ImGuiWindowFlags_NoFocusOnAppearing):
        _head(app, ui)
        if isinstance(item, DistanceItem):
            _distance(app, ui, item)
        elif isinstance(item, ProbesItem):
            _probes(app, ui, item)
        ui.heights["measured"] = imgui.GetCursorPosY() + imgui.GetScrollY() + ui.px(8)


def _head(app: Application, ui: Ui) -> None:
    """The title, or what the tool waits for, and the way out."""
    hint = HINTS[app.tool][app.first is not None] if app.tool else ""
    title = app.item.label if isinstance(app.item, DistanceItem | ProbesItem) else hint
    ui.text(title)
    imgui.SameLine(ui.width + imgui.GetCursorPosX() - imgui.GetFrameHeight())
    if ui.icon("close", "close", tip="Close (Esc)"):
        app.take_tool("")
        if isinstance(app.item, DistanceItem | ProbesItem):
            app.focus_on(app.item.owner)
    if hint and title != hint:
        ui.faint(hint)


def _distance(app: Application, ui: Ui, item: DistanceItem) -> None:
    shape: ShapeItem = app.scene[item.owner]
    unit = f" {shape.unit}" if shape.unit else ""
    found = item.measured
    along = f"{found.along:.6g}{unit}" if np.isfinite(found.along) else "no way"
    how = "" if len(found.path) else " (heat method)"
    ui.text(f"along the surface {along}{how}   ·   straight {found.straight:.6g}{unit}")
    ui.record_item("lengths")
    shown = _numbers(app, shape)
    if shown is None or not len(found.path):
        ui.faint("Colour the shape with a function to see it along the way." if len(found.path) else "")
        return
    with plot(ui, "profile", f"along the way{unit and f' [{unit.strip()}]'}", shown.title, height=104) as there:
        if there:
            line(ui, "profile", item.stations, item.profile(shown.values), ui.theme.accent)
    if ui.button("Copy as csv", "csv"):
        app.copy(to_csv(*profile_table(item, shown)), "the profile as csv")


def _probes(app: Application, ui: Ui, item: ProbesItem) -> None:
    shape: ShapeItem = app.scene[item.owner]
    shown = _numbers(app, shape)
    _table(app, ui, item, shown)
    source = app.scene.items.get(shape.layer.source) if shape.layer else None
    moving = source if isinstance(source, FieldItem) and len(source.times) > 1 and shape.layer else None
    if ui.button("Copy as csv", "csv"):
        app.copy(to_csv(*probe_table(app.scene, item)), "the probes as csv")
    if moving is None:
        return
    names, rows = over_time(moving, shape.layer.column, item.vertices)
    ui.same_line()
    if ui.button("Copy all times as csv", "csv over time"):
        app.copy(to_csv(names, rows), "the probes over time as csv")
    with plot(ui, "over time", moving.moment_word, "", height=92) as there:
        for number in range(len(item.vertices) if there else 0):
            color = tuple(PALETTE[number % len(PALETTE)].tolist())
            line(ui, f"{number + 1}", rows[:, 0], rows[:, number + 1], color)


def _table(app: Application, ui: Ui, item: ProbesItem, shown: Picture | None) -> None:
    """A row per probe: its number in its colour, the vertex, where it is, what is shown there."""
    shape: ShapeItem = app.scene[item.owner]
    unit = f" [{shape.unit}]" if shape.unit else ""
    heads = ["", "vertex", f"x{unit}", f"y{unit}", f"z{unit}", *([shown.title] if shown else []), ""]
    flags = imgui.ImGuiTableFlags_SizingStretchProp | imgui.ImGuiTableFlags_RowBg
    scrolls = len(item.vertices) > _ROWS
    height = (_ROWS + 1) * (ui.em + ui.px(9)) if scrolls else 0.0
    if not imgui.BeginTable("probes", len(heads), flags | scrolls * imgui.ImGuiTableFlags_ScrollY, (0.0, height)):
        return
    for number, head in enumerate(heads):
        imgui.TableSetupColumn(f"{head}##{number}")
    imgui.TableHeadersRow()
    for number, vertex in enumerate(item.vertices):
        imgui.TableNextRow()
        imgui.TableNextColumn()
        imgui.TextColored((*PALETTE[number % len(PALETTE)].tolist(), 1.0), f"{number + 1}")
        numbers = [*shape.shape.vertices[vertex], *([shown.values[vertex]] if shown else [])]
        for text in (str(vertex), *(f"{value:.5g}" for value in numbers)):
            imgui.TableNextColumn()
            imgui.TextUnformatted(text)
        imgui.TableNextColumn()
        if ui.link("×", f"drop {vertex}", tip="Read it no longer"):
            app.do(Probe(shape.id, tuple(one for one in item.vertices if one != vertex)))
    imgui.EndTable()


def _numbers(app: Application, shape: ShapeItem) -> Picture | None:
    """What a shape shows, if it is numbers."""
    shown = picture(app.scene, shape)
    return shown if shown is not None and shown.values.ndim == 1 else None
