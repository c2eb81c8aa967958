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
    """The cards, and `stage`: what nothing covers of the picture. `steps` … `console` lie at its foot."""

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
    console: Rect


MARGIN = 8.0
TOP, LEFT, RIGHT, BOTTOM, TIMELINE, STATUS = 44.0, 236.0, 356.0, 46.0, 52.0, 24.0
STEPS, CARD, CONSOLE = 46.0, 500.0, 168.0


def arrange(
    size: tuple[float, float],
    scale: float = 1.0,
    *,
    panels: bool = True,
    timeline: bool = False,
    steps: bool = False,
    pages: bool = False,
    card: float = 0.0,
    console: bool = False,
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
    console   whether it is open.
    card      height in pixels of what was measured; it gets at most half of the stage.
    left, right  wanted widths of the tree and of the desk, at scale 1.
    """
    width, height = size
    m = MARGIN * scale
    if not panels:
        none = Rect(0, 0, 0, 0)
        stage = Rect(m, m, width - 2 * m, height - 2 * m)
        return Layout(none, none, none, none, none, none, *_footed(stage, (0.0, 0.0, card, 0.0), scale))
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
    heights = (STEPS * scale * steps, STEPS * scale * pages, card, CONSOLE * scale * console)
    return Layout(top, tree, desk, bottom, lane, status, *_footed(stage, heights, scale))


def _footed(whole: Rect, heights: tuple[float, ...], scale: float) -> tuple[Rect, Rect, Rect, Rect, Rect]:
    """The stage without what stands at its foot, and that: steps, pages, the card, the console; heights in pixels.

    The steps lie lowest, then the console, which is used with everything else in sight, then pages and the card.
    """
    m = MARGIN * scale
    narrow = min(CARD * scale, whole.w)
    widths = (whole.w, narrow, narrow, whole.w)
    floor = whole.bottom
    foot: dict[int, Rect] = {}
    for number in (0, 3, 1, 2):
        # What is left to the stage is at least a third.
        height = max(min(heights[number], floor - whole.y - whole.h / 3 - m), 0.0)
        foot[number] = Rect(whole.centre[0] - widths[number] / 2, floor - height, widths[number], height)
        floor -= height + m if height else 0.0
    return Rect(whole.x, whole.y, whole.w, floor - whole.y), foot[0], foot[1], foot[2], foot[3]
