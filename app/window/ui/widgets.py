"""The widgets that panels use. Each remembers where it was drawn, so that tests and help can point at it by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil

from polyscope import imgui

from app.window.ui.layout import Rect
from app.window.ui.theme import RGB, Theme, mix

FIXED = (
    imgui.ImGuiWindowFlags_NoTitleBar
    | imgui.ImGuiWindowFlags_NoResize
    | imgui.ImGuiWindowFlags_NoMove
    | imgui.ImGuiWindowFlags_NoCollapse
    | imgui.ImGuiWindowFlags_NoSavedSettings
)


class Ui:
    """Draws one frame's widgets.

    Attributes
    ----------
    rects   by path ("spectrum/run"), where each widget of the last frame was.
    heights by name, how high the content of a region was when it was drawn last.
    """

    def __init__(self, theme: Theme, scale: float) -> None:
        self.theme = theme
        self.scale = scale
        self.rects: dict[str, Rect] = {}
        self.heights: dict[str, float] = {}
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

    # Containers

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
        shown = imgui.CollapsingHeader(title, imgui.ImGuiTreeNodeFlags_DefaultOpen if open_ else 0)
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
                self._tip(reason)

    # Words

    def text(self, text: str, color: RGB | None = None) -> None:
        """Wrapped text."""
        imgui.PushTextWrapPos(0.0)
        if color is not None:
            imgui.PushStyleColor(imgui.ImGuiCol_Text, (*color, 1.0))
        imgui.TextUnformatted(text)
        if color is not None:
            imgui.PopStyleColor()
        imgui.PopTextWrapPos()

    def faint(self, text: str) -> None:
        """Less important text."""
        self.text(text, self.theme.faint)

    def heading(self, text: str, size: float = 1.2) -> None:
        """Larger, heavier text on a line of its own."""
        height = self.em * size
        color = imgui.GetColorU32((*self.theme.text, 1.0))
        for line in self._lines(text, self.width / size):
            x, y = imgui.GetCursorScreenPos()
            # There is one weight of font: drawn twice, half a pixel apart, it reads as semi-bold.
            for shift in (0.0, 0.5 * self.scale):
                imgui.GetWindowDrawList().AddText(imgui.GetFont(), height, (x + shift, y), color, line)
            imgui.Dummy((min(imgui.CalcTextSize(line)[0] * size, self.width), height * 1.15))

    @staticmethod
    def _lines(text: str, width: float) -> list[str]:
        """The words of a text in lines of at most this width."""
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and imgui.CalcTextSize(longer)[0] > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def label(self, text: str) -> None:
        """A small heading over a group of widgets."""
        self.text(text, self.theme.faint)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """A two-column list of facts."""
        if not rows or not imgui.BeginTable("facts", 2, imgui.ImGuiTableFlags_SizingStretchProp):
            return
        for name, value in rows:
            imgui.TableNextRow()
            imgui.TableNextColumn()
            self.faint(name)
            imgui.TableNextColumn()
            self.text(value)
        imgui.EndTable()

    def gap(self, pixels: float = 4) -> None:
        imgui.Dummy((0, self.px(pixels)))

    def same_line(self, spacing: float = -1.0) -> None:
        imgui.SameLine(0.0, self.px(spacing) if spacing >= 0 else -1.0)

    # Things to press

    def button(
        self, label: str, name: str = "", *, primary: bool = False, reason: str = "", tip: str = "", width: float = 0.0
    ) -> bool:
        """A button; with a `reason` it is grey and says why. `width` in pixels of the screen, negative to fill."""
        if reason:
            imgui.BeginDisabled()
        if primary:
            self._push_primary()
        pressed = imgui.Button(f"{label}###{name or label}", (width, 0.0))
        if primary:
            imgui.PopStyleColor(4)
        if reason:
            imgui.EndDisabled()
        self.record_item(name or label)
        self._tip(reason or tip)
        return pressed and not reason

    def link(self, label: str, name: str = "", *, tip: str = "") -> bool:
        """A button that looks like text."""
        imgui.PushStyleColor(imgui.ImGuiCol_Button, (0.0, 0.0, 0.0, 0.0))
        imgui.PushStyleColor(imgui.ImGuiCol_Text, (*self.theme.link, 1.0))
        imgui.PushStyleVar(imgui.ImGuiStyleVar_FramePadding, (self.px(2), self.px(5)))
        pressed = imgui.Button(f"{label}###{name or label}")
        imgui.PopStyleVar()
        imgui.PopStyleColor(2)
        self.record_item(name or label)
        self._tip(tip)
        return pressed

    def choice(self, name: str, options: Sequence[str], chosen: str, labels: Sequence[str] = ()) -> str:
        """Segments side by side, of which one is chosen; returns the chosen one. Too many for a line take several."""
        labels = labels or options
        gap, room = self.px(2), self.width
        widest = max((imgui.CalcTextSize(text)[0] for text in labels), default=0.0) + self.px(14)
        n_lines = ceil(len(options) / max(int((room + gap) / (widest + gap)), 1))
        in_line = ceil(len(options) / max(n_lines, 1))
        width = (room - gap * (in_line - 1)) / max(in_line, 1)
        for number, (option, text) in enumerate(zip(options, labels, strict=True), 1):
            active = option == chosen
            if active:
                self._push_primary()
            if imgui.Button(f"{text}###{name}/{option}", (width, 0.0)):
                chosen = option
            if active:
                imgui.PopStyleColor(4)
            self.record_item(f"{name}/{option}")
            if option != options[-1] and number % in_line:
                imgui.SameLine(0.0, gap)
        return chosen

    def selectable(self, label: str, name: str = "", *, selected: bool = False, width: float = 0.0) -> bool:
        """A row of a list."""
        pressed = imgui.Selectable(f"{label}###{name or label}", selected, 0, (width, 0.0))
        self.record_item(name or label)
        return pressed

    def checkbox(self, label: str, value: bool, name: str = "", *, tip: str = "") -> tuple[bool, bool]:
        changed, value = imgui.Checkbox(f"{label}###{name or label}", value)
        self.record_item(name or label)
        self._tip(tip)
        return changed, value

    # Things to set; the label stands above, so that nothing is cut off in a narrow desk

    def slider_int(
        self, label: str, value: int, low: int, high: int, *, tip: str = "", log: bool = False
    ) -> tuple[bool, int]:
        self._above(label, tip)
        flags = imgui.ImGuiSliderFlags_Logarithmic if log else 0
        changed, value = imgui.SliderInt(f"###{label}", value, low, max(high, low), "%d", flags)
        self.record_item(label)
        self._tip(tip)
        return changed, min(max(value, low), max(high, low))

    def slider_float(
        self, label: str, value: float, low: float, high: float, *, tip: str = "", form: str = "%.3g", log: bool = False
    ) -> tuple[bool, float]:
        self._above(label, tip)
        flags = imgui.ImGuiSliderFlags_Logarithmic if log else 0
        changed, value = imgui.SliderFloat(f"###{label}", value, low, high, form, flags)
        self.record_item(label)
        self._tip(tip)
        return changed, min(max(value, low), high)

    def combo(
        self, label: str, options: Sequence[str], chosen: str, *, labels: Sequence[str] = (), tip: str = ""
    ) -> tuple[bool, str]:
        labels = labels or options
        self._above(label, tip)
        index = options.index(chosen) if chosen in options else 0
        changed = False
        shown = labels[index] if labels else ""
        opened = imgui.BeginCombo(f"###{label}", shown)
        self.record_item(label)
        self._tip(tip)
        if opened:
            for number, text in enumerate(labels):
                if imgui.Selectable(f"{text}###{number}", number == index):
                    changed, index = number != index, number
                self.record_item(f"{label}/{options[number]}")
            imgui.EndCombo()
        return changed, options[index] if options else chosen

    def input_text(
        self, label: str, value: str, *, hint: str = "", enter: bool = False, above: bool = True, tip: str = ""
    ) -> tuple[bool, str]:
        """A line of text; with `enter` the first value is true only when Enter was pressed."""
        self._above(label if above else "", "")
        flags = imgui.ImGuiInputTextFlags_EnterReturnsTrue if enter else 0
        changed, value = imgui.InputTextWithHint(f"###{label}", hint, value, flags)
        self.record_item(label)
        self._tip(tip)
        return changed, value

    def input_number(self, label: str, value: float, *, tip: str = "") -> tuple[bool, float]:
        self._above(label, tip)
        changed, value = imgui.InputDouble(f"###{label}", value, 0.0, 0.0, "%.6g")
        self.record_item(label)
        self._tip(tip)
        return changed, value

    # Pictures

    def progress(self, fraction: float, note: str = "") -> None:
        """A thin bar with a note under it."""
        imgui.ProgressBar(fraction, (-1.0, self.px(5)), "")
        if note:
            self.faint(note)

    def icon(self, kind: str, name: str, *, active: bool = True, tip: str = "", reason: str = "") -> bool:
        """A small square button with a drawn sign: eye, close, play, pause, back, forward, dots, plus."""
        from app.window.ui.icons import draw_icon

        side = imgui.GetFrameHeight()
        if reason:
            imgui.BeginDisabled()
        x, y = imgui.GetCursorScreenPos()
        pressed = imgui.InvisibleButton(f"###{name}", (side, side))
        hovered = imgui.IsItemHovered(imgui.ImGuiHoveredFlags_AllowWhenDisabled)
        if reason:
            imgui.EndDisabled()
        self.record_item(name)
        lines = imgui.GetWindowDrawList()
        if (hovered and not reason) or imgui.IsItemFocused():
            lines.AddRectFilled(
                (x, y), (x + side, y + side), imgui.GetColorU32((*self.theme.tinted(0.14), 1.0)), self.px(6)
            )
        color = mix(self.theme.faint, self.theme.panel, 0.55 if reason or not active else 0.0)
        draw_icon(lines, kind, (x + side / 2, y + side / 2), side * 0.26, imgui.GetColorU32((*color, 1.0)), self.scale)
        self._tip(reason or tip)
        return pressed and not reason

    def record(self, name: str, rect: Rect) -> None:
        """Remember where something drawn by hand is."""
        self.rects["/".join([*self._path, name])] = rect

    def record_item(self, name: str) -> None:
        """Remember where the widget drawn last is."""
        (x0, y0), (x1, y1) = imgui.GetItemRectMin(), imgui.GetItemRectMax()
        self.record(name, Rect(x0, y0, x1 - x0, y1 - y0))

    def _above(self, label: str, tip: str) -> None:
        if label:
            self.label(label)
            self._tip(tip)
        imgui.SetNextItemWidth(-1.0)

    def _tip(self, text: str) -> None:
        if text and imgui.IsItemHovered(imgui.ImGuiHoveredFlags_AllowWhenDisabled | imgui.ImGuiHoveredFlags_ForTooltip):
            imgui.BeginTooltip()
            imgui.PushTextWrapPos(self.px(320))
            imgui.TextUnformatted(text)
            imgui.PopTextWrapPos()
            imgui.EndTooltip()

    def _push_primary(self) -> None:
        accent = self.theme.accent
        imgui.PushStyleColor(imgui.ImGuiCol_Button, (*accent, 1.0))
        imgui.PushStyleColor(imgui.ImGuiCol_ButtonHovered, (*mix(accent, (0, 0, 0), 0.12), 1.0))
        imgui.PushStyleColor(imgui.ImGuiCol_ButtonActive, (*mix(accent, (0, 0, 0), 0.22), 1.0))
        imgui.PushStyleColor(imgui.ImGuiCol_Text, (*self.theme.on_accent, 1.0))
