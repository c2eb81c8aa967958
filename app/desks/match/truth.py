"""A match against the truth: a map file, two lists of true points, what built-in shapes know, or another match."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.app.desks.match.stage import show_column, shown_column
from geomlearn.app.model.commands import Add
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import COLORS, ERRORS, MatchItem, TruthErrors
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.plots import key, line, plot
from geomlearn.app.window.ui.theme import rgb
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError

MEASURE = "geomlearn.app.model.matching.jobs:measure"
BUILTIN = "builtin"
OTHERS = (rgb("#c26a12"), rgb("#1f8a70"), rgb("#8a4fa3"))
"""Lines of earlier matches, told from the accent by lightness as well."""


class TruthPanel:
    """The error curve, and where it comes from.

    Attributes
    ----------
    lists  by shape id, the dropped list of its true points.
    """

    def __init__(self) -> None:
        self.lists: dict[str, str] = {}
        self._typed: dict[tuple[str, ...], str] = {}
        self._other = ""

    def draw(self, app: Application, ui: Ui, match: MatchItem) -> None:
        if match.truth is not None:
            self._draw_errors(app, ui, match, match.truth)
        else:
            ui.faint("Drop a map, or the lists a.vts and b.vts, to see how far from the truth this is.")
        pair = match.parents
        typed = self._typed.setdefault(pair, self._suggestion(app, match))
        _, self._typed[pair] = ui.input_text("Truth: a map, or a.vts,b.vts", typed, hint="file or two lists")
        reason = "This is being measured." if app.busy(MEASURE) else ""
        if ui.button("Measure", "measure", reason=reason or ("" if typed.strip() else "Type a path, or drop files.")):
            self.measure(app, match, absolute(typed))
        if _both_built_in(app, match):
            ui.same_line()
            if ui.button("Built-in truth", "built-in", reason=reason, tip="These shapes know their true map."):
                self.measure(app, match, BUILTIN)
        others = [item for item in app.scene.of(MatchItem) if item.parents == pair and item is not match]
        if others:
            ids, labels = [item.id for item in others], [item.label for item in others]
            _, self._other = ui.combo("Or take another match as the truth", ids, self._other, labels=labels)
            if ui.button("Measure against it", "measure-other", reason=reason):
                self.measure(app, match, app.scene[self._other])

    def measure(self, app: Application, match: MatchItem, truth: str | MatchItem) -> None:
        """Measure in a worker; the errors become part of the match."""
        name = truth.label if isinstance(truth, MatchItem) else truth
        content = np.asarray(truth.map_ab) if isinstance(truth, MatchItem) else truth
        shapes = [app.scene[key].shape for key in match.parents]
        app.submit(
            f"Errors of {match.label}",
            MEASURE,
            match.map_ab,
            *shapes,
            content,
            name,
            on_result=lambda found: self._arrived(app, match.id, truth, found),
        )

    def take_list(self, app: Application, shape: ShapeItem, path: str, match: MatchItem | None) -> None:
        """Remember a list of true points; with both lists of a match the errors follow."""
        self.lists[shape.id] = path
        if match is None or shape.id not in match.parents:
            app.notices.news(f"{Path(path).name} is the list of true points of {shape.label}: kept for its matches.")
        elif all(key in self.lists for key in match.parents):
            spec = self.spec(match)
            self._typed[match.parents] = spec
            self.measure(app, match, spec)
        else:
            other = app.scene[next(key for key in match.parents if key not in self.lists)].label
            app.notices.news(f"{Path(path).name} holds true points of {shape.label}. Drop the list of {other} too.")

    def spec(self, match: MatchItem) -> str:
        """The lists of both shapes as one word, or empty."""
        both = [self.lists.get(key, "") for key in match.parents]
        return ",".join(both) if all(both) else ""

    def again(self, app: Application, match: MatchItem) -> None:
        """Measure a new match as the one before between the same shapes was."""
        before = [item.truth.source for item in app.scene.of(MatchItem) if item.parents == match.parents and item.truth]
        spec = self.spec(match) or next((name for name in before[::-1] if name == BUILTIN or _is_file(name)), "")
        if spec:
            self.measure(app, match, spec)

    def _arrived(self, app: Application, match_id: str, known: str | MatchItem, found: TruthErrors) -> None:
        if match_id not in app.scene:
            raise ParameterError("The match measured has been removed meanwhile.", "Undo, then measure again.")
        match = app.scene[match_id]
        what = f"Errors of {match.label}: mean {found.mean:.2f}"
        app.do(Add((match.replace(truth=found),), what, _made(match, known)))

    def _draw_errors(self, app: Application, ui: Ui, match: MatchItem, truth: TruthErrors) -> None:
        ui.text(truth.sentence)
        rivals = [item for item in app.scene.of(MatchItem) if item.parents == match.parents and item.truth]
        rivals = [item for item in rivals if item is not match][-len(OTHERS) :]
        top = float(truth.distances[-1])
        limits = (0.0, top, 0.0, 1.03)
        with plot(ui, "curve", "100 × geodesic distance / √area", "share of points", limits=limits) as shown:
            if shown:
                for rival, color in zip(rivals, OTHERS, strict=False):
                    line(ui, rival.label, rival.truth.distances, rival.truth.shares, color, weight=1.3)
                line(ui, match.label, truth.distances, truth.shares, ui.theme.accent)
        beside = [
            (color, f"{rival.label}: {rival.truth.mean:.2f}") for rival, color in zip(rivals, OTHERS, strict=False)
        ]
        if beside:
            key(ui, (ui.theme.accent, f"{match.label}: {truth.mean:.2f}"), *beside)
        ui.faint(f"Truth: {short_source(truth.source)}")
        if shown_column(app, match) == ERRORS:
            if ui.link("Back to the colours", "show-errors"):
                show_column(app, match, COLORS)
        elif ui.link(f"Show the errors on {app.scene[match.shape_a].label}", "show-errors"):
            show_column(app, match, ERRORS)

    def _suggestion(self, app: Application, match: MatchItem) -> str:
        """Lists that lie beside the files of the shapes, as data sets have them."""
        found = []
        for source in (app.scene[parent].source for parent in match.parents):
            if not source or source.startswith("builtin:"):
                return ""
            path = Path(source)
            places = (path.with_suffix(".vts"), *(path.parent / f / f"{path.stem}.vts" for f in ("corres", "corr")))
            found += [str(place) for place in places if place.is_file()][:1]
        return ",".join(found) if len(found) == len(match.parents) else ""


def _made(match: MatchItem, truth: str | MatchItem) -> Script:
    """The same as Python; the command line measures maps that are files."""
    known = f"scene.by_label({truth.label!r}).map_ab" if isinstance(truth, MatchItem) else repr(truth)
    name = truth.label if isinstance(truth, MatchItem) else truth
    lines = (
        "from geomlearn.app.model.matching.jobs import measure",
        f"measured = scene.by_label({match.label!r})",
        "ends = [scene[key].shape for key in measured.parents]",
        f"errors = measure(measured.map_ab, *ends, {known}, {name!r})",
        "scene = scene.put([measured.replace(truth=errors)])",
    )
    return Script("", "\n".join(lines))


def absolute(spec: str) -> str:
    """One or two paths, made absolute: a worker may stand elsewhere."""
    return ",".join(str(Path(part.strip()).expanduser().absolute()) for part in spec.split(","))


def short_source(source: str) -> str:
    """File names without their folders."""
    if source == BUILTIN:
        return "known to the built-in shapes"
    return " and ".join(Path(part).name for part in source.split(","))


def _is_file(source: str) -> bool:
    return all(Path(part).is_file() for part in source.split(","))


def _both_built_in(app: Application, match: MatchItem) -> bool:
    return all(app.scene[key].source.startswith("builtin:") for key in match.parents)
