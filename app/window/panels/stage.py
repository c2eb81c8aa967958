"""What is drawn over the stage itself: legends, names, messages."""

from __future__ import annotations

from polyscope import imgui

from geomlearn.app.model.glyphs import VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.layers import Picture, picture
from geomlearn.app.model.view.marks import arrow_picture
from geomlearn.app.model.view.place import caption_of, world_points
from geomlearn.app.window.application import Application
from geomlearn.app.window.notices import Notice
from geomlearn.app.window.stage.camera import projection
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.theme import mix
from geomlearn.app.window.ui.widgets import Ui

_STEPS = 64
_AXIS, _SCALE_BAR = 44.0, 34.0
"""Pixels at scale 1 that the numbers of axes need on a side, and the scale bar below."""
_BAR, _ABREAST, _MOST_BARS = 52.0, 3, 6
"""Height of a legend at scale 1; so many stand side by side, and so many there are at most."""


def free_stage(scene: Scene, ui: Ui, stage: Rect) -> Rect:
    """The stage without what legend, names, scale bar and the numbers of axes take of it."""
    above = ui.px(_BAR) * len(_legend_rows(scene)) if scene.stage.legend else 0.0
    below = ui.px(20) if len([item for item in scene.of(ShapeItem) if item.visible]) > 1 else 0.0
    beside = ui.px(_AXIS) if scene.stage.axes else 0.0
    below += beside or ui.px(_SCALE_BAR) * scene.stage.scale_bar
    return Rect(stage.x + beside, stage.y + above, stage.w - 2 * beside, max(stage.h - above - below, ui.em))


def draw_legends(scene: Scene, ui: Ui, stage: Rect, *, ground: bool = True) -> None:
    """One bar per distinct colouring, at the top of the stage: what it is, its ends; over shapes on a `ground`."""
    if not scene.stage.legend:
        return
    gap, y = ui.px(28), stage.y + ui.px(10)
    for row in _legend_rows(scene):
        width = min(ui.px(250), (stage.w - gap * (len(row) + 1)) / len(row))
        x = stage.centre[0] - (width * len(row) + gap * (len(row) - 1)) / 2
        for one, title in row:
            if ground:
                _ground(ui, x, y, width)
            _legend(ui, one, title, x, y, width)
            x += width + gap
        y += ui.px(_BAR)


def _legend_rows(scene: Scene) -> list[list[tuple[Picture, str]]]:
    """The bars, so many to a row that their words can be read."""
    bars = _bars(scene)
    return [bars[at : at + _ABREAST] for at in range(0, len(bars), _ABREAST)]


def _bars(scene: Scene, most: int = _MOST_BARS) -> list[tuple[Picture, str]]:
    """The colourings to explain, with their titles; pictures that share a range share the bar."""
    groups: dict[tuple[object, ...], list[Picture]] = {}
    for item in scene.of(ShapeItem):
        one = picture(scene, item) if item.visible else None
        if one is not None and one.style != "color":
            groups.setdefault((one.family or one.title, one.limits, one.colormap), []).append(one)
    for arrows in scene.of(VectorsItem):
        if (one := arrow_picture(scene, arrows)) is not None:
            groups[one.title, one.limits, one.colormap] = [one]
    return [(group[0], group[0].title + " · shared range" * (len(group) > 1)) for group in groups.values()][:most]


def _ground(ui: Ui, x: float, y: float, width: float) -> None:
    """A legend may lie over a shape that came near: its words must be read all the same."""
    color = imgui.GetColorU32((*ui.theme.stage, 0.78))
    corner, far = (x - ui.px(10), y - ui.px(4)), (x + width + ui.px(10), y + ui.px(_BAR) - ui.px(6))
    imgui.GetBackgroundDrawList().AddRectFilled(corner, far, color, ui.px(6))


def _legend(ui: Ui, one: Picture, title: str, x: float, y: float, width: float) -> None:
    lines = imgui.GetBackgroundDrawList()
    text, faint = (imgui.GetColorU32((*color, 1.0)) for color in (ui.theme.text, ui.theme.faint))
    while imgui.CalcTextSize(title)[0] > width and len(title) > 4:
        title = title[:-2] + "…"
    lines.AddText((x + (width - imgui.CalcTextSize(title)[0]) / 2, y), text, title)
    top, height = y + ui.em + ui.px(4), ui.px(9)
    colors = colormap(one.colormap)
    for step in range(_STEPS):
        one_color = imgui.GetColorU32((*map(float, colors[round(step * 255 / (_STEPS - 1))]), 1.0))
        lines.AddRectFilled(
            (x + width * step / _STEPS, top), (x + width * (step + 1) / _STEPS + 1, top + height), one_color
        )
    for end, over in enumerate(one.beyond):
        if over:
            # An arrow where the values go on beyond the colours.
            edge, out = x + width * end, ui.px(7) * (1 if end else -1)
            color = imgui.GetColorU32((*map(float, colors[255 * end]), 1.0))
            corners = (edge + out, top + height / 2), (edge, top), (edge, top + height)
            lines.AddTriangleFilled(*corners, color)
            lines.AddTriangle(*corners, faint)
            ui.record(f"beyond {('low', 'high')[end]}", Rect(min(edge, edge + out), top, abs(out), height))
    size = max(abs(limit) for limit in one.limits)
    low, high = (f"{limit if abs(limit) > 1e-6 * size else 0.0:.3g}" for limit in one.limits)
    below = top + height + ui.px(2)
    lines.AddText((x, below), faint, low)
    lines.AddText((x + width - imgui.CalcTextSize(high)[0], below), faint, high)
    if one.style == "symmetric":
        lines.AddText((x + (width - imgui.CalcTextSize("0")[0]) / 2, below), faint, "0")
    ui.record("legend", Rect(x, y, width, below + ui.em - y))


