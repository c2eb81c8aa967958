"""The scene tree on the left, and below it how the item in focus looks."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.model.commands import Remove, change
from geomlearn.app.model.computed import BookmarkItem, SelectionItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import Item, ShapeItem, Source
from geomlearn.app.model.results import first_layer
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.tree.glyphs import draw_glyphs
from geomlearn.app.window.panels.tree.look import draw_look
from geomlearn.app.window.panels.tree.selection import draw_selection
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui


def draw_tree(app: Application, ui: Ui, rect: Rect) -> None:
    """Every item with an eye to hide it; results stand under the shape they belong to."""
    with ui.panel("tree", rect):
        chosen = app.item if isinstance(app.item, SelectionItem | VectorsItem | CurvesItem) else None
        look = _looked_at(app) if chosen is None else None
        # The rows above keep a good part of the side; what does not fit below scrolls.
        foot = min(ui.heights.get("foot", ui.px(138)), 0.66 * rect.h) if look or chosen else 0
        height = rect.h - ui.px(30) - foot
        with ui.child("items", (0, max(height, ui.px(90)))):
            ui.heading("Stage")
            if not app.scene.items:
                ui.gap(2)
                ui.faint("Nothing here yet. Drop a file on the window, or press Ctrl+O.")
            for item in app.scene:
                if not item.parents:
                    _row(app, ui, item, 0)
                    for child in app.scene.children(item.id):
                        if child.parents[0] == item.id:
                            _row(app, ui, child, 1, under=item.label)
        if look or chosen:
            imgui.Separator()
            with ui.child("foot"):
                if look:
                    draw_look(app, ui, look)
                elif isinstance(chosen, SelectionItem):
                    draw_selection(app, ui, chosen)
                else:
                    draw_glyphs(app, ui, chosen)
                ui.heights["foot"] = imgui.GetCursorPosY() + ui.px(14)


def _looked_at(app: Application) -> ShapeItem | None:
    """The shape whose look can be changed: that in focus, that what is in focus belongs to, else one in colours."""
    if app.item is not None:
        return app.item if isinstance(app.item, ShapeItem) else app.shape
    return next((item for item in app.scene.shapes if item.layer is not None and item.visible), None)


def _row(app: Application, ui: Ui, item: Item, depth: int, under: str = "") -> None:
    with ui.scope(item.label):
        if depth:
            imgui.Indent(ui.px(14))
        side = imgui.GetFrameHeight()
        faded = not item.visible
        if ui.icon("eye", "eye", active=item.visible, tip="Show" if faded else "Hide"):
            app.do(change(item.id, visible=not item.visible))
        ui.same_line(2)
        y = imgui.GetCursorPosY()
        imgui.SetCursorPosY(y + (side - ui.em) / 2)
        if faded:
            imgui.PushStyleColor(imgui.ImGuiCol_Text, (*ui.theme.faint, 1.0))
        room, chosen = ui.width - side, app.focus == item.id
        # What stands under its shape need not repeat the shape's name.
        label = item.label.removeprefix(f"{under} · ").removeprefix(f"{under} ") if under else item.label
        if ui.selectable(_short(label, room), "row", selected=chosen, width=room):
            _chosen(app, item)
        if faded:
            imgui.PopStyleColor()
        if imgui.IsItemHovered(imgui.ImGuiHoveredFlags_ForTooltip):
            imgui.SetTooltip(_facts(item))
        if app.focus == item.id:
            ui.same_line(0)
            imgui.SetCursorPosY(y)
            if ui.icon("close", "remove", tip="Remove from the stage (undo brings it back)"):
                app.do(Remove(item.id))
        if depth:
            imgui.Unindent(ui.px(14))


def _chosen(app: Application, item: Item) -> None:
    """Working with a result shows it."""
    app.focus_on(item.id)
    app.wake()
    if isinstance(item, BookmarkItem):
        app.look(item.camera)
    if isinstance(item, Source):
        for key, layer in first_layer(item).items():
            shape = app.scene.items.get(key)
            if isinstance(shape, ShapeItem) and (shape.layer is None or shape.layer.source != item.id):
                app.do(change(key, layer=layer))


def _facts(item: Item) -> str:
    if isinstance(item, ShapeItem):
        kind = "point cloud" if item.shape.is_cloud else f"{item.shape.n_faces:,} faces"
        return f"{item.label}\n{item.shape.n_vertices:,} vertices · {kind}\n{item.source or 'made here'}"
    return f"{item.label}\n{'view' if item.kind == 'camera' else item.kind}"


def _short(text: str, width: float) -> str:
    """The text cut at the end so that it fits."""
    if imgui.CalcTextSize(text)[0] <= width:
        return text
    while text and imgui.CalcTextSize(text + "…")[0] > width:
        text = text[:-1]
    return text + "…"
