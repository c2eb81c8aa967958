"""Sensors on a shape and what they read, as items of the scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from geomlearn.app.model.computed import OnShape
from geomlearn.app.model.items import Item, Paint, ShapeItem

if TYPE_CHECKING:
    from geomlearn.app.model.scene import Scene


@dataclass(frozen=True)
class Counted:
    """At most, or exactly, so many sensors among some vertices."""

    inside: tuple[int, ...]
    count: int
    exactly: bool = False


@dataclass(frozen=True)
class Demands:
    """Where sensors must, may and may not be: sets of vertices."""

    required: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    regions: tuple[Counted, ...] = ()


@dataclass(frozen=True, eq=False)
class Readings:
    """Samples as a desk keeps them: corners and shares (m, c), values (m, t), weights (m,) or empty."""

    corners: np.ndarray
    shares: np.ndarray
    values: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class SensorsItem(OnShape):
    """Places to measure at, for a field in the first `k` modes of a basis. `sensors_item` makes one.

    Attributes
    ----------
    basis    id of the basis.
    vertices in the order they were chosen;  weights  (n,) of the least squares.
    noise    (n_vertices,) standard deviation of the rebuilt field per unit of noise in every reading.
    climb    (c, 2) λ_min of the first so many sensors.
    gains    of each sensor, empty while they are taken for 1; a dead sensor has 0.
    """

    kind: ClassVar[str] = "sensors"

    basis: str
    k: int
    vertices: tuple[int, ...]
    weights: np.ndarray
    noise: np.ndarray
    climb: np.ndarray
    lambda_min: float
    condition: float
    error_factor: float
    noise_gain: float
    gains: tuple[float, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner, self.basis)

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        if not shape.shows(self.owner):
            return None
        return Paint(values=self.noise, title="expected error · per unit of noise in a reading", style="magnitude")

    def column_names(self) -> Callable[[int], str]:
        return lambda column: "expected error"

    @property
    def dead(self) -> tuple[int, ...]:
        """Numbers of the sensors that say nothing, from 0."""
        return tuple(number for number, gain in enumerate(self.gains) if gain == 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadingsItem(Item):
    """What was measured, and where.

    Attributes
    ----------
    corners  (m, c) vertices around each sample, with shares (m, c); one vertex of share 1 for a sensor.
    values   (m, t) a column for each snapshot.
    sensors  id of the sensors they belong to, or "".
    truth    id of the field they were taken from, or "".
    names    what was measured.
    """

    kind: ClassVar[str] = "readings"

    owner: str
    corners: np.ndarray
    shares: np.ndarray
    values: np.ndarray
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0))
    sensors: str = ""
    truth: str = ""
    name: str = "u"
    source: str = ""

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner, self.sensors) if self.sensors else (self.owner,)
