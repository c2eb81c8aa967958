"""Everything that can be found by its words: actions, and what they would be done with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from geomlearn.app.model.commands import change
from geomlearn.app.model.items import MATERIALS
from geomlearn.app.model.view.colormaps import COLORMAP_NAMES
from geomlearn.app.window.actions.table import Action, needs_shape
from geomlearn.app.window.application import Application
from geomlearn.app.window.files.ways import SAMPLES, open_typed

OTHER_WORDS = {
    "file.open": "load import read drop",
    "file.dialog": "browse",
    "file.samples": "examples demo builtin",
    "file.save": "store project",
    "file.picture": "screenshot export image render film video html",
    "file.quit": "exit close leave",
    "edit.select": "mark region",
    "edit.measure": "distance ruler length geodesic path",
    "edit.probe": "pick value read table csv over time",
    "edit.rename": "label name",
    "edit.remove": "delete erase drop",
    "edit.copy-python": "script code",
    "edit.copy-command": "script shell terminal",
    "edit.copy-last": "script shell terminal",
    "help.search": "find palette",
    "help.keys": "shortcuts cheat sheet hotkeys",
    "help.tour": "introduction tutorial first start welcome",
    "help.doctor": "version report system opengl gpu about",
    "view.frame": "fit zoom reset home centre",
    "view.orthographic": "parallel projection camera",
    "view.layout": "overlay compare arrange",
    "view.up": "orientation upright",
    "view.move": "gizmo translate rotate pose drag",
    "view.cut": "clip slice section plane",
    "view.edges": "mesh lines",
    "view.wireframe": "mesh lines",
    "view.isolines": "contours level stripes",
    "view.legend": "colour bar scale",
    "view.scale-bar": "ruler size length units",
    "view.axes": "bounding box coordinates ticks grid units",
    "view.next-kept": "camera bookmark",
    "view.ground": "floor shadow",
    "view.hide": "visibility eye",
    "view.bookmark": "camera",
    "view.two": "split viewport camera compare",
    "view.four": "split viewport camera quad",
    "view.one": "single viewport",
    "view.linked": "cameras link unlink synchronise",
    "view.next-page": "grid many",
    "view.only": "isolate solo",
    "view.all": "grid unhide",
    "view.console": "repl shell script code terminal",
    "view.panels": "sidebar interface",
    "view.full": "fullscreen maximise",
    "view.theme": "settings preferences mode appearance",
    "view.larger": "settings preferences zoom font size dpi",
    "view.smaller": "settings preferences zoom font size dpi",
}
"""By id of an action, what other programs call it."""
_SCALES = {"robust": "robust, 1–99 %", "full": "full, from the least to the greatest"}


def findable(app: Application) -> Iterator[Action]:
    """All actions, then methods by desk, things on the stage, colours, and files."""
    for action in app.actions:
        yield replace(action, words=OTHER_WORDS.get(action.id, ""))
    for desk in app.desks.values():
        yield from desk.findable(app)
    yield from _items(app)
    yield from _colors()
    yield from _files(app)


def found(app: Application, words: str) -> list[Action]:
    """What holds every typed word in its title or among its other names, best first; all actions without words."""
    parts = words.lower().split()
    if not parts:
        return list(app.actions)
    scored = []
    for order, one in enumerate(findable(app)):
        title, all_ = f" {one.title.lower()}", f" {one.title} {one.id} {one.words}".lower()
        if all(part in all_ for part in parts):
            # Beginnings of words of the title first, then its middles, then other names.
            weak = sum(f" {part}" not in title for part in parts)
            strange = sum(part not in title for part in parts)
            scored.append(((strange, weak, order), one))
    return [one for _, one in sorted(scored, key=lambda row: row[0])]


def _items(app: Application) -> Iterator[Action]:
    for item in app.scene:
        yield Action(f"item.{item.id}", f"Go to {item.label}", partial(_go_to, item_id=item.id), words=item.kind)


def _go_to(app: Application, item_id: str) -> None:
    app.focus_on(item_id)
    app.show_panels(True)


def _colors() -> Iterator[Action]:
    for name in COLORMAP_NAMES:
        run = partial(_relayer, colormap=name)
        yield Action(f"colormap.{name}", f"Colour map {name}", run, when=_needs_colors, words="colormap palette cmap")
    for scale, text in _SCALES.items():
        run = partial(_relayer, scale=scale)
        yield Action(f"range.{scale}", f"Range of the colours: {text}", run, when=_needs_colors, words="limits")
    for material in MATERIALS:
        run = partial(_dress, material=material)
        yield Action(f"material.{material}", f"Material {material}", run, when=needs_shape, words="look surface")


def _needs_colors(app: Application) -> str:
    return "" if app.shape and app.shape.layer else "Nothing is shown on this shape."


def _relayer(app: Application, **values: Any) -> None:
    app.do(change(app.shape.id, layer=replace(app.shape.layer, **values)))


def _dress(app: Application, material: str) -> None:
    app.do(change(app.shape.id, material=material))


def _files(app: Application) -> Iterator[Action]:
    for path in dict.fromkeys([*app.preferences.recent, *SAMPLES]):
        yield Action(f"open.{path}", f"Open {path}", partial(_open, path=path), words="recent file")


def _open(app: Application, path: str) -> None:
    open_typed(app, path)
