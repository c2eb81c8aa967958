"""Walk the modes of a basis: the slider, the sign, the cluster a mode stands in."""

from __future__ import annotations

from dataclasses import replace

import polyscope.imgui as imgui

from geomlearn.app.desks.spectrum.facts import clusters
from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.items import Layer
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.timeline import show_moment
from geomlearn.app.window.ui.widgets import Ui


def current_basis(app: Application) -> BasisItem | None:
    """The basis in focus, else the one shown on the shape in focus, else its newest."""
    if isinstance(app.item, BasisItem):
        return app.item
    if isinstance(app.source, BasisItem):
        return app.source
    bases = app.scene.children(app.shape.id, BasisItem) if app.shape else ()
    return bases[-1] if bases else None


def needs_modes(app: Application) -> str:
    """The reason why there is no mode to walk."""
    return "" if current_basis(app) else "There is no basis yet. Compute one with S."


def _in_time(app: Application) -> FieldItem | None:
    """The field in time that the shape in focus shows."""
    field = app.source
    return field if isinstance(field, FieldItem) and len(field.times) > 1 else None


def shown_mode(app: Application, basis: BasisItem) -> int:
    """The mode of this basis that its shape shows; 0 when it shows something else."""
    layer = app.scene[basis.owner].layer
    return layer.column if layer is not None and layer.source == basis.id else 0


def show_mode(app: Application, basis: BasisItem, mode: int) -> None:
    """Colour the shape with a mode; a row of such steps is one step of the history."""
    mode = min(max(mode, 0), basis.basis.k - 1)
    layer = app.scene[basis.owner].layer
    layer = replace(layer, column=mode) if layer and layer.source == basis.id else Layer(source=basis.id, column=mode)
    app.do(change(basis.owner, layer=layer))


def needs_steps(app: Application) -> str:
    """The reason why the arrows have nothing to walk through."""
    return "" if _in_time(app) else needs_modes(app)


def step(app: Application, by: int) -> None:
    """Show the next or the previous mode, or moment where the shape in focus shows a field in time."""
    field = _in_time(app)
    if field is not None:
        frame = min(max(field.frame(app.shape.layer.column) + by, 0), len(field.times) - 1)
        show_moment(app, float(field.times[frame]))
        return
    basis = current_basis(app)
    show_mode(app, basis, shown_mode(app, basis) + by)


def flip_mode(app: Application, basis: BasisItem, mode: int) -> None:
    """Turn the sign of one mode."""
    flipped = tuple(sorted(set(basis.flipped) ^ {mode}))
    app.do(change(basis.id, f"Flip {basis.column_names()(mode)} of {basis.label}", flipped=flipped))


def flip(app: Application) -> None:
    """Show the present mode with the other sign."""
    basis = current_basis(app)
    flip_mode(app, basis, shown_mode(app, basis))


def draw_modes(app: Application, ui: Ui, basis: BasisItem) -> None:
    """Walk the modes."""
    mode = shown_mode(app, basis)
    side = imgui.GetFrameHeight()
    if ui.icon("back", "previous", tip="Previous mode (Left)"):
        show_mode(app, basis, mode - 1)
    ui.same_line(2)
    imgui.SetNextItemWidth(ui.width - side - ui.px(2))
    changed, chosen = imgui.SliderInt("###mode", mode, 0, basis.basis.k - 1, f"{basis.column_names()(mode)}")
    ui.record_item("mode")
    if changed:
        show_mode(app, basis, chosen)
    ui.same_line(2)
    if ui.icon("forward", "next", tip="Next mode (Right)"):
        show_mode(app, basis, mode + 1)
    imgui.AlignTextToFramePadding()
    ui.text(f"λ = {basis.basis.evals[mode]:.6g}")
    ui.same_line(16)
    if ui.link("Flip sign", "flip", tip="An eigenfunction has no sign of its own (X)"):
        flip_mode(app, basis, mode)
    cluster = next((run for run in clusters(basis) if mode in run), None)
    if cluster is not None:
        names = basis.column_names()
        first, last = names(cluster[0]), names(cluster[-1])
        ui.faint(f"{first} to {last} have nearly one eigenvalue: only their span means something, not each of them.")
