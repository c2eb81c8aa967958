"""Readings put on the stage: taken from a field, or read from a file; and the field rebuilt from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene, unique
from geomlearn.app.model.sensing.items import Readings, ReadingsItem, SensorsItem

if TYPE_CHECKING:
    from geomlearn.sensing.rebuild import Rebuilt


def rows_of(field: FieldItem) -> np.ndarray:
    """(t, n) the first function of a field."""
    return field.values if field.values.ndim == 2 else field.values[:, :, 0]


def taken(
    scene: Scene, sensors: SensorsItem, field: FieldItem, noise: float, seed: int, gain_spread: float = 0.0
) -> ReadingsItem:
    """What the sensors would read of a field, with noise of this standard deviation.

    Parameters
    ----------
    gain_spread   each sensor is off by a gain of its own, drawn evenly from 1 ± this.
    """
    random = np.random.default_rng(seed)
    values = rows_of(field)[:, list(sensors.vertices)].T
    values = values * (1 + gain_spread * random.uniform(-1, 1, len(values)))[:, None]
    values = values + noise * random.standard_normal(values.shape)
    at = np.array(sensors.vertices)[:, None]
    label = unique(f"{scene[sensors.owner].label} · readings", (item.label for item in scene))
    return ReadingsItem(
        label=label,
        owner=sensors.owner,
        corners=at,
        shares=np.ones(at.shape),
        values=values,
        weights=sensors.weights,
        sensors=sensors.id,
        truth=field.id,
        name=field.names[0],
    )


def read(
    scene: Scene, shape: ShapeItem, found: Readings, source: str, sensors: SensorsItem | None = None
) -> ReadingsItem:
    """Readings of a file as an item; they belong to the sensors where they stand at the same vertices."""
    label = unique(f"{shape.label} · readings", (item.label for item in scene))
    at = tuple(found.corners[:, 0].tolist()) if found.corners.shape[1] == 1 else None
    theirs = sensors.id if sensors is not None and at == sensors.vertices else ""
    content = {name: getattr(found, name) for name in ("corners", "shares", "values", "weights")}
    return ReadingsItem(label=label, owner=shape.id, source=source, sensors=theirs, **content)


def readings_of(item: ReadingsItem) -> Readings:
    """As the work on them knows them."""
    return Readings(item.corners, item.shares, item.values, item.weights)


def rebuilt_items(
    scene: Scene, readings: ReadingsItem, basis: BasisItem, found: Rebuilt, parameters: dict[str, Any]
) -> tuple[FieldItem, ...]:
    """The rebuilt field, and its band where there is one; compared with the truth where that is on the stage."""
    shape, truth = scene[readings.owner], scene.items.get(readings.truth)
    times = truth.times if isinstance(truth, FieldItem) else np.arange(len(found.values), dtype=float)
    label = unique(f"{shape.label} · rebuilt {readings.name}", (item.label for item in scene))
    moments = truth.moment_word if isinstance(truth, FieldItem) else "snapshot"
    known = bool(np.isfinite(found.band).all())
    curves = _against(found, rows_of(truth), basis.basis.mass) if isinstance(truth, FieldItem) else {}
    facts = {
        **parameters,
        "method": found.solver,
        "n_samples": int(found.stats["n_samples"]),
        "residual": np.asarray(found.stats["residual"], float).tolist(),
        "moments": moments,
        "truth": readings.truth,
    }
    field = FieldItem(
        label=label,
        owner=shape.id,
        times=times,
        values=found.values,
        names=(readings.name,),
        parameters=facts,
        curves=curves,
    )
    if not known:
        return (field,)
    band = field.replace(
        id=f"{field.id}b",
        label=f"{label}, band",
        values=found.band,
        names=(f"band of {readings.name}",),
        role="band",
        style="magnitude",
        parameters={"of": field.id, "moments": moments},
        curves={},
    )
    return field, band


def _against(found: Rebuilt, truth: np.ndarray, mass: np.ndarray) -> dict[str, np.ndarray]:
    """Curves: error relative to the truth, and the share of the shape where the truth lies inside the band."""
    if found.values.shape != truth.shape:
        return {}
    away = np.abs(found.values - truth)
    size = np.sqrt(truth**2 @ mass)
    relative = np.sqrt(away**2 @ mass) / np.where(size > 0, size, 1)
    curves = {"relative error": relative, "largest error": away.max(axis=1)}
    if np.isfinite(found.band).all():
        curves["inside the band"] = (away <= found.band) @ mass / mass.sum()
    return curves


# What copied Python calls


def take_readings(
    scene: Scene, sensors: str, field: str, *, noise: float = 0.0, seed: int = 0, gain_spread: float = 0.0
) -> Scene:
    """The scene with what these sensors read of a field, both by their labels."""
    return scene.put([taken(scene, scene.by_label(sensors), scene.by_label(field), noise, seed, gain_spread)])


def show_readings(scene: Scene, found: Readings, source: str, *, on: str, sensors: str = "") -> Scene:
    """The scene with readings from a file."""
    return scene.put([read(scene, scene.by_label(on), found, source, scene.by_label(sensors) if sensors else None)])


def show_rebuilt(scene: Scene, found: Rebuilt, *, readings: str, basis: str, k: int) -> Scene:
    """The scene with the field rebuilt from readings."""
    return scene.put(rebuilt_items(scene, scene.by_label(readings), scene.by_label(basis), found, {"k": k}))


def label_list(items: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Ids and labels, for a list to choose from."""
    return [item.id for item in items], [item.label for item in items]
