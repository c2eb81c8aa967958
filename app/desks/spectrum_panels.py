"""The sections of the spectrum desk."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polyscope.imgui as imgui
import polyscope.implot as implot

from app.model.commands import change
from app.model.computed import BasisItem
from app.model.items import Layer, ShapeItem
from app.window.application import Application
from app.window.ui.plots import box, key, line, mouse_at, plot, points
from app.window.ui.theme import RGB, rgb
from app.window.ui.widgets import Ui
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.compare import Comparison, reconstruction_errors, weyl_eigenvalues

SECOND: RGB = rgb("#c26a12")
"""The second line of a plot; told from the accent by lightness as well."""


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


def flip_mode(app: Application, basis: BasisItem, mode: int) -> None:
    """Turn the sign of one mode."""
    flipped = tuple(sorted(set(basis.flipped) ^ {mode}))
    app.do(change(basis.id, f"Flip {basis.column_names()(mode)} of {basis.label}", flipped=flipped))


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


def draw_eigenvalues(app: Application, ui: Ui, basis: BasisItem, other: BasisItem | None, shape: ShapeItem) -> None:
    """The eigenvalue curve with Weyl's line; a click shows the mode."""
    evals = basis.basis.evals
    index = np.arange(len(evals))
    top = max(float(evals[-1]), float(other.basis.evals[-1]) if other else 0.0, 1e-12)
    last = max(len(evals), len(other.basis.evals) if other else 0)
    with plot(ui, "eigenvalues", "mode", "λ", limits=(-0.02 * last, 1.02 * last, -0.04 * top, 1.06 * top)) as shown:
        if not shown:
            return
        for run in clusters(basis):
            span = float(evals[run[-1]] - evals[run[0]])
            middle, height = (evals[run[0]] + evals[run[-1]]) / 2, max(span, 0.05 * top)
            box((run[0] - 0.5, run[-1] + 0.5), (middle - height / 2, middle + height / 2), ui.theme.accent)
        area = float(basis.basis.mass.sum())
        line(ui, "Weyl: 4π i / area", index, weyl_eigenvalues(area, len(evals)), ui.theme.faint, weight=1.0)
        if other is not None:
            line(ui, other.label, np.arange(other.basis.k), other.basis.evals, SECOND)
        line(ui, basis.label, index, evals, ui.theme.accent)
        mode = shown_mode(app, basis)
        points(ui, "##now", np.array([mode]), evals[mode : mode + 1], ui.theme.text, size=4)
        at = mouse_at()
    if at is not None:
        show_mode(app, basis, round(at[0]))
    beside = [(SECOND, other.label)] if other is not None else []
    key(ui, (ui.theme.accent, basis.label), *beside, (ui.theme.faint, "Weyl's law"))
    slope = weyl_ratio(basis)
    ui.faint(f"Slope against Weyl's law: {slope:.3f}. Boxes hold near-equal eigenvalues. Click to show a mode.")


def draw_comparison(app: Application, ui: Ui, basis: BasisItem, other: BasisItem, result: Comparison | None) -> None:
    """Mode by mode, and span by span."""
    if result is None:
        ui.faint("Comparing…")
        return
    k = len(result.products)
    with plot(ui, "cosines", "mode", "", height=150, limits=(-0.02 * k, 1.02 * k, 0.0, 1.05)) as shown:
        if shown:
            implot.SetNextFillStyle((*ui.theme.accent, 0.8))
            implot.PlotBars("cosine of each mode", np.ascontiguousarray(np.abs(result.products)), 0.8)
            line(ui, "overlap of the spans", np.arange(k), result.overlaps, SECOND)
    key(ui, (ui.theme.accent, "cosine of each mode"), (SECOND, "overlap of the spans"))
    mode = min(shown_mode(app, basis), k - 1)
    name = basis.column_names()(mode)
    ui.text(
        f"{name}: cosine {abs(result.products[mode]):.4f}, overlap of the first {mode + 1}: {result.overlaps[mode]:.4f}"
    )
    apart = pointing_apart(basis, other, result)
    reason = "" if apart else "All signs agree already."
    if ui.button("Align signs", "align", reason=reason, tip=f"Flips {len(apart)} modes of {other.label}"):
        align_signs(app, basis, other, result)


def pointing_apart(basis: BasisItem, other: BasisItem, result: Comparison) -> set[int]:
    """Modes that have opposite signs in the two bases, as they are shown."""
    return {i for i, product in enumerate(result.products) if basis.sign(i) * other.sign(i) * product < 0}


def align_signs(app: Application, basis: BasisItem, other: BasisItem, result: Comparison) -> None:
    """Flip the modes of `other` that point away from those of `basis`."""
    flipped = tuple(sorted(set(other.flipped) ^ pointing_apart(basis, other, result)))
    app.do(change(other.id, f"Align the signs of {other.label} with {basis.label}", flipped=flipped))


def draw_rebuild(app: Application, ui: Ui, shape: ShapeItem, basis: BasisItem) -> None:
    """A slider over how many modes make the shape, and how far off it then is."""
    mine = shape.rebuilt_from == basis.id
    k = shape.rebuilt_k if mine else 0
    changed, k = ui.slider_int("Modes (0 shows the shape itself)", k, 0, basis.basis.k)
    if changed:
        app.do(change(shape.id, f"Rebuild {shape.label} from {k} modes", rebuilt_from=basis.id, rebuilt_k=k))
    errors = rebuild_errors(basis, shape)
    with plot(ui, "errors", "modes", "relative error", height=140) as shown:
        if shown:
            line(ui, "error", np.arange(len(errors)), errors, ui.theme.accent)
            points(ui, "##now", np.array([k]), errors[k : k + 1], ui.theme.text, size=4)
    ui.text(f"With {k} modes the coordinates are {100 * errors[k]:.2f} % off." if k else "Not rebuilt.")


def clusters(basis: BasisItem) -> list[range]:
    """Runs of near-equal eigenvalues, found once per basis."""
    return _kept(basis, "clusters", lambda: _clusters(basis))


def rebuild_errors(basis: BasisItem, shape: ShapeItem) -> np.ndarray:
    """(k + 1,) relative error of the coordinates after each number of modes, found once per basis."""
    return _kept(basis, "errors", lambda: reconstruction_errors(basis.basis, shape.unit_vertices))


def weyl_ratio(basis: BasisItem) -> float:
    """Slope of the upper half of the eigenvalues, over that of Weyl's law."""
    evals = basis.basis.evals
    if len(evals) < 4:
        return float("nan")
    half = len(evals) // 2
    slope = np.polyfit(np.arange(half, len(evals)), evals[half:], 1)[0]
    return float(slope * basis.basis.mass.sum() / (4 * np.pi))


def _clusters(basis: BasisItem) -> list[range]:
    from geomlearn.spectral.eigenbasis import eigenvalue_clusters

    return eigenvalue_clusters(basis.basis.evals, rtol=5e-3)


_KEPT: weakref.WeakKeyDictionary[Basis, dict[str, Any]] = weakref.WeakKeyDictionary()


def _kept(basis: BasisItem, name: str, make: Callable[[], Any]) -> Any:
    """A value that belongs to one basis, made on first demand."""
    values = _KEPT.setdefault(basis.basis, {})
    if name not in values:
        values[name] = make()
    return values[name]
