"""What a person has chosen on the Sense desk, and the items it means now."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from geomlearn.app.model.computed import BasisItem, FieldItem, SelectionItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.sensing.items import Counted, Demands, ReadingsItem, SensorsItem
from geomlearn.app.model.sensing.readings import rows_of
from geomlearn.app.model.sensing.where import on_vertices
from geomlearn.app.window.application import Application
from geomlearn.core.errors import GeomError
from geomlearn.sensing.placement.options import PlacementOptions

LAPLACIAN = ""
"""The modes of the shape itself."""


@dataclass
class Part:
    """So many sensors in a selection, by its id."""

    selection: str
    count: int = 5
    exactly: bool = False


@dataclass
class Choice:
    """How sensors are placed next.

    Attributes
    ----------
    modes   LAPLACIAN, or the id of a field whose principal directions are taken.
    k       how many modes;  options  law, number, seed.
    required, forbidden   ids of selections, or "".
    regions   parts with a count each.
    cost    of a sensor at each vertex: the id of a field, whose first frame counts, or a formula in x, y, z, or "".
    """

    modes: str = LAPLACIAN
    k: int = 30
    options: PlacementOptions = field(default_factory=PlacementOptions)
    required: str = ""
    forbidden: str = ""
    regions: list[Part] = field(default_factory=list)
    cost: str = ""

    def demands(self, app: Application, shape: ShapeItem) -> Demands:
        """The demands, with the vertices that the selections on this shape hold now."""

        def inside(key: str) -> tuple[int, ...]:
            item = app.scene.items.get(key)
            return item.indices if isinstance(item, SelectionItem) and item.owner == shape.id else ()

        regions = [Counted(inside(part.selection), part.count, part.exactly) for part in self.regions]
        regions = [region for region in regions if region.inside]
        return Demands(inside(self.required), inside(self.forbidden), tuple(regions))

    def costs(self, app: Application, shape: ShapeItem) -> np.ndarray | None:
        """(n,) what a sensor costs at each vertex.

        Raises
        ------
        ParameterError   the text is no formula.
        """
        item = app.scene.items.get(self.cost)
        if isinstance(item, FieldItem):
            return rows_of(item)[0] if item.owner == shape.id else None
        return on_vertices(self.cost, shape.shape) if self.cost.strip() else None

    def missing(self) -> str:
        """Why nothing can be placed with these numbers."""
        n, law = self.options.n, self.options.law
        if n < self.k:
            return f"{n} sensors cannot determine {self.k} modes: place more, or ask for fewer modes."
        if law == "dpp" and n != self.k:
            return f"One DPP has as many sensors as modes, {self.k}: use rdpp or vol for more."
        return ""

    def kept(self) -> dict[str, Any]:
        return {"k": self.k, "options": self.options.model_dump()}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.k = int(kept.get("k", self.k))
        # Options of another version: what there is serves.
        with suppress(GeomError, TypeError):
            self.options = PlacementOptions(**kept.get("options", {}))


def current_sensors(app: Application) -> SensorsItem | None:
    """The sensors in focus, those that what is in focus belongs to, else the newest on the shape in focus."""
    item = app.item
    if isinstance(item, ReadingsItem) and item.sensors in app.scene:
        item = app.scene[item.sensors]
    if isinstance(item, SensorsItem):
        return item
    found = app.scene.children(app.shape.id, SensorsItem) if app.shape else ()
    return found[-1] if found else None


def current_readings(app: Application) -> ReadingsItem | None:
    """The readings in focus, else the newest of the sensors at hand, else the newest on the shape."""
    if isinstance(app.item, ReadingsItem):
        return app.item
    sensors = current_sensors(app)
    found = app.scene.children(app.shape.id, ReadingsItem) if app.shape else ()
    own = [item for item in found if sensors is not None and item.sensors == sensors.id]
    return (own or list(found) or [None])[-1]


def current_rebuilt(app: Application) -> FieldItem | None:
    """The rebuilt field in focus or shown, else the newest on the shape in focus."""
    for item in (app.item, app.source):
        if is_rebuilt(item):
            return item
    found = [item for item in app.scene.children(app.shape.id, FieldItem) if is_rebuilt(item)] if app.shape else []
    return found[-1] if found else None


def is_rebuilt(item: Any) -> TypeGuard[FieldItem]:
    """Whether a field was rebuilt from readings."""
    return isinstance(item, FieldItem) and "n_samples" in item.parameters


def fields_on(app: Application, shape: ShapeItem) -> list[FieldItem]:
    """Fields that can be the truth, or train modes: whatever was not rebuilt here."""
    found = app.scene.children(shape.id, FieldItem)
    return [item for item in found if item.role in ("solution", "reference") and not is_rebuilt(item)]


def basis_for(app: Application, shape: ShapeItem, choice: Choice) -> BasisItem | None:
    """A basis on the stage that serves the choice."""
    for item in reversed(app.scene.children(shape.id, BasisItem)):
        trained = str(item.parameters.get("fields", ""))
        if trained == choice.modes and item.basis.k >= choice.k and (not trained or item.basis.k == choice.k):
            return item
    return None
