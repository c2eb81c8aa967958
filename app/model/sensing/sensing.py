"""Sensors put on the stage and moved by hand: what they promise is computed anew each time."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.texts import Script, script_of
from geomlearn.core.errors import ParameterError
from geomlearn.sensing.mode_space import ModeSpace, from_basis
from geomlearn.sensing.placement.laws import law_weights
from geomlearn.sensing.placement.stability import noise_field, stability

_STEPS = 40
"""Points of the curve of λ_min."""


def sensors_item(
    basis: BasisItem, k: int, vertices: Sequence[int], weights: np.ndarray, label: str, **more: Any
) -> SensorsItem:
    """Sensors at these vertices, with what they promise for the first k modes of a basis."""
    space = from_basis(basis.basis.truncated(k))
    return SensorsItem(
        label=label, owner=basis.owner, basis=basis.id, k=k, **_promise(space, vertices, weights), **more
    )


def moved(scene: Scene, item: SensorsItem, vertices: Sequence[int]) -> SensorsItem:
    """The sensors at other vertices: one that stays keeps its weight, a new one gets that of its law.

    Raises
    ------
    ParameterError   two sensors at one place, a vertex that is not there, or none is left.
    """
    basis: BasisItem = scene[item.basis]
    if not vertices:
        raise ParameterError("The last sensor cannot be taken away.", "Remove the whole set in the tree on the left.")
    if len(set(vertices)) < len(vertices):
        raise ParameterError("There is a sensor at this vertex already.", "Choose another place.")
    if not all(0 <= vertex < basis.basis.n_vertices for vertex in vertices):
        raise ParameterError("A sensor has a vertex that the shape has not.", f"Use 0 to {basis.basis.n_vertices - 1}.")
    space = from_basis(basis.basis.truncated(item.k))
    known = dict(zip(item.vertices, item.weights.tolist(), strict=True))
    lawful = law_weights(item.parameters.get("law", "qdeim"), space)
    weights = np.array([known.get(vertex, float(lawful[vertex])) for vertex in vertices])
    # Gains belong to sensors that are where they were.
    gains = item.gains if tuple(vertices) == item.vertices else ()
    return item.replace(**_promise(space, vertices, weights), gains=gains)


def _promise(space: ModeSpace, vertices: Sequence[int], weights: np.ndarray) -> dict[str, Any]:
    at = space.functions[list(vertices)]
    found = stability(at, weights)
    counts = np.unique(np.linspace(min(space.n_modes, len(at)), len(at), _STEPS).astype(int))
    climb = np.array([[count, stability(at[:count], weights[:count]).lambda_min] for count in counts])
    numbers = {name: getattr(found, name) for name in ("lambda_min", "condition", "error_factor", "noise_gain")}
    noise = noise_field(space.functions, at, weights)
    vertices = tuple(int(vertex) for vertex in vertices)
    return {"vertices": vertices, "weights": weights, "noise": noise, "climb": climb, **numbers}


@dataclass(frozen=True)
class Resensor:
    """Put the sensors of an item at these vertices."""

    item_id: str
    vertices: tuple[int, ...]
    what: str = ""

    def apply(self, scene: Scene) -> Scene:
        item = scene[self.item_id]
        if not isinstance(item, SensorsItem):
            raise ParameterError(f"{item.label} is no set of sensors.", "Place sensors first.")
        kept = scene.put([moved(scene, item, self.vertices)])
        # What other sensors read is not what these would.
        for child in kept.children(self.item_id):
            kept = kept.without(child.id)
        return kept

    def title(self, scene: Scene) -> str:
        return self.what or f"Move {scene[self.item_id].label}"

    def script(self, scene: Scene) -> Script:
        vertices = " ".join(map(str, self.vertices))
        return script_of(scene, f"sensors {shlex.quote(scene[self.item_id].label)} {vertices}")

    @property
    def merge_key(self) -> str:
        return ""


def show_sensors(
    scene: Scene, k: int, vertices: Sequence[int], weights: np.ndarray, *, basis: str, label: str, law: str = "qdeim"
) -> Scene:
    """The scene with sensors for the first k modes of the basis called `basis`."""
    item = sensors_item(scene.by_label(basis), k, list(vertices), weights, label, parameters={"law": law})
    return scene.put([item])