def draw_names(scene: Scene, ui: Ui, stage: Rect, focus: str = "") -> None:
    """Each shape's name under it, once there are two; the one in focus in colour."""
    shapes = [item for item in scene.of(ShapeItem) if item.visible]
    if len(shapes) < 2 or scene.stage.layout != "row":
        return
    camera = projection()
    lines = imgui.GetBackgroundDrawList()
    for item in shapes:
        step = max(1, item.shape.n_vertices // 500)
        screen, depth = camera.to_screen(world_points(scene, item, slice(None, None, step)))
        if len(screen) == 0 or depth.min() <= 0:
            continue
        name = caption_of(scene, item)
        width = imgui.CalcTextSize(name)[0]
        x = (screen[:, 0].min() + screen[:, 0].max()) / 2 - width / 2
        y = min(screen[:, 1].max() + ui.px(10), stage.bottom - ui.em - ui.px(4))
        if stage.contains(x, y) and stage.contains(x + width, y):
            color = ui.theme.link if item.id == focus else ui.theme.faint
            lines.AddText((x, y), imgui.GetColorU32((*color, 1.0)), name)
            ui.record(f"name {name}", Rect(x, y, width, ui.em))


def draw_notices(app: Application, ui: Ui, stage: Rect) -> None:
    """Messages as cards at the top right of the stage, newest last."""
    app.notices.tidy()
    width = min(ui.px(380), stage.w - ui.px(16))
    y = stage.y + ui.px(64)
    for number, notice in enumerate(list(app.notices.shown)):
        y += _notice(app, ui, notice, number, Rect(stage.right - width, y, width, 0)) + ui.px(6)


def _notice(app: Application, ui: Ui, notice: Notice, number: int, rect: Rect) -> float:
    color = {"error": ui.theme.error, "warning": ui.theme.warn}.get(notice.kind, ui.theme.link)
    imgui.SetNextWindowPos((rect.x, rect.y))
    imgui.SetNextWindowSize((rect.w, 0.0))
    flags = imgui.ImGuiWindowFlags_NoTitleBar | imgui.ImGuiWindowFlags_NoMove | imgui.ImGuiWindowFlags_NoSavedSettings
    flags |= (
        imgui.ImGuiWindowFlags_AlwaysAutoResize
        | imgui.ImGuiWindowFlags_NoFocusOnAppearing
        | imgui.ImGuiWindowFlags_NoResize
    )
    imgui.PushStyleColor(imgui.ImGuiCol_Border, (*mix(ui.theme.line, color, 0.6), 1.0))
    imgui.Begin(f"###notice {id(notice)}", flags)
    imgui.PopStyleColor()
    try:
        with ui.scope(f"notice {number}"):
            _words(app, ui, notice, color, rect.w)
        return imgui.GetWindowHeight()
    finally:
        imgui.End()


def _words(app: Application, ui: Ui, notice: Notice, color: tuple[float, float, float], width: float) -> None:
    side = imgui.GetFrameHeight()
    imgui.PushTextWrapPos(width - side - ui.px(16))
    repeated = f"  ({notice.count}×)" if notice.count > 1 else ""
    imgui.TextColored((*(color if notice.kind != "news" else ui.theme.text), 1.0), "")
    imgui.SameLine(0.0, 0.0)
    imgui.PushStyleColor(imgui.ImGuiCol_Text, (*(color if notice.kind != "news" else ui.theme.text), 1.0))
    imgui.TextUnformatted(notice.message + repeated)
    imgui.PopStyleColor()
    imgui.PopTextWrapPos()
    imgui.SameLine(width - side - ui.px(8))
    if ui.icon("close", "dismiss", tip="Dismiss (Esc)"):
        app.notices.dismiss(notice)
    if notice.hint:
        ui.text(notice.hint)
    for label, work in notice.buttons:
        if ui.button(label):
            app.notices.dismiss(notice)
            app.guard(label, work)
        ui.same_line()
    if notice.details:
        if ui.link("Hide details" if notice.open else "Show details", "details"):
            notice.open = not notice.open
        ui.same_line()
        if ui.link("Copy", "copy"):
            app.copy(f"{notice.message} {notice.hint}\n{notice.details}", "the message with its details")
        if notice.open:
            with ui.child("stack", (0, ui.px(160)), border=True):
                imgui.TextUnformatted(notice.details)
