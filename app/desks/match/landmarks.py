"""Landmarks: pairs clicked on the two shapes, undone, written, read, and heeded by the next match."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from polyscope import imgui

from geomlearn.app.model.commands import Add, Remove, Steps, change
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import LandmarksItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.view.marks import PALETTE
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Hit
from geomlearn.app.window.notices import Notice
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.stage.numbers import VertexNumbers
from geomlearn.app.window.ui.widgets import Ui

READ = "geomlearn.matching.io.landmarks:read_landmarks"
WRITE = "geomlearn.matching.io.landmarks:write_landmarks"
Pair = tuple[ShapeItem, ShapeItem]


class LandmarkPanel:
    """The landmarks of one pair of shapes.

    Attributes
    ----------
    placing  whether clicks on the shapes place landmarks.
    numbers  of the landmarks, on the stage.
    """

    def __init__(self) -> None:
        self.placing = False
        self.numbers = VertexNumbers()
        self._typed = ""
        self._export = ExportBox("landmarks", WRITE, (".txt", ".csv"))

    def draw(self, app: Application, ui: Ui, pair: Pair) -> None:
        item = landmarks_between(app, *pair)
        label = "Stop placing" if self.placing else "Place by clicking"
        if ui.button(label, "place", primary=self.placing, width=-1):
            self.placing = not self.placing
        if self.placing:
            ui.faint(self._next_click(item, pair))
        for number, (a, b) in enumerate(item.pairs if item else ()):
            _row(app, ui, item, number, a, b)
        if item is not None:
            if ui.link("Remove all", "clear"):
                app.do(Remove(item.id))
            pairs = np.array(item.complete)
            metadata = {"source": pair[0].label, "target": pair[1].label}
            reason = "" if len(pairs) else "No pair is complete yet."
            self._export.draw(app, ui, identifier(item.label), (pairs, metadata), reason=reason)
        _, self._typed = ui.input_text("Read landmarks from a file", self._typed, hint="two columns of vertices")
        if ui.button("Import", "import", reason="" if self._typed.strip() else "Type the path, or drop the file."):
            self.read(app, pair, str(Path(self._typed.strip()).expanduser().absolute()))

    def click(self, app: Application, hit: Hit, pair: Pair) -> bool:
        """A click on a shape: one side of a pair, as one step that can be undone."""
        ids = [shape.id for shape in pair]
        if not self.placing or hit.shape_id not in ids:
            return False
        side = ids.index(hit.shape_id)
        item = landmarks_between(app, *pair)
        what = f"Landmark on {pair[side].label}, vertex {hit.vertex}"
        if item is None:
            empty = new_landmarks(pair)
            return app.do(Add((empty.replace(pairs=empty.with_vertex(side, hit.vertex)),), what))
        # Wrapped, for a change alone would melt quick clicks into one step.
        return app.do(Steps(what, (change(item.id, what, pairs=item.with_vertex(side, hit.vertex)),)))

    def read(self, app: Application, pair: Pair, path: str, index_base: int | None = None) -> None:
        """Read a landmark file for this pair, in a worker."""
        sizes = [shape.shape.n_vertices for shape in pair]
        app.submit(
            f"Read {Path(path).name}",
            READ,
            path,
            *sizes,
            index_base=index_base,
            lane="files",
            on_result=lambda found: self._arrived(app, pair, path, found),
        )

    def _arrived(self, app: Application, pair: Pair, path: str, found: Any) -> None:
        pairs = tuple((int(a), int(b)) for a, b in found.pairs)
        item = landmarks_between(app, *pair)
        title = f"Landmarks from {Path(path).name}"
        done = app.do(change(item.id, title, pairs=pairs) if item else Add((new_landmarks(pair, pairs),), title))
        if done and found.inferred:
            other = 1 - found.index_base
            again = (f"Count from {other} instead", lambda: self.read(app, pair, path, other))
            app.notices.say(Notice(found.sentence, buttons=(again,)))

    def _next_click(self, item: LandmarksItem | None, pair: Pair) -> str:
        open_pair = item.pairs[-1] if item and item.pairs and min(item.pairs[-1]) < 0 else None
        if open_pair is None:
            return f"Click a point on {pair[0].label} or on {pair[1].label}."
        return f"Now the same point on {pair[0 if open_pair[0] < 0 else 1].label}."


def landmarks_between(app: Application, first: ShapeItem, second: ShapeItem) -> LandmarksItem | None:
    """The newest landmarks from one shape to the other."""
    found = [item for item in app.scene.of(LandmarksItem) if item.parents == (first.id, second.id)]
    return found[-1] if found else None


def known_pairs(app: Application, pair: Pair) -> np.ndarray | None:
    """(l, 2) the complete landmarks of these shapes, those placed for the other direction turned round; or None."""
    item = landmarks_between(app, *pair)
    turned = landmarks_between(app, *pair[::-1])
    if item is not None and item.complete:
        return np.array(item.complete)
    return np.array(turned.complete)[:, ::-1] if turned is not None and turned.complete else None


def new_landmarks(pair: Pair, pairs: Sequence[tuple[int, int]] = ()) -> LandmarksItem:
    """Landmarks from one shape to the other."""
    first, second = pair
    label = f"{first.label} → {second.label} landmarks"
    return LandmarksItem(label=label, shape_a=first.id, shape_b=second.id, pairs=tuple(pairs))


def draw_numbers(app: Application, ui: Ui, pair: Pair, numbers: VertexNumbers) -> None:
    """The number of each landmark beside it on the stage: pairs are told by more than colour."""
    item = landmarks_between(app, *pair)
    if item is None or not item.visible:
        return
    for side, shape in enumerate(pair):
        placed = {number: both[side] for number, both in enumerate(item.pairs, 1) if both[side] >= 0}
        numbers.draw(app.scene, ui, shape, placed)


def _row(app: Application, ui: Ui, item: LandmarksItem, number: int, a: int, b: int) -> None:
    with ui.scope(f"pair {number}"):
        x, y = imgui.GetCursorScreenPos()
        middle = y + imgui.GetFrameHeight() / 2
        color = imgui.GetColorU32((*map(float, PALETTE[number % len(PALETTE)]), 1.0))
        imgui.GetWindowDrawList().AddCircleFilled((x + ui.px(6), middle), ui.px(5), color)
        imgui.Dummy((ui.px(12), imgui.GetFrameHeight()))
        ui.same_line(6)
        imgui.AlignTextToFramePadding()
        words = ["…" if vertex < 0 else str(vertex) for vertex in (a, b)]
        ui.text(f"{number + 1}:  {words[0]} → {words[1]}")
        imgui.SameLine(imgui.GetCursorPosX() + ui.width - imgui.GetFrameHeight())
        if ui.icon("close", "remove", tip="Remove this pair"):
            pairs = tuple(pair for index, pair in enumerate(item.pairs) if index != number)
            what = f"Remove landmark {number + 1}"
            app.do(change(item.id, what, pairs=pairs) if pairs else Remove(item.id))
