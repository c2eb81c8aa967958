"""The command language: one line for each change of the scene, written and read back.

    remove cat                     set cat edges=true opacity=0.5        stage layout=overlay
    paint cat "cat basis" column=5 isolines=false                        paint cat none
    compare "cat · heat" "cat · heat 2"                                  single cat
    sensors "cat · sensors" 17 4 230
    measure cat 12 400              probe cat 17 4 230              select cat 0.2 0.7              quality cat
    stage page=1 page_size=24       only cat dog                    views cat 4

`geomlearn view FILES --do LINE` runs such lines; "Copy as command" and "Copy as Python" write them.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import fields
from typing import Any

from geomlearn.app.model.commands import Change, Command, Remove, Restage
from geomlearn.app.model.fields import OnePicture, SideBySide
from geomlearn.app.model.items import Item, Layer, ShapeItem
from geomlearn.app.model.many.pages import PAGING, Only, Turn
from geomlearn.app.model.many.views import Views
from geomlearn.app.model.measuring.commands import VERBS as MEASURING
from geomlearn.app.model.measuring.commands import parse_measuring
from geomlearn.app.model.scene import Scene, Stage
from geomlearn.app.model.sensing.sensing import Resensor
from geomlearn.app.model.texts import NAMES_ITEMS
from geomlearn.core.errors import ParameterError

_OF_ITEMS = ("remove", "set", "paint", "compare", "single", "sensors", "only", "views", *MEASURING)
_VERBS = "remove, set, paint, stage, compare, single, sensors, only, views, measure, probe, select and quality"


def do(scene: Scene, line: str) -> Scene:
    """The scene after one or more lines of the command language, separated by ";" or newlines.

    Raises
    ------
    ParameterError   a line cannot be read, or names something that is not there.
    """
    for part in split_lines(line):
        scene = parse(scene, part).apply(scene)
    return scene


def parse(scene: Scene, line: str) -> Command:
    """The command that one line says.

    Raises
    ------
    ParameterError   the line cannot be read, or names something that is not there.
    """
    words = _words(line)
    verb, rest = words[0], words[1:]
    if verb == "stage":
        values = _values(rest, {f.name for f in fields(Stage)})
        return Turn(values) if set(values) & set(PAGING) else Restage(values)
    if verb not in _OF_ITEMS:
        raise ParameterError(f"There is no command {line!r}.", f"Commands are {_VERBS}.")
    if not rest:
        raise ParameterError(f"{verb} of what?", f"Write: {verb} NAME, a name that stands on the stage.")
    item = scene.by_label(rest[0])
    if verb == "only":
        return Only(tuple(scene.by_label(word).id for word in rest))
    if verb == "views":
        return Views(item.id, *_vertices(rest[1:2]))
    if verb in MEASURING:
        return parse_measuring(verb, item, rest[1:])
    if verb == "compare":
        return SideBySide(item.id, scene.by_label(rest[1]).id if rest[1:] else "", beside=_third(scene, rest))
    if verb == "sensors":
        return Resensor(item.id, _vertices(rest[1:]))
    if verb == "single":
        return OnePicture(item.id)
    if verb == "remove":
        return Remove(item.id)
    if verb == "set":
        values = _values(rest[1:], {f.name for f in fields(item)} - {"id", "layer"})
        values |= {key: scene.by_label(values[key]).id for key in NAMES_ITEMS if values.get(key)}
        return Change(item.id, values)
    return Change(item.id, {"layer": _layer(scene, item, rest[1:])})


def _third(scene: Scene, words: list[str]) -> str:
    return scene.by_label(words[2]).id if len(words) > 2 else ""


def _vertices(words: list[str]) -> tuple[int, ...]:
    if not words or not all(word.isdecimal() for word in words):
        raise ParameterError("Sensors stand at vertices.", "Write: sensors LABEL 17 4 230.")
    return tuple(map(int, words))


def _layer(scene: Scene, item: Item, words: list[str]) -> Layer | None:
    if not isinstance(item, ShapeItem) or not words:
        raise ParameterError(f"{item.label} cannot be painted so.", "Write: paint SHAPE SOURCE column=0.")
    if words == ["none"]:
        return None
    source = scene.by_label(words[0])
    values = _values(words[1:], {f.name for f in fields(Layer)} - {"source"})
    if values.get("through"):
        values["through"] = scene.by_label(values["through"]).id
    return Layer(source=source.id, **values)


def _values(words: list[str], allowed: set[str]) -> dict[str, Any]:
    result = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or key not in allowed:
            raise ParameterError(f"{word!r} is not understood here.", f"Known: {', '.join(sorted(allowed))}.")
        try:
            result[key] = _tuples(json.loads(text))
        except json.JSONDecodeError:
            result[key] = text
    return result


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ParameterError(f"{line!r} cannot be read: {error}.", "Close the quotes.") from None
    if not words:
        raise ParameterError("The command is empty.", f"Commands are {_VERBS}.")
    return words


def split_lines(text: str) -> list[str]:
    """The commands between newlines and semicolons, except those inside quotes."""
    parts, quote = [""], ""
    for letter in text:
        if letter in "\n;" and not quote:
            parts.append("")
            continue
        if letter in "'\"" and quote in ("", letter):
            quote = "" if quote else letter
        parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
