"""The table of a collection's maps: a click on a row brings the pair and its map to the desk."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from polyscope import imgui

from geomlearn.app.desks.match import dropped
from geomlearn.app.desks.match.stage import match_between
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.many.pages import Only
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui

if TYPE_CHECKING:
    from geomlearn.app.desks.match.desk import MatchDesk

_WORST = ("failed", "bad", "doubtful", "good")
_ROWS = 9
SORTS: dict[str, Callable[[CollectionItem, int], Any]] = {
    "worst": lambda item, row: (_WORST.index(item.verdicts[row]), -item.errors[row]),
    "best": lambda item, row: (-_WORST.index(item.verdicts[row]), item.errors[row]),
    "source": lambda item, row: (item.specs[item.sources[row]], item.specs[item.targets[row]]),
    "target": lambda item, row: (item.specs[item.targets[row]], item.specs[item.sources[row]]),
}
_WORDS = ("worst first", "best first", "by source", "by target")


class CollectionPanel:
    """Draws the table of the collection in focus, else of the first on the stage."""

    def __init__(self) -> None:
        self.sort = "worst"

    def draw(self, desk: MatchDesk, app: Application, ui: Ui, item: CollectionItem) -> None:
        """The rows in the order chosen; what is drawn is only what is scrolled to."""
        _, self.sort = ui.combo("Order", list(SORTS), self.sort, labels=_WORDS)
        rows = sorted(range(len(item.files)), key=lambda row: SORTS[self.sort](item, row))
        high = imgui.GetTextLineHeightWithSpacing()
        with ui.child("maps", (0.0, min(len(rows), _ROWS) * high + ui.px(8))):
            first = int(imgui.GetScrollY() / high)
            imgui.Dummy((0.0, max(first * high - imgui.GetStyle().ItemSpacing[1], 0.0)))
            for row in rows[first : first + _ROWS + 2]:
                if ui.selectable(f"{words(app, item, row)}", f"map {row}", selected=self._shown(desk, app, item, row)):
                    show_pair(desk, app, item, row)
            imgui.Dummy((0.0, max(len(rows) - first - _ROWS - 2, 0) * high))
        ui.faint("Predicted error: 100 × geodesic distance / √area. A click shows the pair and its map.")

    @staticmethod
    def _shown(desk: MatchDesk, app: Application, item: CollectionItem, row: int) -> bool:
        pair = desk.pair(app)
        ends = (item.specs[item.sources[row]], item.specs[item.targets[row]])
        return pair is not None and (pair[0].source, pair[1].source) == ends


def words(app: Application, item: CollectionItem, row: int) -> str:
    """A row as people read it."""
    names = [_name(app, item.specs[end]) for end in (item.sources[row], item.targets[row])]
    error = item.errors[row]
    return f"{' → '.join(names)}   {item.verdicts[row]}" + (f"   {error:.3g}" if math.isfinite(error) else "")


def show_pair(desk: MatchDesk, app: Application, item: CollectionItem, row: int) -> None:
    """Bring the two shapes of a row alone onto the stage, and the map between them onto the desk."""
    found = [_shape(app, item.specs[end]) for end in (item.sources[row], item.targets[row])]
    if found[0] is None or found[1] is None:
        app.notices.news("The shapes of this row are not on the stage: open the collection again.")
        return
    first, second = found[0].id, found[1].id
    app.do(Only((first, second)))
    app.look("same")
    known = match_between(app, first, second)
    desk.choose(first, second)
    app.show_desk(desk.key)
    if known is not None:
        app.focus_on(known.id)
    elif item.verdicts[row] != "failed":
        dropped.read_map(desk, app, item.files[row], (first, second), "as the collection says")


def _shape(app: Application, spec: str) -> ShapeItem | None:
    return next((shape for shape in app.scene.shapes if shape.source == spec), None)


def _name(app: Application, spec: str) -> str:
    shape = _shape(app, spec)
    return shape.label if shape else spec.rpartition("/")[2]
