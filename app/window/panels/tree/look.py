"""How the shape in focus looks, where it stands, and where it is cut open; on a page beside it, cleaning."""

from __future__ import annotations

import weakref
from dataclasses import replace

from geomlearn.app.model.commands import Steps, change
from geomlearn.app.model.items import BACKS, IDENTITY, MATERIALS, Matrix, ShapeItem
from geomlearn.app.model.view.colormaps import COLORMAP_NAMES
from geomlearn.app.model.view.layers import picture
from geomlearn.app.model.view.place import turned
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.tree.cleaning import draw_cleaning
from geomlearn.app.window.panels.tree.health import draw_health
from geomlearn.app.window.panels.tree.levels import draw_levels
from geomlearn.app.window.ui.widgets import Ui

CUTS = {"": "Whole", "x": "x", "y": "y", "z": "z"}
"""Along which axis of the window, and what people read."""


PAGES = ("Look", "Clean")
_pages: weakref.WeakKeyDictionary[Application, str] = weakref.WeakKeyDictionary()


def turn_to(app: Application, page: str) -> None:
    """Open one of `PAGES`."""
    _pages[app] = page


def draw_look(app: Application, ui: Ui, item: ShapeItem) -> None:
    """Surface, colours, place, cut; or the steps of cleaning."""
    with ui.scope("look"):
        if app.focus != item.id:
            ui.heading(item.label, 1.1)
        turn_to(app, ui.choice("page", PAGES, _pages.get(app, PAGES[0])))
        if _pages[app] == "Clean":
            draw_cleaning(app, ui, item)
            return
        _surface(app, ui, item)
        _colors(app, ui, item)
        with ui.section("Surface", open_=False) as shown:
            if shown:
                _material(app, ui, item)
        with ui.section("Check", open_=False) as shown:
            if shown:
                draw_health(app, ui, item)
        with ui.section("Place", open_=False) as shown:
            if shown:
                _place(app, ui, item)
        with ui.section("Cut open", open_=bool(item.cut)) as shown:
            if shown:
                _cut(app, ui, item)


def _surface(app: Application, ui: Ui, item: ShapeItem) -> None:
    changed, edges = ui.checkbox("Edges", item.edges)
    if changed:
        app.do(change(item.id, edges=edges))
    ui.same_line(14)
    grid = item.geometry.cells is not None
    tip = "Numbers between the vertices are interpolated; off, each vertex is a cell." if grid else ""
    changed, smooth = ui.checkbox("Interpolated" if grid else "Smooth", item.smooth, "Smooth", tip=tip)
    if changed:
        app.do(change(item.id, smooth=smooth))
    if item.coarse is not None:
        kept, all_ = len(item.coarse.faces), item.shape.n_faces
        tip = f"Draws {kept:,} of {all_:,} faces. Everything is computed on all of them."
        changed, simplified = ui.checkbox("Simplified view", item.simplified, tip=tip)
        if changed:
            app.do(change(item.id, simplified=simplified))
    changed, opacity = ui.slider_float("Opacity", item.opacity, 0.05, 1.0, form="%.2f")
    if changed:
        app.do(change(item.id, opacity=opacity))


def _material(app: Application, ui: Ui, item: ShapeItem) -> None:
    """What is changed now and then: material, back, plain colour, edges or points."""
    if not item.geometry.is_flat:
        changed, material = ui.combo("Material", MATERIALS, item.material)
        if changed:
            app.do(change(item.id, material=material))
    # An entry above may have changed or removed the item in this very frame.
    ids = [shape.id for shape in app.scene.of(ShapeItem)]
    number = ids.index(item.id) if item.id in ids else 0
    usual = app.theme.shapes[number % len(app.theme.shapes)]
    changed, color = ui.color("Colour without numbers", item.color or usual)
    if changed:
        app.do(change(item.id, color=color))
    if item.color is not None and ui.link("The usual colour", "usual"):
        app.do(change(item.id, color=None))
    if item.shape.is_cloud:
        changed, size = ui.slider_float("Point size", item.point_size, 0.2, 5.0, form="%.2f ×", log=True)
        if changed:
            app.do(change(item.id, point_size=size))
        return
    changed, width = ui.slider_float("Edge width", item.edge_width, 0.2, 4.0, form="%.1f px")
    if changed:
        app.do(change(item.id, edge_width=width, edges=True))
    changed, wireframe = ui.checkbox("Edges alone", item.wireframe)
    if changed:
        app.do(change(item.id, wireframe=wireframe))
    changed, back = ui.combo("Faces seen from behind", list(BACKS), item.back, labels=list(BACKS.values()))
    if changed:
        app.do(change(item.id, back=back))


def _colors(app: Application, ui: Ui, item: ShapeItem) -> None:
    shown = picture(app.scene, item)
    if shown is None or item.layer is None or shown.style == "color":
        return
    changed, colormap = ui.combo("Colour map", COLORMAP_NAMES, shown.colormap)
    if changed:
        app.do(change(item.id, layer=replace(item.layer, colormap=colormap)))
    draw_levels(app, ui, item, shown)
    changed, isolines = ui.checkbox("Isolines", item.layer.isolines)
    if changed:
        app.do(change(item.id, layer=replace(item.layer, isolines=isolines)))
    ui.same_line(14)
    if ui.link("Plain colour", "plain"):
        app.do(change(item.id, layer=None))


def _place(app: Application, ui: Ui, item: ShapeItem) -> None:
    """Quarter turns by button, anything else by hand."""
    ui.label("Quarter turn about")
    for axis in "xyz":
        if ui.button(f"  {axis}  ", f"turn {axis}", tip=f"90° about the window's {axis} axis"):
            _put(app, item, f"Turn {item.label} about {axis}", turned(item, axis, 90.0))
        if axis != "z":
            ui.same_line(4)
    by_hand = app.moving == item.id
    if ui.button("Done moving" if by_hand else "Move by hand", "move", primary=by_hand, tip="W"):
        app.run("view.move")
    ui.same_line()
    reason = "" if item.pose != IDENTITY else "It stands where it was put."
    if ui.button("Put back", "back", reason=reason):
        _put(app, item, f"Put {item.label} back", IDENTITY)
    changed, unit = ui.input_text("Unit of length", item.unit, hint="mm, m, …", enter=True)
    if changed:
        app.do(change(item.id, unit=unit.strip()))


def _put(app: Application, item: ShapeItem, what: str, pose: Matrix) -> None:
    # Each press is a step of its own, however fast they follow.
    app.do(Steps(what, (change(item.id, what, pose=pose),)))


def _cut(app: Application, ui: Ui, item: ShapeItem) -> None:
    """Along which axis, where, and which half stays."""
    cut = ui.choice("cut", list(CUTS), item.cut, list(CUTS.values()))
    if cut != item.cut:
        app.do(change(item.id, f"Cut {item.label} open along {cut}" if cut else f"{item.label} whole again", cut=cut))
    if not item.cut:
        return
    changed, at = ui.slider_float("Where", item.cut_at, 0.0, 1.0, form="%.2f")
    if changed:
        app.do(change(item.id, f"Cut {item.label} at {at:.2f}", cut_at=at))
    changed, flipped = ui.checkbox("Other half", item.cut_flipped)
    if changed:
        app.do(change(item.id, f"The other half of {item.label}", cut_flipped=flipped))
