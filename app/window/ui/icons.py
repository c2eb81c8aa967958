"""Small drawn signs: the font has none, and an image would need a texture."""

from __future__ import annotations

from typing import Any

Point = tuple[float, float]


def draw_icon(lines: Any, kind: str, centre: Point, r: float, color: int, scale: float) -> None:
    """Draw the sign `kind` of radius `r` around `centre` into an ImGui draw list."""
    _SIGNS[kind](lines, *centre, r, color, 1.6 * scale)


def _eye(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    for sign in (-1, 1):
        control = y + sign * r * 1.1
        lines.AddBezierQuadratic((x - 1.3 * r, y), (x, control + sign * r * 0.3), (x + 1.3 * r, y), color, w)
    lines.AddCircleFilled((x, y), 0.45 * r, color)


def _close(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    lines.AddLine((x - r * 0.8, y - r * 0.8), (x + r * 0.8, y + r * 0.8), color, w)
    lines.AddLine((x - r * 0.8, y + r * 0.8), (x + r * 0.8, y - r * 0.8), color, w)


def _play(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    lines.AddTriangleFilled((x - 0.7 * r, y - r), (x - 0.7 * r, y + r), (x + r, y), color)


def _pause(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    for side in (-0.55, 0.55):
        lines.AddRectFilled((x + side * r - 0.3 * r, y - r), (x + side * r + 0.3 * r, y + r), color)


def _turn(lines: Any, x: float, y: float, r: float, color: int, w: float, sign: int) -> None:
    """An arrow that goes up and bends back."""
    tip = x - sign * r
    lines.AddBezierCubic(
        (tip, y - 0.3 * r),
        (x + sign * r, y - 0.6 * r),
        (x + sign * 1.5 * r, y + r),
        (x - sign * 0.2 * r, y + r),
        color,
        w,
    )
    lines.AddLine((tip, y - 0.3 * r), (tip + sign * 0.7 * r, y - r), color, w)
    lines.AddLine((tip, y - 0.3 * r), (tip + sign * 0.7 * r, y + 0.4 * r), color, w)


def _undo(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    _turn(lines, x, y, r, color, w, 1)


def _redo(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    _turn(lines, x, y, r, color, w, -1)


def _back(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    lines.AddLine((x + 0.5 * r, y - r), (x - 0.5 * r, y), color, w)
    lines.AddLine((x - 0.5 * r, y), (x + 0.5 * r, y + r), color, w)


def _forward(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    lines.AddLine((x - 0.5 * r, y - r), (x + 0.5 * r, y), color, w)
    lines.AddLine((x + 0.5 * r, y), (x - 0.5 * r, y + r), color, w)


def _dots(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    for shift in (-r, 0.0, r):
        lines.AddCircleFilled((x + shift, y), 0.22 * r + 0.4 * w, color)


def _plus(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    lines.AddLine((x - r, y), (x + r, y), color, w)
    lines.AddLine((x, y - r), (x, y + r), color, w)


def _search(lines: Any, x: float, y: float, r: float, color: int, w: float) -> None:
    lines.AddCircle((x - 0.2 * r, y - 0.2 * r), 0.75 * r, color, 0, w)
    lines.AddLine((x + 0.35 * r, y + 0.35 * r), (x + r, y + r), color, w)


_SIGNS = {
    "eye": _eye,
    "close": _close,
    "play": _play,
    "pause": _pause,
    "undo": _undo,
    "redo": _redo,
    "back": _back,
    "forward": _forward,
    "dots": _dots,
    "plus": _plus,
    "search": _search,
}
