"""Every change of the scene, as a value: it can be applied, named, written as text, kept in the history."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from geomlearn.app.model.items import Item, Layer, ShapeItem, Source
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import NO_SCRIPT, Script, change_text, joined, script_of, stage_text
from geomlearn.core.errors import ParameterError


class Command(Protocol):
    """What the history asks of a command. All three see the scene as it is before the command."""

    def apply(self, scene: Scene) -> Scene:
        """The scene afterwards."""

    def title(self, scene: Scene) -> str:
        """What happens, for the history and the undo button: "Hide cat"."""

    def script(self, scene: Scene) -> Script:
        """The same as a shell line and as Python."""

    @property
    def merge_key(self) -> str:
        """Commands in a row with one non-empty key are one step: dragging a slider is one thing done."""


@dataclass(frozen=True, eq=False)
class Add:
    """Put new items on the stage, and colour shapes with them at once where `layers` says so.

    Attributes
    ----------
    items   what is new, parents before children.
    what    the title; empty to name the items.
    made    how they were made, as a shell line and Python.
    layers  by shape id, the layer that shows the news.
    """

    items: tuple[Item, ...]
    what: str = ""
    made: Script = NO_SCRIPT
    layers: Mapping[str, Layer] = field(default_factory=dict)

    def apply(self, scene: Scene) -> Scene:
        for item in self.items:
            missing = [p for p in item.parents if p not in scene and p not in {other.id for other in self.items}]
            if missing:
                raise ParameterError(
                    f"{item.label} belongs to something that is no longer on the stage.", "Undo, then run again."
                )
        scene = scene.put(self.items)
        return scene.put(scene[key].replace(layer=layer) for key, layer in self.layers.items() if key in scene)

    def title(self, scene: Scene) -> str:
        return self.what or "Add " + ", ".join(item.label for item in self.items)

    def script(self, scene: Scene) -> Script:
        after = self.apply(scene)
        paints = [
            script_of(after, change_text(after, after[key], {"layer": layer})).python
            for key, layer in self.layers.items()
            if key in after
        ]
        return Script(self.made.shell, "\n".join([self.made.python, *paints])) if self.made else self.made

    @property
    def merge_key(self) -> str:
        return ""


@dataclass(frozen=True)
class Remove:
    """Take an item off the stage, with all that needs it."""

    item_id: str

    def apply(self, scene: Scene) -> Scene:
        return scene.without(self.item_id)

    def title(self, scene: Scene) -> str:
        return f"Remove {scene[self.item_id].label}"

    def script(self, scene: Scene) -> Script:
        return script_of(scene, f"remove {quoted(scene, self.item_id)}")

    @property
    def merge_key(self) -> str:
        return ""


@dataclass(frozen=True, eq=False)
class Change:
    """Give some attributes of one item new values. Make it with `change`."""

    item_id: str
    values: Mapping[str, Any]
    what: str = ""

    def apply(self, scene: Scene) -> Scene:
        item = scene[self.item_id]
        unknown = set(self.values) - {f.name for f in fields(item)}
        if unknown or "id" in self.values:
            raise ParameterError(f"{item.kind} {item.label} has no {', '.join(unknown) or 'changeable id'}.", "")
        return scene.put([item.replace(**self.values)])

    def title(self, scene: Scene) -> str:
        return self.what or _change_title(scene, scene[self.item_id], self.values)

    def script(self, scene: Scene) -> Script:
        return script_of(scene, change_text(scene, scene[self.item_id], self.values))

    @property
    def merge_key(self) -> str:
        if set(self.values) <= {"visible", "label"}:
            return ""
        return f"{self.item_id} {' '.join(sorted(self.values))}"


@dataclass(frozen=True, eq=False)
class Restage:
    """Set up the whole picture differently. Make it with `restage`."""

    values: Mapping[str, Any]

    def apply(self, scene: Scene) -> Scene:
        return scene.with_stage(**self.values)

    def title(self, scene: Scene) -> str:
        return "Stage: " + ", ".join(f"{name} {_word(value)}" for name, value in self.values.items())

    def script(self, scene: Scene) -> Script:
        return script_of(scene, stage_text(self.values))

    @property
    def merge_key(self) -> str:
        return ""


@dataclass(frozen=True, eq=False)
class Steps:
    """Several commands as one step of the history."""

    what: str
    commands: tuple[Command, ...]
    key: str = ""

    def apply(self, scene: Scene) -> Scene:
        for command in self.commands:
            scene = command.apply(scene)
        return scene

    def title(self, scene: Scene) -> str:
        return self.what

    def script(self, scene: Scene) -> Script:
        scripts = []
        for command in self.commands:
            scripts.append(command.script(scene))
            scene = command.apply(scene)
        return joined(scripts)

    @property
    def merge_key(self) -> str:
        return self.key


def change(item_id: str, what: str = "", **values: Any) -> Change:
    """A command giving attributes of an item new values."""
    return Change(item_id, values, what)


def restage(**values: Any) -> Restage:
    """A command changing the stage: layout, up, projection, ground, legend, scale_bar, axes."""
    return Restage(values)


def quoted(scene: Scene, item_id: str) -> str:
    """The label of an item as one word of the command language."""
    return shlex.quote(scene[item_id].label)


def _change_title(scene: Scene, item: Item, values: Mapping[str, Any]) -> str:
    if set(values) == {"visible"}:
        return f"{'Show' if values['visible'] else 'Hide'} {item.label}"
    if set(values) == {"label"}:
        return f"Rename {item.label} to {values['label']}"
    if set(values) == {"layer"} and isinstance(item, ShapeItem):
        return _layer_title(scene, item, values["layer"])
    return f"{item.label}: " + ", ".join(f"{name} {_word(value)}".strip() for name, value in values.items())


def _layer_title(scene: Scene, item: ShapeItem, layer: Layer | None) -> str:
    source = scene.items.get(layer.source) if layer else None
    if layer is None or not isinstance(source, Source):
        return f"Plain colour on {item.label}"
    old = item.layer
    if old is not None and (old.source, old.column) == (layer.source, layer.column):
        return f"Colours of {item.label}"
    return (
        f"Show {source.column_names()(layer.column)} on {item.label}"
        if source.n_columns > 1
        else f"Show {source.label} on {item.label}"
    )


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value) if isinstance(value, str | int) else ""
