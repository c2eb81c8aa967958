"""Where things are drawn: panels, scopes, foldable parts, and the record by which tests and help point at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from polyscope import imgui

from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.theme import Theme

FIXED = (
    imgui.ImGuiWindowFlags_NoTitleBar
    | imgui.ImGuiWindowFlags_NoResize
    | imgui.ImGuiWindowFlags_NoMove
    | imgui.ImGuiWindowFlags_NoCollapse
    | imgui.ImGuiWindowFlags_NoSavedSettings
)


class Regions:
    """What one frame's widgets are drawn in.

    Attributes
    ----------
    rects   by path ("spectrum/run"), where each widget of the last frame was.
    heights by name, how high the content of a region was when it was drawn last.
    opened  by path, whether a foldable part is open; one that is not here yet begins as its caller says.
    """

    def __init__(self, theme: Theme, scale: float) -> None:
        self.theme = theme
        self.scale = scale
        self.rects: dict[str, Rect] = {}
        self.heights: dict[str, float] = {}
        self.opened: dict[str, bool] = {}
        self._path: list[str] = []

    def begin_frame(self) -> None:
        self.rects = {}
        self._path = []

    def px(self, pixels: float) -> float:
        """A length at scale 1 in pixels of this screen."""
        return pixels * self.scale

    @property
    def em(self) -> float:
        """Height of a line of text."""
        return imgui.GetFontSize()

    @property
    def width(self) -> float:
        """What is left of this line."""
        return imgui.GetContentRegionAvail()[0]

    @contextmanager
    def panel(
        self, name: str, rect: Rect, *, flags: int = 0, front: bool = False, padding: bool = True
    ) -> Iterator[None]:
        """A card at a fixed place."""
        imgui.SetNextWindowPos((rect.x, rect.y))
        imgui.SetNextWindowSize((max(rect.w, 1), max(rect.h, 1)))
        order = 0 if front else imgui.ImGuiWindowFlags_NoBringToFrontOnFocus
        if not padding:
            imgui.PushStyleVar(imgui.ImGuiStyleVar_WindowPadding, (self.px(6), self.px(4)))
        imgui.Begin(f"###{name}", FIXED | order | flags)
        if not padding:
            imgui.PopStyleVar()
        self.rects[name] = rect
        try:
            with self.scope(name):
                yield
        finally:
            imgui.End()

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Names inside are told apart from the same names elsewhere."""
        imgui.PushID(name)
        self._path.append(name)
        try:
            yield
        finally:
            self._path.pop()
            imgui.PopID()

    @contextmanager
    def child(self, name: str, size: tuple[float, float] = (0, 0), *, border: bool = False) -> Iterator[None]:
        """A region that scrolls by itself."""
        flags = imgui.ImGuiChildFlags_Borders if border else 0
        imgui.BeginChild(name, size, flags)
        try:
            yield
        finally:
            imgui.EndChild()

    @contextmanager
    def section(self, title: str, *, open_: bool = True) -> Iterator[bool]:
        """A part of a desk that can be folded."""
        imgui.Dummy((0, self.px(2)))
        imgui.PushStyleColor(imgui.ImGuiCol_Header, (*self.theme.panel, 0.0))
        key = "/".join([*self._path, title])
        imgui.SetNextItemOpen(self.opened.get(key, open_))
        shown = self.opened[key] = imgui.CollapsingHeader(title)
        imgui.PopStyleColor()
        self.record_item(title)
        with self.scope(title):
            yield shown

    @contextmanager
    def disabled(self, reason: str) -> Iterator[None]:
        """Greys out what is inside when there is a reason to; the reason shows on hovering."""
        if reason:
            imgui.BeginDisabled()
        imgui.BeginGroup()
        try:
            yield
        finally:
            imgui.EndGroup()
            if reason:
                imgui.EndDisabled()
                self.tip(reason)

    def record(self, name: str, rect: Rect) -> None:
        """Remember where something drawn by hand is."""
        self.rects["/".join([*self._path, name])] = rect

    def record_item(self, name: str) -> None:
        """Remember where the widget drawn last is."""
        (x0, y0), (x1, y1) = imgui.GetItemRectMin(), imgui.GetItemRectMax()
        self.record(name, Rect(x0, y0, x1 - x0, y1 - y0))

    def tip(self, text: str) -> None:
        """Show a text while the mouse rests on the widget drawn last."""
        if text and imgui.IsItemHovered(imgui.ImGuiHoveredFlags_AllowWhenDisabled | imgui.ImGuiHoveredFlags_ForTooltip):
            imgui.BeginTooltip()
            imgui.PushTextWrapPos(self.px(320))
            imgui.TextUnformatted(text)
            imgui.PopTextWrapPos()
            imgui.EndTooltip()
