"""The match desk: find the correspondence between two shapes, see it, judge it, export it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.model.commands import Add, change
from app.model.items import ShapeItem
from app.model.matches import LandmarksItem, MatchItem
from app.model.results import call_script, first_layer, identifier, result_item
from app.model.texts import Script
from app.window.actions import Action
from app.window.application import Application
from app.window.desk import Desk, Hit
from app.window.panels.export import ExportBox
from app.window.ui.forms import draw_options
from app.window.ui.theme import RGB
from app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.core.results import Result
from geomlearn.matching.options import MatchOptions

MATCH = "geomlearn.matching.match:match_shapes"
WRITE_MAP = "geomlearn.matching.map_files:write_map"


class MatchDesk(Desk):
    """Correspondences between shapes on the stage.

    Attributes
    ----------
    first, second  ids of the shapes chosen as A and B; what is gone is replaced by the first two on the stage.
    """

    key = "match"
    title = "Match"

    def __init__(self) -> None:
        self.options = MatchOptions()
        self.first = self.second = ""
        self._export = ExportBox("map", WRITE_MAP, (".txt", ".npz", ".csv", ".mat", ".h5"))

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("match.open", "Match desk", lambda app: app.show_desk(self.key), ("F2",)),
            Action("match.compute", "Match the two shapes", self.compute, ("M",), self.needs_pair),
        )

    def pair(self, app: Application) -> tuple[ShapeItem, ShapeItem] | None:
        """The shapes chosen as A and B, or None while there are not two."""
        shapes = app.scene.of(ShapeItem)
        if len(shapes) < 2:
            return None
        by_id = {shape.id: shape for shape in shapes}
        first = by_id.get(self.first, shapes[0])
        second = by_id.get(self.second)
        if second is None or second is first:
            second = next(shape for shape in shapes if shape is not first)
        return first, second

    def needs_pair(self, app: Application) -> str:
        """The reason why nothing can be matched."""
        return "" if self.pair(app) else "Matching needs two shapes on the stage."

    def draw(self, app: Application, ui: Ui) -> None:
        pair = self.pair(app)
        if pair is None:
            ui.faint("Matching needs two shapes. Drop another one on the window.")
            return
        self._draw_choice(app, ui, pair)
        self.options = draw_options(ui, self.options, first=("method", "k_end"), skip=("device",))
        reason = "This is being computed." if app.busy(MATCH) else ""
        if ui.button("Match", "compute", primary=True, reason=reason, width=-1):
            app.run("match.compute")
        match = current_match(app)
        if match is None:
            ui.gap()
            ui.faint("No correspondence yet. Compute one with M, or drop a file that holds one.")
            return
        self._draw_match(app, ui, match)

    def _draw_choice(self, app: Application, ui: Ui, pair: tuple[ShapeItem, ShapeItem]) -> None:
        shapes = app.scene.of(ShapeItem)
        ids, labels = [shape.id for shape in shapes], [shape.label for shape in shapes]
        _, self.first = ui.combo("From A", ids, pair[0].id, labels=labels)
        _, self.second = ui.combo("to B", ids, pair[1].id, labels=labels)

    def _draw_match(self, app: Application, ui: Ui, match: MatchItem) -> None:
        ui.gap()
        ui.heading(match.label)
        changed, show = ui.checkbox("Lines", match.show_lines)
        if changed:
            app.do(change(match.id, show_lines=show))
        changed, count = ui.slider_int("How many lines", match.n_lines, 1, 200)
        if changed:
            app.do(change(match.id, n_lines=count))
        with ui.section("Verdict") as shown:
            for judged in match.judgements if shown else ():
                ui.text(judged.sentence)
        with ui.section("Export", open_=False) as shown:
            if shown:
                metadata = {**match.parameters, "direction": match.label}
                self._export.draw(app, ui, identifier(match.label), (match.map_ab, metadata))

    def compute(self, app: Application) -> None:
        """Match A to B, with the landmarks that are complete, as a new item."""
        first, second = self.pair(app)
        options = self.options
        marks = [item for item in app.scene.children(first.id, LandmarksItem) if item.parents == (first.id, second.id)]
        pairs = marks[-1].complete if marks else ()
        app.submit(
            f"Match {first.label} → {second.label}",
            MATCH,
            first.shape,
            second.shape,
            options,
            landmarks=np.array(pairs) if pairs else None,
            on_result=lambda result: self.arrived(app, first.id, second.id, options, result),
        )

    def arrived(self, app: Application, first_id: str, second_id: str, options: MatchOptions, result: Result) -> None:
        """Put a correspondence on the stage and colour both shapes by it."""
        if first_id not in app.scene or second_id not in app.scene:
            raise ParameterError("A shape of this match has been removed meanwhile.", "Undo, then match again.")
        first, second = app.scene[first_id], app.scene[second_id]
        item = result_item(
            result.value,
            [first, second],
            method=options.method,
            parameters=options.model_dump(),
            note=result.sentence,
        )
        names = [identifier(first.label), identifier(second.label)]
        show = {"on": first.label, "onto": second.label}
        python = call_script("geomlearn.matching.match", "match_shapes", names, options, "match", show)
        shell = f"geomlearn match {shlex.quote(first.source)} {shlex.quote(second.source)} -o map.txt"
        made = Script(
            shell, python.replace("scene = show_result(scene, match,", "scene = show_result(scene, match.value,")
        )
        if app.do(Add((item,), f"Match {item.label}", made, first_layer(item))):
            app.focus = item.id

    def hover(self, app: Application, hit: Hit | None) -> list[tuple[np.ndarray, RGB]]:
        """The point under the pointer and its image on the other shape."""
        from app.model.view.place import world_points

        match = current_match(app)
        if match is None or hit is None or hit.shape_id not in match.parents:
            return []
        forward = hit.shape_id == match.shape_a
        image = (match.map_ab if forward else match.map_ba)[hit.vertex]
        other = app.scene[match.shape_b if forward else match.shape_a]
        color = app.theme.accent
        points = [hit.position, *(world_points(app.scene, other, np.array([image])) if other.visible else ())]
        return [(point, color) for point in points]

    def remember(self) -> Mapping[str, Any]:
        return {"options": self.options.model_dump(), "first": self.first, "second": self.second}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.options = MatchOptions(**kept.get("options", {}))
        self.first, self.second = kept.get("first", ""), kept.get("second", "")


def current_match(app: Application) -> MatchItem | None:
    """The match in focus, else the one shown, else the newest."""
    for item in (app.item, app.source):
        if isinstance(item, MatchItem):
            return item
    matches = app.scene.of(MatchItem)
    return matches[-1] if matches else None
