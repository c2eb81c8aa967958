"""Two themes with one accent each, and how they reach ImGui and ImPlot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RGB = tuple[float, float, float]


def rgb(text: str) -> RGB:
    """A colour from "#rrggbb"."""
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


@dataclass(frozen=True)
class Theme:
    """Named colours. Every text colour has a contrast of at least 4.5 : 1 on what it is written on (tested)."""

    name: str
    stage: RGB
    panel: RGB
    raised: RGB
    line: RGB
    text: RGB
    faint: RGB
    accent: RGB
    on_accent: RGB
    link: RGB
    good: RGB
    warn: RGB
    error: RGB
    edge: RGB
    shapes: tuple[RGB, ...]

    def tinted(self, amount: float) -> RGB:
        """The panel's colour with so much accent in it: selections and hovers."""
        return mix(self.panel, self.accent, amount)


LIGHT = Theme(
    name="light",
    stage=rgb("#f3f4f7"),
    panel=rgb("#ffffff"),
    raised=rgb("#eff1f5"),
    line=rgb("#dfe3ea"),
    text=rgb("#1c2330"),
    faint=rgb("#5b6475"),
    accent=rgb("#2f5fd0"),
    on_accent=rgb("#ffffff"),
    link=rgb("#2a56bd"),
    good=rgb("#1e7044"),
    warn=rgb("#8a5300"),
    error=rgb("#b3261e"),
    edge=rgb("#39424f"),
    shapes=tuple(rgb(c) for c in ("#8fa9cf", "#d9b48a", "#93bfa3", "#c79fbd", "#b9bcc4", "#8fc0c9")),
)
DARK = Theme(
    name="dark",
    stage=rgb("#16191f"),
    panel=rgb("#20242c"),
    raised=rgb("#2c313c"),
    line=rgb("#3a404d"),
    text=rgb("#e8ebf1"),
    faint=rgb("#a9b1c0"),
    accent=rgb("#3d6ae0"),
    on_accent=rgb("#ffffff"),
    link=rgb("#8fb0ff"),
    good=rgb("#79d29b"),
    warn=rgb("#f0bb62"),
    error=rgb("#ff9b92"),
    edge=rgb("#0c0e12"),
    shapes=tuple(rgb(c) for c in ("#93aed6", "#deba91", "#98c6a9", "#cfa6c5", "#c2c6d0", "#94c7d1")),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def luminance(color: RGB) -> float:
    """Relative luminance in [0, 1], WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio of two colours, 1 to 21, WCAG 2.1."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(one: RGB, other: RGB, amount: float) -> RGB:
    """`one` with `amount` of `other`."""
    return tuple(a + (b - a) * amount for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


FONT_SCALE = 0.86
"""Polyscope's built-in font comes at 18 pixels; panels read best at some 15."""


def apply(theme: Theme, scale: float) -> None:
    """Give ImGui and ImPlot this theme; sizes are in pixels and grow with `scale`."""
    from polyscope import imgui, implot

    style = imgui.GetStyle()
    (imgui.StyleColorsLight if theme is LIGHT else imgui.StyleColorsDark)()
    _sizes(style, scale)
    colors = style.Colors
    for name, color in _imgui_colors(theme).items():
        colors[getattr(imgui, f"ImGuiCol_{name}")] = color if len(color) == 4 else (*color, 1.0)
    (implot.StyleColorsLight if theme is LIGHT else implot.StyleColorsDark)()


def _sizes(style: Any, scale: float) -> None:
    style.FontScaleMain = FONT_SCALE
    for name, pair in {
        "WindowPadding": (14, 12),
        "FramePadding": (9, 5),
        "ItemSpacing": (8, 7),
        "ItemInnerSpacing": (7, 5),
        "CellPadding": (6, 4),
    }.items():
        setattr(style, name, (pair[0] * scale, pair[1] * scale))
    for name, value in {
        "WindowRounding": 10,
        "ChildRounding": 8,
        "FrameRounding": 6,
        "PopupRounding": 8,
        "GrabRounding": 6,
        "ScrollbarRounding": 6,
        "TabRounding": 6,
        "ScrollbarSize": 11,
        "GrabMinSize": 12,
        "IndentSpacing": 16,
        "WindowBorderSize": 1,
        "FrameBorderSize": 0,
        "PopupBorderSize": 1,
    }.items():
        setattr(style, name, float(value) * (scale if value > 1 else 1))


def _imgui_colors(theme: Theme) -> dict[str, tuple[float, ...]]:
    hover, active = theme.tinted(0.12), theme.tinted(0.22)
    return {
        "Text": theme.text,
        "TextDisabled": theme.faint,
        "WindowBg": theme.panel,
        "ChildBg": (*theme.panel, 0.0),
        "PopupBg": theme.panel,
        "Border": theme.line,
        "FrameBg": theme.raised,
        "FrameBgHovered": mix(theme.raised, theme.accent, 0.1),
        "FrameBgActive": mix(theme.raised, theme.accent, 0.18),
        "MenuBarBg": theme.panel,
        "ScrollbarBg": (*theme.panel, 0.0),
        "ScrollbarGrab": mix(theme.line, theme.faint, 0.25),
        "CheckMark": theme.link,
        # The number stands over the grab: it must stay readable.
        "SliderGrab": mix(theme.raised, theme.accent, 0.4),
        "SliderGrabActive": mix(theme.raised, theme.accent, 0.5),
        "Button": theme.raised,
        "ButtonHovered": mix(theme.raised, theme.accent, 0.14),
        "ButtonActive": mix(theme.raised, theme.accent, 0.26),
        "Header": hover,
        "HeaderHovered": hover,
        "HeaderActive": active,
        "Separator": theme.line,
        "PlotHistogram": theme.accent,
        "TextSelectedBg": (*theme.accent, 0.35),
        "NavCursor": theme.link,
        "ModalWindowDimBg": (0.0, 0.0, 0.0, 0.35),
        "TableHeaderBg": theme.raised,
        "TableBorderLight": theme.line,
        "TableBorderStrong": theme.line,
    }
