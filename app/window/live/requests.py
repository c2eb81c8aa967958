"""What a program can ask of the window, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.app.model.commands import Add, Steps
from geomlearn.app.model.computed import FieldItem, SelectionItem, ValuesItem
from geomlearn.app.model.files.codec import encode
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import Item, Layer, ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.results import first_layer, viewed
from geomlearn.app.model.scene import Scene
from geomlearn.app.window.live.content import fit
from geomlearn.core.errors import DeviceError, ParameterError
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.shape import Shape

if TYPE_CHECKING:
    from geomlearn.app.window.window import Window

DONE = "done"
Given = ValuesItem | FieldItem | VectorsItem | CurvesItem
"""What a program puts on a shape by name."""


class Waiting:
    """An answer that comes later.

    Attributes
    ----------
    rests   whether it comes only when the window closes.
    """

    rests = False

    def poll(self, window: Window) -> Any:
        """The answer, or None while there is none; once per frame."""
        return None


class UntilClosed(Waiting):
    """Nothing before the window closes, and says so itself."""

    rests = True


class UntilMatched(Waiting):
    """The map of a match that is being computed."""

    def __init__(self, known: set[str], ends: tuple[str, str]) -> None:
        self._known = known
        self._ends = ends

    def poll(self, window: Window) -> Any:
        for item in window.app.scene.of(MatchItem):
            if item.id not in self._known and item.parents == self._ends:
                return item.map_ab
        if window.app.busy():
            return None
        failed = [notice for notice in window.app.notices.log if notice.kind == "error"]
        words = (failed[-1].message, failed[-1].hint) if failed else ("The match was stopped in the window.", "")
        raise ParameterError(*words)


def answer(window: Window, name: str, content: Any) -> Any:
    """Do what is asked and return the answer; () for nothing in particular, a `Waiting` for later.

    Raises
    ------
    GeomError   it cannot be done; the sentence says why.
    """
    return _ANSWERS[name](window, content)


def _add(window: Window, content: dict[str, Any]) -> Any:
    """Shapes, fields on the first of them, or of the stage, and a map, in one step."""
    app = window.app
    shapes = [
        viewed(
            ShapeItem(
                label=one["label"],
                shape=Shape(one["vertices"], one["faces"], one["label"]),
                point_size=content["point_size"],
            )
        )
        for one in content["shapes"]
    ]
    owner = shapes[0] if shapes else app.shape
    items: list[Item] = list(shapes)
    layers: dict[str, Layer] = {}
    for name, values in content["fields"].items():
        item = _source(name, values, owner)
        items.append(item)
        layers |= _layers(item)
    if content["match"]:
        match = MatchItem(
            label=" → ".join(shape.label for shape in shapes),
            shape_a=shapes[0].id,
            shape_b=shapes[1].id,
            method="given",
            **content["match"],
        )
        items.append(match)
        layers |= first_layer(match)
    if not items:
        return ()
    first = not app.scene.of(ShapeItem)
    app.do(Add(tuple(items), "From Python: " + ", ".join(item.label for item in items), layers=layers))
    app.focus_on(owner.id if owner else items[0].id)
    if shapes:
        app.look("corner" if first else "same")
    return ()


def _set(window: Window, content: tuple[str, dict[str, Any]]) -> Any:
    """New values for a field of this name, or a new field; a quick row of them is one step."""
    name, values = content
    app = window.app
    old = next((item for item in app.scene if item.label == name and isinstance(item, Given)), None)
    owner = app.scene[old.owner] if old is not None else app.shape
    if isinstance(old, VectorsItem) and values.get("colors"):
        # Three numbers in [0, 1] are colours elsewhere; what was arrows stays arrows.
        values = {"vectors": values["values"][0], "on": None, "tangent": old.tangent}
    item = _source(name, values, owner)
    if old is not None and type(old) is type(item):
        looks = ("id", "visible", "length", "color", "width")
        item = item.replace(**{look: getattr(old, look) for look in looks if hasattr(old, look)})
    layers = {} if old is not None and item.id == old.id else _layers(item)
    app.do(Steps(f"From Python: {name}", (Add((item,), layers=layers),), f"live {name}"))
    return ()


def _layers(item: Item) -> dict[str, Layer]:
    """What shows numbers on their shape; arrows and curves are seen by themselves."""
    return first_layer(item) if isinstance(item, ValuesItem | FieldItem) else {}


def _source(name: str, values: dict[str, Any], owner: ShapeItem | None) -> Item:
    if owner is None:
        raise ParameterError(f"There is no shape for {name} on the stage.", "Add a shape first.")
    fit(name, values, owner.shape)
    if "vectors" in values:
        vectors = Vectors(values["vectors"], values["on"], values["tangent"])
        on = vectors.place(owner.shape, name)
        return VectorsItem(label=name, owner=owner.id, values=vectors.values, on=on, tangent=vectors.tangent)
    if "points" in values:
        return CurvesItem(label=name, owner=owner.id, **values)
    if "times" in values:
        return FieldItem(label=name, owner=owner.id, **values)
    return ValuesItem(label=name, owner=owner.id, values=values["values"], names=(name,), style=_style(values))


def _style(values: dict[str, Any]) -> str:
    if values.get("colors"):
        return "color"
    finite = values["values"][np.isfinite(values["values"])]
    return "symmetric" if finite.size and finite.min() < 0 < finite.max() else "scalar"


def _get(window: Window, name: str) -> Any:
    item = window.app.scene.by_label(name)
    if isinstance(item, CurvesItem):
        return item.points
    if isinstance(item, VectorsItem):
        return item.values
    if not isinstance(item, ValuesItem | FieldItem):
        raise ParameterError(f"{name} is no field.", "Ask for the scene, and take it from there.")
    return item.values[0] if isinstance(item, ValuesItem) and len(item.values) == 1 else item.values


def _screenshot(window: Window, panels: bool) -> Any:
    # What was asked for before must be drawn first; taken between frames, where it may be.
    window.present()
    return window.picture(with_panels=panels)


def _scene(window: Window, _: None) -> Any:
    content: list[Any] = []
    arrays: dict[str, np.ndarray] = {}
    for item in window.app.scene:
        own: dict[str, np.ndarray] = {}
        content.append(encode(item, own, item.id))
        arrays |= own
    return content, arrays


def _selection(window: Window, _: None) -> Any:
    return selected(window.app.scene, window.app.focus)


def selected(scene: Scene, focus: str) -> np.ndarray:
    """(m,) the selection in focus, else the newest, else none."""
    found = scene.of(SelectionItem)
    chosen = next((item for item in found if item.id == focus), found[-1] if found else None)
    return np.array(chosen.indices if chosen else (), np.int64)


def _wait(window: Window, _: None) -> Any:
    if window.is_hidden:
        raise DeviceError("The window is hidden: nobody could close it.", "Take a screenshot, or call close().")
    return UntilClosed()


def _match(window: Window, names: tuple[str, str]) -> Any:
    app = window.app
    desk: Any = app.desks["match"]
    ends = [app.scene.by_label(name) for name in names]
    desk.choose(*(item.id for item in ends))
    known = {item.id for item in app.scene.of(MatchItem)}
    reason = desk.needs(app)
    if reason:
        raise ParameterError(reason, "")
    app.run("match.compute")
    return UntilMatched(known, (ends[0].id, ends[1].id))


_ANSWERS: dict[str, Callable[[Window, Any], Any]] = {
    "add": _add,
    "set": _set,
    "get": _get,
    "screenshot": _screenshot,
    "scene": _scene,
    "selection": _selection,
    "wait": _wait,
    "match": _match,
}
