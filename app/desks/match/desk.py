"""The match desk: which shapes, by which way, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, get_args

from geomlearn.app.desks.match import dropped
from geomlearn.app.desks.match.carry import draw_carry
from geomlearn.app.desks.match.chain import chain_between
from geomlearn.app.desks.match.collection.table import CollectionPanel
from geomlearn.app.desks.match.exports import ExportPanel
from geomlearn.app.desks.match.landmarks import LandmarkPanel, draw_numbers, known_pairs
from geomlearn.app.desks.match.matrix import MatrixPanel
from geomlearn.app.desks.match.runs import chain, compute, next_call
from geomlearn.app.desks.match.stage import draw_lines, draw_pictures, draw_verdict, images, match_between
from geomlearn.app.desks.match.truth import TruthPanel
from geomlearn.app.desks.match.ways import Way, default_options, ways
from geomlearn.app.desks.match.zero_shot.states import StatesPanel
from geomlearn.app.model.cards import method_card
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.window.actions.table import Action
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk, Hit, Light
from geomlearn.app.window.ui.cards import draw_card
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import GeomError
from geomlearn.core.options import Options
from geomlearn.matching.options import MatchOptions

_SECTIONS = {
    "Errors of a match against the truth": "truth error ground evaluate accuracy geodesic",
    "Verdict on a match without the truth": "verdict score quality judge",
    "Export a match": "export-match write map save",
}
"""Parts of the desk, with other names for them."""


class MatchDesk(Desk):
    """Correspondences between shapes on the stage.

    Attributes
    ----------
    first, second  ids of the shapes chosen as A and B; what is gone is replaced by the first two on the stage.
    way            key of the row of the method table that runs next;  options  by key, how.
    """

    key = "match"
    title = "Match"

    def __init__(self) -> None:
        self.first = self.second = ""
        self.way = "match"
        self.options: dict[str, Options | None] = {key: default_options(way) for key, way in ways().items()}
        self.landmarks = LandmarkPanel()
        self.collection = CollectionPanel()
        self.matrix = MatrixPanel()
        self.states = StatesPanel()
        self.truth = TruthPanel()
        self.exports = ExportPanel()
        self._followed = ""

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("match.open", "Match desk", lambda app: app.show_desk(self.key), ("F2",)),
            Action("match.compute", "Match the two shapes", self.compute, ("M",), self.needs),
            Action("match.swap", "Swap the two shapes", self.swap, (), self.needs_pair),
            Action(
                "match.landmarks",
                "Place landmarks by clicking",
                self.toggle_placing,
                ("K",),
                self.needs_pair,
                lambda app: "on" if self.landmarks.placing else "off",
            ),
            Action("match.chain", "Match through others", lambda app: chain(self, app), (), self.needs_chain),
        )

    def findable(self, app: Application) -> Iterable[Action]:
        for key, way in ways().items():
            words = f"match correspondence {key}"
            yield Action(f"way.{key}", f"Match by: {way.method.title}", partial(self.choose_way, key=key), words=words)
        for name in get_args(MatchOptions.model_fields["method"].annotation):
            run = partial(self.choose_way, key="match", method=name)
            yield Action(f"way.match.{name}", f"Match by the method {name}", run, words="match correspondence")
        for title, words in _SECTIONS.items():
            yield Action(f"match.{words.split()[0]}", title, lambda app: app.show_desk(self.key), words=words)

    def choose_way(self, app: Application, key: str, **options: Any) -> None:
        """Show how this way would match, with these options."""
        self.way = key
        if options:
            self.options[key] = self.options[key].replace(**options)
        app.show_desk(self.key)

    # Which shapes

    def pair(self, app: Application) -> tuple[ShapeItem, ShapeItem] | None:
        """The shapes chosen as A and B, those of a match that comes into focus, or None while there are not two."""
        shapes = app.scene.shapes
        if len(shapes) < 2:
            return None
        if isinstance(app.item, MatchItem) and app.focus != self._followed:
            self.first, self.second = app.item.parents
        self._followed = app.focus
        by_id = {shape.id: shape for shape in shapes}
        first = by_id.get(self.first, shapes[0])
        second = by_id.get(self.second)
        if second is None or second is first:
            second = next(shape for shape in shapes if shape is not first)
        return first, second

    def match(self, app: Application) -> MatchItem | None:
        """The match between the shapes chosen."""
        pair = self.pair(app)
        return match_between(app, pair[0].id, pair[1].id) if pair else None

    def needs_pair(self, app: Application) -> str:
        """The reason why nothing can be matched."""
        return "" if self.pair(app) else "Matching needs two shapes on the stage."

    def needs(self, app: Application) -> str:
        """The reason why the way chosen cannot be gone."""
        if self.needs_pair(app):
            return self.needs_pair(app)
        if app.busy(next_call(self, app).target):
            return "This is being computed."
        if ways()[self.way].refines and self.match(app) is None:
            return "There is no match to refine yet: compute one from the shapes first."
        return ""

    def needs_chain(self, app: Application) -> str:
        """The reason why there is no way round."""
        pair = self.pair(app)
        if pair is None:
            return self.needs_pair(app)
        found = chain_between(app.scene, pair[0].id, pair[1].id)
        return "" if found else "No row of matches leads from one of the two shapes to the other."

    # The panel

    def draw(self, app: Application, ui: Ui) -> None:
        pair = self.pair(app)
        if pair is None:
            ui.faint("Matching needs two shapes. Drop another one on the window.")
            if ui.button("Built-in shapes", "samples"):
                app.run("file.samples")
            return
        table = app.item if isinstance(app.item, CollectionItem) else next(iter(app.scene.of(CollectionItem)), None)
        if table is not None:
            with ui.section("Collection") as shown:
                if shown:
                    self.collection.draw(self, app, ui, table)
        self._draw_pair(app, ui, pair)
        self._draw_way(app, ui)
        draw_numbers(app, ui, pair, self.landmarks.numbers)
        with ui.section("Landmarks", open_=False) as shown:
            if shown or self.landmarks.placing:
                self.landmarks.draw(app, ui, pair)
        match = self.match(app)
        if match is None:
            self._draw_nothing(app, ui, pair)
            return
        self._draw_match(app, ui, match)

    def _draw_pair(self, app: Application, ui: Ui, pair: tuple[ShapeItem, ShapeItem]) -> None:
        shapes = app.scene.shapes
        ids, labels = [shape.id for shape in shapes], [shape.label for shape in shapes]
        with columns("pair") as next_column:
            changed_a, first = ui.combo("From A", ids, pair[0].id, labels=labels)
            next_column()
            changed_b, second = ui.combo("to B", ids, pair[1].id, labels=labels)
        if changed_a or changed_b:
            if first == second:
                # Choosing the other one's shape means to change places.
                first, second = pair[1].id, pair[0].id
            self.first, self.second = first, second
        if ui.link("Swap A and B", "swap"):
            self.swap(app)
        found = chain_between(app.scene, pair[0].id, pair[1].id)
        if found:
            ui.same_line()
            middle = ", ".join(app.scene[key].label for key in found[1:-1])
            if ui.link("Chain", "chain", tip=f"The match through {middle}, made of those that are there."):
                app.run("match.chain")

    def _draw_way(self, app: Application, ui: Ui) -> None:
        known = ways()
        titles = [way.method.title for way in known.values()]
        _, self.way = ui.combo("Compute", list(known), self.way, labels=titles, tip=_paper(known[self.way]))
        options = self.options[self.way]
        if options is not None:
            with ui.section("Options", open_=False) as shown:
                if shown:
                    first = known[self.way].first
                    self.options[self.way] = draw_options(ui, options, first=first, skip=("device",))
        draw_card(ui, method_card(self.way), "About this method", open_=False)
        pair = self.pair(app)
        pairs = known_pairs(app, pair) if known[self.way].landmarks else None
        words = f"Match with {len(pairs)} landmarks" if pairs is not None else "Match"
        words = "Refine the match" if known[self.way].refines else words
        call = next_call(self, app)
        wait = app.will_take(call.target, *(one.shape for one in pair), *filter(None, [call.options]))
        if ui.button(f"{words}{wait}", "compute", primary=True, reason=self.needs(app), width=-1):
            app.run("match.compute")

    def _draw_nothing(self, app: Application, ui: Ui, pair: tuple[ShapeItem, ShapeItem]) -> None:
        ui.gap()
        if match_between(app, pair[1].id, pair[0].id) is not None:
            ui.faint("There is a match the other way round: swap A and B to see it.")
        else:
            ui.faint("No correspondence yet. Compute one with M, or drop a file that holds one.")

    def _draw_match(self, app: Application, ui: Ui, match: MatchItem) -> None:
        ui.gap()
        ui.heading(match.label)
        draw_pictures(app, ui, match)
        if match.source:
            ui.text(match.note)
            if ui.link(f"Count from {1 - match.index_base} instead", "base"):
                dropped.switch_base(self, app, match)
        if match.states:
            with ui.section("Training on the pair") as shown:
                if shown:
                    self.states.draw(ui, match)
        if match.fmap_ab.size:
            with ui.section("Map matrix C") as shown:
                if shown:
                    self.matrix.draw(app, ui, match)
        if match.judgements:
            with ui.section("Verdict") as shown:
                if shown:
                    draw_verdict(app, ui, match)
        # Two names, so that the section opens by itself the day there are errors to see.
        title = "Errors against the truth" if match.truth else "Against the truth"
        with ui.section(title, open_=match.truth is not None) as shown:
            if shown:
                self.truth.draw(app, ui, match)
        with ui.section("Carry across", open_=False) as shown:
            if shown:
                draw_carry(app, ui, match)
        with ui.section("Lines", open_=False) as shown:
            if shown:
                draw_lines(app, ui, match)
        with ui.section("Export", open_=False) as shown:
            if shown:
                self.exports.draw(app, ui, match)

    # What the buttons do

    def compute(self, app: Application) -> None:
        """Go the way chosen, where it can be watched."""
        app.show_desk(self.key)
        compute(self, app)

    def swap(self, app: Application) -> None:
        """Look from B to A."""
        first, second = self.pair(app)
        self.first, self.second = second.id, first.id

    def choose(self, first: str, second: str) -> None:
        """Match these two shapes next."""
        self.first, self.second = first, second

    def toggle_placing(self, app: Application) -> None:
        """Begin or end placing landmarks by clicks."""
        app.show_desk(self.key)
        self.landmarks.placing = not self.landmarks.placing

    # What the window asks

    def click(self, app: Application, hit: Hit) -> bool:
        pair = self.pair(app)
        return pair is not None and self.landmarks.click(app, hit, pair)

    def hover(self, app: Application, hit: Hit | None) -> list[Light]:
        return images(app, hit) if hit is not None else []

    def take(self, app: Application, source: str, loaded: Any) -> bool:
        return dropped.take(self, app, source, loaded)

    def remember(self) -> Mapping[str, Any]:
        options = {key: value.model_dump() for key, value in self.options.items() if value is not None}
        return {"way": self.way, "options": options, "first": self.first, "second": self.second}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.first, self.second = str(kept.get("first", "")), str(kept.get("second", ""))
        if kept.get("way") in ways():
            self.way = kept["way"]
        for key, values in dict(kept.get("options", {})).items():
            if key in ways() and isinstance(values, Mapping):
                try:
                    self.options[key] = type(self.options[key])(**values)
                except (GeomError, TypeError):
                    # Options of another version: the defaults serve.
                    continue


def _paper(way: Way) -> str:
    return f"{way.method.paper}, {way.method.year}."
