"""Legends: which numbers the colours on the stage mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polyscope import imgui

from geomlearn.app.model.glyphs import VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.layers import Picture, picture
from geomlearn.app.model.view.marks import arrow_picture
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui

_STEPS = 64
BAR, _ABREAST, _MOST_BARS = 52.0, 3, 6
"""Height of a legend at scale 1; so many stand side by side, and so many there are at most."""


@dataclass(frozen=True)
class Bar:
    """A legend: the picture whose colours it shows, its words, and what stands at its ends."""

    picture: Picture
    title: str
    ends: tuple[str, str]


def draw_legends(scene: Scene, ui: Ui, stage: Rect, *, ground: bool = True) -> None:
    """One bar per distinct colouring, at the top of the stage: what it is, its ends; over shapes on a `ground`."""
    if not scene.stage.legend:
        return
    gap, y = ui.px(28), stage.y + ui.px(10)
    for row in legend_rows(scene):
        width = min(ui.px(250), (stage.w - gap * (len(row) + 1)) / len(row))
        x = stage.centre[0] - (width * len(row) + gap * (len(row) - 1)) / 2
        for bar in row:
            if ground:
                _ground(ui, x, y, width)
            _legend(ui, bar, x, y, width)
            x += width + gap
        y += ui.px(BAR)


def legend_rows(scene: Scene) -> list[list[Bar]]:
    """The bars, so many to a row that their words can be read."""
    found = bars(scene)
    return [found[at : at + _ABREAST] for at in range(0, len(found), _ABREAST)]


def bars(scene: Scene) -> list[Bar]:
    """The colourings to explain. Pictures that share a range share the bar; where ranges are too many to be shown,
    pictures of one quantity do, and the bar says that each has a range of its own.
    """
    shown = [one for item in scene.of(ShapeItem) if item.visible and (one := picture(scene, item)) is not None]
    shown = [one for one in shown if one.style != "color"]
    shown += [one for arrows in scene.of(VectorsItem) if (one := arrow_picture(scene, arrows)) is not None]
    groups: dict[tuple[object, ...], list[Picture]] = {}
    for one in shown:
        groups.setdefault((one.family or one.title, one.limits, one.colormap), []).append(one)
    if len(groups) <= _MOST_BARS:
        return [
            Bar(group[0], group[0].title + " · shared range" * (len(group) > 1), _ends(group[0]))
            for group in groups.values()
        ]
    alike = {(one.title, one.colormap): one for one in shown}
    return [
        Bar(replace(one, beyond=(False, False)), f"{one.title} · each its own range", ("least", "greatest"))
        for one in alike.values()
    ][:_MOST_BARS]


def _ends(one: Picture) -> tuple[str, str]:
    size = max(abs(limit) for limit in one.limits)
    low, high = (f"{limit if abs(limit) > 1e-6 * size else 0.0:.3g}" for limit in one.limits)
    return low, high


def _ground(ui: Ui, x: float, y: float, width: float) -> None:
    """A legend may lie over a shape that came near: its words must be read all the same."""
    color = imgui.GetColorU32((*ui.theme.stage, 0.78))
    corner, far = (x - ui.px(10), y - ui.px(4)), (x + width + ui.px(10), y + ui.px(BAR) - ui.px(6))
    imgui.GetBackgroundDrawList().AddRectFilled(corner, far, color, ui.px(6))


def _legend(ui: Ui, bar: Bar, x: float, y: float, width: float) -> None:
    one, title, (low, high) = bar.picture, bar.title, bar.ends
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
    below = top + height + ui.px(2)
    lines.AddText((x, below), faint, low)
    lines.AddText((x + width - imgui.CalcTextSize(high)[0], below), faint, high)
    if one.style == "symmetric":
        lines.AddText((x + (width - imgui.CalcTextSize("0")[0]) / 2, below), faint, "0")
    ui.record("legend", Rect(x, y, width, below + ui.em - y))
