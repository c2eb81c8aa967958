"""A disturbed field beside its truth and the forecasts that different memories make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import OnePicture
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import Script
from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.frozen.options import DisturbanceOptions, Disturbed

_NAMES = {"s4d": "S4D", "s4-ptd": "S4-PTD"}


@dataclass(frozen=True, eq=False)
class DisturbedForecasts:
    """Show the painted field, its truth, S4D's and S4-PTD's forecast in a row, all in one range.

    They stand at the moment at which the two forecasts are off most unlike; at the first there is nothing to see yet.

    Attributes
    ----------
    field    id of the field that was disturbed.
    found    what came of it.
    options  what it was disturbed with.
    """

    field: str
    found: Disturbed
    options: DisturbanceOptions

    def apply(self, scene: Scene) -> Scene:
        field = self._field(scene)
        shape: ShapeItem = scene[field.owner]
        scene = OnePicture(shape.id).apply(scene)
        shape = scene[shape.id]
        painted, truth, *forecasts = self._items(field)
        others = [item for item in scene.of(ShapeItem) if item.visible and not item.shows(shape.id)]
        scene = scene.put(item.replace(visible=False) for item in others)
        scene = scene.put((painted, truth, *forecasts))
        off = [np.linalg.norm(self.found.forecasts[memory] - self.found.reference, axis=1) for memory in _NAMES]
        moment = int(np.abs(off[0] - off[1]).argmax())
        scene = scene.put([shape.replace(layer=Layer(source=truth.id, column=moment), visible=True)])
        places = ((painted, -1), *((item, place) for place, item in enumerate(forecasts, 1)))
        return scene.put(_picture(shape, item, moment, place) for item, place in places)

    def title(self, scene: Scene) -> str:
        return f"Disturb {self._field(scene).label} and forecast it"

    def script(self, scene: Scene) -> Script:
        field = self._field(scene)
        shape = scene[field.owner]
        given = ", ".join(f"{name}={value!r}" for name, value in self.options.model_dump(exclude_defaults=True).items())
        python = [
            "from geomlearn.app.model.fields import series_of",
            "from geomlearn.operators.sequence.frozen.options import DisturbanceOptions",
            "from geomlearn.operators.sequence.frozen.readout import disturb_field",
            f"field, shape = scene.by_label({field.label!r}), scene.by_label({shape.label!r}).shape",
            f"found = disturb_field(series_of(field), shape, DisturbanceOptions({given}))",
        ]
        return Script("", "\n".join(python))

    @property
    def merge_key(self) -> str:
        return ""

    def _items(self, field: FieldItem) -> list[FieldItem]:
        found, word = self.found, f"forecast of {field.id}"
        common: dict[str, Any] = {"owner": field.owner, "times": found.times, "link": word}
        common["parameters"] = {"disturbed": field.id, "omega": found.omega}
        rows: list[tuple[str, np.ndarray, dict[str, np.ndarray]]] = [
            ("painted", found.painted, {}),
            ("undisturbed", found.reference, {}),
        ]
        for memory, name in _NAMES.items():
            rows.append((f"{name} forecast", found.forecasts[memory], {"error": found.disturbed[memory]}))
        return [
            FieldItem(label=f"{field.label} · {name}", values=values, names=(name,), role=name, curves=curves, **common)
            for name, values, curves in rows
        ]

    def _field(self, scene: Scene) -> FieldItem:
        field = scene.items.get(self.field)
        if not isinstance(field, FieldItem):
            raise ParameterError("The field has been removed meanwhile.", "Undo, then disturb again.")
        return field


def forecasts_of(scene: Scene, field: FieldItem) -> list[FieldItem]:
    """What was made by disturbing a field, if it is on the stage."""
    family = scene.children(field.owner, FieldItem)
    wanted = field.parameters.get("disturbed", field.id)
    return [item for item in family if item.parameters.get("disturbed") == wanted]


def _picture(shape: ShapeItem, source: FieldItem, moment: int, place: int) -> ShapeItem:
    layer = Layer(source=source.id, column=moment)
    return shape.twin(label=f"{source.label} picture", visible=True, layer=layer, beside=place)
