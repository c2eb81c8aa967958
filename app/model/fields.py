"""Fields side by side: where a solution came from, what it is compared with, and what is left between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geomlearn.app.model.commands import quoted
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import Script, script_of
from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.residual import residual
from geomlearn.operators.fields.series import FieldSeries

DERIVED = ("input", "residual", "painted", "undisturbed", "S4D forecast", "S4-PTD forecast")
"""Roles of fields that are made for a comparison and go with it."""


def series_of(item: FieldItem) -> FieldSeries:
    """The field as the library knows it."""
    return FieldSeries(item.times, item.values, item.names, dict(item.parameters))


def field_item(result: Any, owner: ShapeItem, label: str, **more: Any) -> FieldItem:
    """The item for a solved field: a Result of a FieldSeries, or the series alone. Curves come from the history."""
    series = getattr(result, "value", result)
    history: Sequence[Mapping[str, Any]] = getattr(result, "history", ())
    sentence = getattr(result, "sentence", "")
    fits = len(history) == len(series.times)
    names = [name for name in history[0] if name != "time"] if fits else []
    curves = {name: np.array([float(row[name]) for row in history]) for name in names}
    return FieldItem(
        label=label,
        owner=owner.id,
        times=series.times,
        values=series.values,
        names=tuple(series.names),
        parameters=dict(series.metadata) | ({"sentence": sentence} if sentence else {}),
        curves=curves,
        **more,
    )


def start_item(field: FieldItem, shape: ShapeItem, start: FieldSeries | None = None) -> FieldItem:
    """What the field began with: its first frame, or for a steady equation its source `start`."""
    label = f"{shape.label} · input"
    if start is not None:
        return FieldItem(
            label=label, owner=shape.id, times=start.times, values=start.values, names=start.names, role="input"
        )
    names = tuple(f"{name} at the start" for name in field.names)
    return FieldItem(
        label=label, owner=shape.id, times=field.times[:1], values=field.values[:1], names=names, role="input"
    )


def residual_item(field: FieldItem, reference: FieldItem, shape: ShapeItem) -> FieldItem:
    """Solution − reference, coloured around zero.

    Raises
    ------
    SizeMismatch   they have no time, or not their functions, in common.
    """
    from geomlearn.spectral.cotan import vertex_areas

    mass = None if shape.shape.is_cloud else vertex_areas(shape.shape.vertices, shape.shape.faces)
    found = residual(series_of(field), series_of(reference), mass)
    return FieldItem(
        label=f"{shape.label} · residual",
        owner=shape.id,
        times=found.series.times,
        values=found.series.values,
        names=found.series.names,
        role="residual",
        style="symmetric",
        parameters={
            "solution": field.label,
            "reference": reference.label,
            "interpolated": found.interpolated,
            "moments": field.moment_word,
        },
        curves={"relative error": found.relative, "largest error": found.largest},
    )


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Show input, solution, reference and residual of a field in a row, the ranges of the first three linked.

    Attributes
    ----------
    field      id of the solution.
    reference  id of another field on the same shape; empty to show the input and the solution alone.
    start      the source of a steady equation; its range stays its own, since it has another unit.
    beside     id of a field shown where the input would be, such as the band of a rebuilt field.
    """

    field: str
    reference: str = ""
    start: FieldSeries | None = None
    beside: str = ""

    def apply(self, scene: Scene) -> Scene:
        field, reference = self._fields(scene)
        shape: ShapeItem = scene[field.owner]
        link = f"with {field.id}"
        if self.beside:
            sources = [(scene[self.beside], -1)]
        else:
            start = start_item(field, shape, self.start).replace(link="" if self.start is not None else link)
            sources = [(start, -1)]
        if reference is not None:
            # Before anything moves: a residual that cannot be formed leaves the scene as it was.
            sources += [(reference, 1), (residual_item(field, reference, shape), 2)]
        scene = OnePicture(shape.id).apply(scene)
        linked = [item for item in (field, reference) if item is not None]
        scene = scene.put(item.replace(link=link, role=_role(item, field)) for item in linked)
        scene = scene.put(source for source, _ in sources if source.role in DERIVED)
        layer = shape.layer if shape.layer and shape.layer.source == field.id else Layer(source=field.id)
        scene = scene.put(other.replace(visible=False) for other in _others(scene, shape))
        scene = scene.put([scene[shape.id].replace(layer=layer, visible=True)])
        return scene.put(_twin(shape, source, place, layer) for source, place in sources)

    def title(self, scene: Scene) -> str:
        field, reference = self._fields(scene)
        return f"Compare {field.label} with {reference.label}" if reference else f"{field.label} beside its input"

    def script(self, scene: Scene) -> Script:
        shown = [item.id for item in self._fields(scene) if item is not None] + [self.beside] * bool(self.beside)
        return script_of(scene, f"compare {' '.join(quoted(scene, key) for key in shown)}")

    @property
    def merge_key(self) -> str:
        return ""

    def _fields(self, scene: Scene) -> tuple[FieldItem, FieldItem | None]:
        field = scene.items.get(self.field)
        reference = scene.items.get(self.reference) if self.reference else None
        if not isinstance(field, FieldItem) or (self.reference and not isinstance(reference, FieldItem)):
            raise ParameterError("Only fields can be compared.", "Solve an equation, or drop a file of one.")
        if not isinstance(reference, FieldItem):
            return field, None
        if reference.id == field.id or reference.owner != field.owner:
            raise ParameterError(
                f"{reference.label} is no reference for {field.label}.", "Choose another field on the same shape."
            )
        return field, reference


