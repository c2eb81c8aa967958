"""Where the panels are: floating cards around the stage, computed anew each frame from the window's size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rect:
    """A rectangle in pixels, y downwards."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def overlaps(self, other: Rect) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True)
class Layout:
    """The cards, and `stage`: what nothing covers of the picture. `steps`, `pages` and `card` lie at its foot."""

    top: Rect
    left: Rect
    right: Rect
    bottom: Rect
    timeline: Rect
    status: Rect
    stage: Rect
    steps: Rect
    pages: Rect
    card: Rect


MARGIN = 8.0
TOP, LEFT, RIGHT, BOTTOM, TIMELINE, STATUS, STEPS, CARD = 44.0, 236.0, 356.0, 46.0, 52.0, 24.0, 46.0, 500.0


def arrange(
    size: tuple[float, float],
    scale: float = 1.0,
    *,
    panels: bool = True,
    timeline: bool = False,
    steps: bool = False,
    pages: bool = False,
    card: float = 0.0,
    left: float = LEFT,
    right: float = RIGHT,
) -> Layout:
    """Places for everything in a window of `size` pixels.

    Parameters
    ----------
    scale     of the interface.
    panels    false hides all cards: the stage is the whole window.
    timeline  whether there is something that moves.
    steps     whether the first steps are offered.
    pages     whether pages can be turned.
    card      height in pixels of what was measured; it gets at most half of the stage.
    left, right  wanted widths of the tree and of the desk, at scale 1.
    """
    width, height = size
    m = MARGIN * scale
    if not panels:
        none = Rect(0, 0, 0, 0)
        stage = Rect(m, m, width - 2 * m, height - 2 * m)
        return Layout(none, none, none, none, none, none, *_footed(stage, (0.0, 0.0, card), scale))
    # On a narrow window the desk and the tree give way, never the stage: it keeps two fifths.
    side = left + right
    give = min(1.0, 0.6 * width / (side * scale + 4 * m))
    left_w, right_w = left * scale * give, right * scale * give
    status = Rect(0, height - STATUS * scale, width, STATUS * scale)
    top = Rect(m, m, width - 2 * m, TOP * scale)
    bottom = Rect(m, status.y - BOTTOM * scale, width - 2 * m, BOTTOM * scale)
    floor = bottom.y - m
    lane = Rect(m, floor - TIMELINE * scale, width - 2 * m, TIMELINE * scale) if timeline else Rect(m, floor, 0, 0)
    ceiling = top.bottom + m
    low = lane.y - m if timeline else floor
    tree = Rect(m, ceiling, left_w, low - ceiling)
    desk = Rect(width - m - right_w, ceiling, right_w, low - ceiling)
    stage = Rect(tree.right + m, ceiling, desk.x - tree.right - 2 * m, low - ceiling)
    return Layout(
        top,
        tree,
        desk,
        bottom,
        lane,
        status,
        *_footed(stage, (STEPS * scale * steps, STEPS * scale * pages, card), scale),
    )


def _footed(whole: Rect, heights: tuple[float, float, float], scale: float) -> tuple[Rect, Rect, Rect, Rect]:
    """The stage without what stands at its foot, and that: steps, pages above them, the card; heights in pixels."""
    m = MARGIN * scale
    floor, foot = whole.bottom, []
    for height, width in zip(heights, (whole.w, min(CARD * scale, whole.w), min(CARD * scale, whole.w)), strict=True):
        height = min(height, 0.5 * whole.h)
        foot.append(Rect(whole.centre[0] - width / 2, floor - height, width, height))
        floor -= height + m if height else 0.0
    return Rect(whole.x, whole.y, whole.w, floor - whole.y), *foot
