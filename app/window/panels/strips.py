"""Along the bottom: the history, the jobs, the status line."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.jobs.job import Job, State
from geomlearn.app.model.history import Node
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.view.layers import picture
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui


def draw_history(app: Application, ui: Ui, rect: Rect) -> None:
    """Every state on the way here as a chip; click one to be there. Left-behind branches hide behind the dots."""
    # It follows the present by itself, and the wheel moves it: a bar would take a third of its height.
    flags = imgui.ImGuiWindowFlags_NoScrollbar | imgui.ImGuiWindowFlags_HorizontalScrollbar
    with ui.panel("history", rect, flags=flags, padding=False):
        imgui.SetCursorPosY((rect.h - imgui.GetFrameHeight()) / 2)
        now = app.history.now
        path, future = app.history.path(), app.history.future()
        for node in [*path[-12:], *future[:6]]:
            _chip(app, ui, node, active=node is now, ahead=node in future)
            if node is now and imgui.GetScrollMaxX() > 0:
                imgui.SetScrollHereX(0.7)
            imgui.SameLine(0.0, ui.px(4))
            others = app.history.siblings(node.number)
            if others:
                _branches(app, ui, node, others)


def _chip(app: Application, ui: Ui, node: Node, *, active: bool, ahead: bool) -> None:
    title = node.title if len(node.title) < 34 else node.title[:32] + "…"
    title += " ●" * bool(node.notes)
    if ahead:
        imgui.PushStyleColor(imgui.ImGuiCol_Text, (*ui.theme.faint, 1.0))
    tip = "\n".join([node.title, *(note for note, _ in node.notes)])
    if ui.button(title, f"step {node.number}", primary=active, tip=tip):
        app.go(node.number)
    if ahead:
        imgui.PopStyleColor()
    if imgui.BeginPopupContextItem(f"step menu {node.number}"):
        if imgui.MenuItem("Copy as command"):
            app.copy(app.history.copied(node.number).shell, "the command")
        if imgui.MenuItem("Copy as Python"):
            app.copy(app.history.copied(node.number).python, "Python")
        imgui.EndPopup()


def _branches(app: Application, ui: Ui, node: Node, others: list[Node]) -> None:
    if ui.icon(
        "dots", f"branches {node.number}", tip=f"{len(others)} other branch{'es' * (len(others) > 1)} from here"
    ):
        imgui.OpenPopup(f"branches {node.number}")
    if imgui.BeginPopup(f"branches {node.number}"):
        with ui.scope(f"branches {node.number}"):
            for other in others:
                if ui.selectable(other.title, f"to {other.number}"):
                    app.go(other.number)
        imgui.EndPopup()
    imgui.SameLine(0.0, ui.px(4))


def draw_jobs(app: Application, ui: Ui, stage: Rect) -> None:
    """A card at the foot of the stage for what runs and waits."""
    jobs = [job for job in app.runner.active if job.lane != "dialog"]
    if not jobs:
        return
    row = ui.px(66)
    width = min(ui.px(440), stage.w - ui.px(16))
    height = row * min(len(jobs), 3) + ui.px(18)
    rect = Rect(stage.centre[0] - width / 2, stage.bottom - height - ui.px(6), width, height)
    # A key pressed twice must not fall on the Cancel that has just appeared.
    with ui.panel("jobs", rect, flags=imgui.ImGuiWindowFlags_NoFocusOnAppearing, front=True):
        for job in jobs[:3]:
            with ui.scope(f"job {job.number}"):
                _job(app, ui, job)


def _job(app: Application, ui: Ui, job: Job) -> None:
    ui.text(job.title)
    # A training keeps its checkpoint: what stops it here is no cancel.
    word = "Pause" if job.lane == "learn" else "Cancel"
    side = imgui.CalcTextSize(word)[0] + ui.px(20)
    imgui.SameLine(imgui.GetContentRegionAvail()[0] + imgui.GetCursorPosX() - side)
    if ui.button(word, "cancel", width=side, reason="Stopping…" if job.state == State.CANCELLING else ""):
        app.runner.cancel(job)
    fraction = job.fraction if job.fraction > 0 else -0.4 * imgui.GetTime()
    ui.progress(0.0 if job.state == State.QUEUED else fraction)
    ui.faint(_times(job))


def _times(job: Job) -> str:
    if job.state == State.QUEUED:
        return "waiting for the one before"
    left = job.remaining_s
    parts = [job.note, f"{job.elapsed_s:.0f} s", f"{left:.0f} s left" if left is not None else ""]
    return " · ".join(part for part in parts if part)


def draw_status(app: Application, ui: Ui, rect: Rect, renderer: str) -> None:
    """One line: what the pointer is on with its value, and what draws."""
    lines = imgui.GetBackgroundDrawList()
    y = rect.y + (rect.h - ui.em) / 2
    color = imgui.GetColorU32((*ui.theme.faint, 1.0))
    lines.AddText((rect.x + ui.px(18), y), color, hover_text(app) or _hint(app))
    shown = [item for item in app.scene.of(ShapeItem) if item.visible]
    counts = f"{sum(i.shape.n_vertices for i in shown):,} vertices   ·   {renderer}" if shown else renderer
    lines.AddText((rect.right - imgui.CalcTextSize(counts)[0] - ui.px(18), y), color, counts)


def hover_text(app: Application) -> str:
    """What the pointer is on: the shape, the vertex, where it is, and its value."""
    if app.hit is None or app.hit.shape_id not in app.scene:
        return ""
    item = app.scene[app.hit.shape_id]
    x, y, z = item.shape.vertices[app.hit.vertex]
    text = f"{item.label}   ·   vertex {app.hit.vertex}   ·   ({x:.4g}, {y:.4g}, {z:.4g})"
    shown = picture(app.scene, item)
    if shown is not None and shown.style != "color":
        text += f"   ·   {shown.title}: {shown.values[app.hit.vertex]:.5g}"
    return text


def _hint(app: Application) -> str:
    return "H shows all keys   ·   Ctrl+K finds any command" if app.scene.items else "Drop a file anywhere"
