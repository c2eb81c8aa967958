"""Writing a match: the map in either direction and any format, and the functional map."""

from __future__ import annotations

from typing import Any

from geomlearn.app.desks.match.scripts import match_line
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.texts import NO_SCRIPT, Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.ui.widgets import Ui

WRITE_MAP = "geomlearn.matching.io.maps:write_map"
WRITE_FMAP = "geomlearn.matching.io.functional_maps:write_fmap"
MAP_SUFFIXES = (".txt", ".map", ".vts", ".csv", ".npy", ".npz", ".mat", ".h5")
FMAP_SUFFIXES = (".npz", ".mat", ".h5", ".npy")


class ExportPanel:
    """Both files of a match."""

    def __init__(self) -> None:
        self.what = "map"
        self.index_base = 0
        self.forward = True
        self._map = ExportBox("map", WRITE_MAP, MAP_SUFFIXES)
        self._fmap = ExportBox("functional map", WRITE_FMAP, FMAP_SUFFIXES)

    def draw(self, app: Application, ui: Ui, match: MatchItem) -> None:
        words = [app.scene[key].label for key in match.parents]
        if match.fmap_ab.size:
            self.what = ui.choice("what", ("map", "functional map"), self.what, ("Point map", "Functional map"))
        if self.what == "functional map" and match.fmap_ab.size:
            k_b, k_a = match.fmap_ab.shape
            ui.faint(f"{words[0]} → {words[1]}: {k_b} × {k_a}, coefficients of A to coefficients of B.")
            stem = f"{identifier('_'.join(words))}_fmap"
            content = (match.fmap_ab, metadata(app, match))
            self._fmap.draw(app, ui, stem, content, fmap_script(app, match))
            return
        arrows = (f"{words[0]} → {words[1]}", f"{words[1]} → {words[0]}")
        _, chosen = ui.combo("Direction", ("ab", "ba"), "ab" if self.forward else "ba", labels=arrows)
        self.forward = chosen == "ab"
        ui.label("Vertices are counted from")
        self.index_base = int(ui.choice("base", ("0", "1"), str(self.index_base)))
        values = match.map_ab if self.forward else match.map_ba
        stem = identifier("_".join(words if self.forward else words[::-1]))
        content = (values, metadata(app, match, forward=self.forward))
        self._map.draw(
            app, ui, stem, content, map_script(app, match, self.index_base), options={"index_base": self.index_base}
        )


def metadata(app: Application, match: MatchItem, *, forward: bool = True) -> dict[str, Any]:
    """What belongs beside the numbers in a file."""
    import geomlearn

    ends = [app.scene[key] for key in (match.parents if forward else match.parents[::-1])]
    return {
        "source": ends[0].label,
        "target": ends[1].label,
        "direction": "source to target",
        "n_source": ends[0].shape.n_vertices,
        "n_target": ends[1].shape.n_vertices,
        "method": match.method,
        "parameters": dict(match.parameters),
        "version": geomlearn.__version__,
    }


def map_script(app: Application, match: MatchItem, index_base: int) -> Script:
    """The same on the command line."""
    base = f" --index-base {index_base}" if index_base else ""
    return Script(f"{_line(app, match)} -o PATH{base}") if match.method in _COMPUTED else NO_SCRIPT


def fmap_script(app: Application, match: MatchItem) -> Script:
    """The same on the command line, which writes the map too."""
    return Script(f"{_line(app, match)} -o map.txt --fmap PATH") if match.method in _COMPUTED else NO_SCRIPT


_COMPUTED = ("match", "functional-map")
"""What the command line computes from the shapes alone."""


def _line(app: Application, match: MatchItem) -> str:
    return match_line((app.scene[match.shape_a], app.scene[match.shape_b]), dict(match.parameters))
