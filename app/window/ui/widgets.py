"""The widgets that panels use. Each remembers where it was drawn, so that tests and help can point at it by name."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from polyscope import imgui

from geomlearn.app.window.ui.regions import Regions
from geomlearn.app.window.ui.theme import RGB, mix


class Ui(Regions):
    """Draws one frame's widgets."""

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
        self.tip(reason or tip)
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
        self.tip(tip)
        return pressed

    def choice(self, name: str, options: Sequence[str], chosen: str, labels: Sequence[str] = ()) -> str:
        """Segments side by side, of which one is chosen; returns the chosen one. Too many for a line take several."""
        labels = labels or options
        gap, room = self.px(2), self.width
        widths = [imgui.CalcTextSize(text)[0] + self.px(14) for text in labels]
        spare = room - sum(widths) - gap * (len(options) - 1)
        n_lines = ceil(len(options) / max(int((room + gap) / (max(widths, default=1.0) + gap)), 1))
        in_line = ceil(len(options) / max(n_lines, 1))
        if n_lines > 1 and spare >= 0:
            # Not wide enough for equal ones, but for each as wide as its word.
            in_line, widths = len(options), [width + spare / len(options) for width in widths]
        else:
            widths = [(room - gap * (in_line - 1)) / max(in_line, 1)] * len(options)
        for number, (option, text, width) in enumerate(zip(options, labels, widths, strict=True), 1):
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
        self.tip(tip)
        return changed, value

    # Things to set; the label stands above, so that nothing is cut off in a narrow desk

    def slider_int(
        self, label: str, value: int, low: int, high: int, *, tip: str = "", log: bool = False
    ) -> tuple[bool, int]:
        self._above(label, tip)
        flags = imgui.ImGuiSliderFlags_Logarithmic if log else 0
        changed, value = imgui.SliderInt(f"###{label}", value, low, max(high, low), "%d", flags)
        self.record_item(label)
        self.tip(tip)
        return changed, min(max(value, low), max(high, low))

    def slider_float(
        self, label: str, value: float, low: float, high: float, *, tip: str = "", form: str = "%.3g", log: bool = False
    ) -> tuple[bool, float]:
        self._above(label, tip)
        flags = imgui.ImGuiSliderFlags_Logarithmic if log else 0
        changed, value = imgui.SliderFloat(f"###{label}", value, low, high, form, flags)
        self.record_item(label)
        self.tip(tip)
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
        self.tip(tip)
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
        self.tip(tip)
        return changed, value

    def input_number(self, label: str, value: float, *, tip: str = "") -> tuple[bool, float]:
        self._above(label, tip)
        changed, value = imgui.InputDouble(f"###{label}", value, 0.0, 0.0, "%.6g")
        self.record_item(label)
        self.tip(tip)
        return changed, value

    def color(self, label: str, value: RGB, *, tip: str = "") -> tuple[bool, RGB]:
        """A colour, chosen from a wheel that opens on a click."""
        self._above(label, tip)
        changed, value = imgui.ColorEdit3(f"###{label}", tuple(value), imgui.ImGuiColorEditFlags_NoOptions)
        self.record_item(label)
        return changed, (float(value[0]), float(value[1]), float(value[2]))

    # Pictures

    def progress(self, fraction: float, note: str = "") -> None:
        """A thin bar with a note under it."""
        imgui.ProgressBar(fraction, (-1.0, self.px(5)), "")
        if note:
            self.faint(note)

    def icon(self, kind: str, name: str, *, active: bool = True, tip: str = "", reason: str = "") -> bool:
        """A small square button with a drawn sign: eye, close, play, pause, back, forward, dots, plus."""
        from geomlearn.app.window.ui.icons import draw_icon

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
        self.tip(reason or tip)
        return pressed and not reason

    def _above(self, label: str, tip: str) -> None:
        if label:
            self.label(label)
            self.tip(tip)
        imgui.SetNextItemWidth(-1.0)

    def _push_primary(self) -> None:
        accent = self.theme.accent
        imgui.PushStyleColor(imgui.ImGuiCol_Button, (*accent, 1.0))
        imgui.PushStyleColor(imgui.ImGuiCol_ButtonHovered, (*mix(accent, (0, 0, 0), 0.12), 1.0))
        imgui.PushStyleColor(imgui.ImGuiCol_ButtonActive, (*mix(accent, (0, 0, 0), 0.22), 1.0))
        imgui.PushStyleColor(imgui.ImGuiCol_Text, (*self.theme.on_accent, 1.0))