@dataclass(frozen=True)
class OnePicture:
    """End a comparison: one picture of the shape, and every field with a range of its own."""

    shape: str

    def apply(self, scene: Scene) -> Scene:
        for item in scene.children(self.shape):
            if item.id in scene and (_is_twin(item) or getattr(item, "role", "") in DERIVED):
                scene = scene.without(item.id)
        linked = [item for item in scene.children(self.shape, FieldItem) if item.link]
        scene = scene.put(item.replace(link="", role="solution") for item in linked)
        shape: ShapeItem = scene[self.shape]
        lost = shape.layer is not None and shape.layer.source not in scene
        return scene.put([shape.replace(layer=None if lost else shape.layer, room=0.0)])

    def title(self, scene: Scene) -> str:
        return f"One picture of {scene[self.shape].label}"

    def script(self, scene: Scene) -> Script:
        return script_of(scene, f"single {quoted(scene, self.shape)}")

    @property
    def merge_key(self) -> str:
        return ""


def _is_twin(item: Any) -> bool:
    return bool(getattr(item, "twin_of", ""))


def _role(item: FieldItem, field: FieldItem) -> str:
    return "solution" if item.id == field.id else "reference"


def _others(scene: Scene, shape: ShapeItem) -> list[ShapeItem]:
    """Shapes that would make the pictures small."""
    return [item for item in scene.of(ShapeItem) if item.visible and not item.shows(shape.id)]


def _twin(shape: ShapeItem, source: FieldItem, place: int, like: Layer) -> ShapeItem:
    role = source.role if source.role in (*DERIVED, "band") else "reference"
    layer = replace(like, source=source.id, column=0)
    if role in ("residual", "band"):
        layer = replace(layer, colormap="", scale="robust")
    return shape.twin(label=f"{shape.label} · {role} picture", visible=True, layer=layer, beside=place)


def moment_layers(scene: Scene, time: float) -> dict[str, Layer]:
    """By shape id, the layers that change so that every field shows its moment nearest to `time`."""
    layers = {}
    for shape in scene.of(ShapeItem):
        layer = shape.layer
        source = scene.items.get(layer.source) if layer else None
        if layer and isinstance(source, FieldItem) and len(source.times) > 1:
            frame = int(abs(source.times - time).argmin())
            column = source.component(layer.column) * len(source.times) + frame
            if column != layer.column:
                layers[shape.id] = replace(layer, column=column)
    return layers


def at_time(scene: Scene, time: float) -> Scene:
    """The scene with every field at its moment nearest to `time`."""
    return scene.put(scene[key].replace(layer=layer) for key, layer in moment_layers(scene, time).items())
