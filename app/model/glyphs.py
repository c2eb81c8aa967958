"""Arrows and curves on a shape, as items of the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geomlearn.app.model.items import Item

Color = tuple[float, float, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class VectorsItem(Item):
    """A vector field, drawn as arrows.

    Attributes
    ----------
    owner    id of the shape.
    values   (n, 3) or (m, 3), see `Vectors`;  on  "vertices" or "faces";  tangent  see there.
    length   of the longest arrow, as a part of the shape's diagonal.
    color    of all arrows; None colours them by the lengths of their vectors.
    """

    kind: ClassVar[str] = "vectors"

    owner: str
    values: np.ndarray
    on: str = "vertices"
    tangent: bool = False
    length: float = 0.06
    color: Color | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner,)


@dataclass(frozen=True, eq=False, kw_only=True)
class CurvesItem(Item):
    """Curves or the edges of a graph, drawn as tubes.

    Attributes
    ----------
    owner          id of the shape whose axes they are in.
    points, edges  (p, 3) and (e, 2), see `Curves`.
    width          of the tubes, times the usual one.
    color          None for a colour that stands out from those of the shapes.
    """

    kind: ClassVar[str] = "curves"

    owner: str
    points: np.ndarray
    edges: np.ndarray
    width: float = 1.0
    color: Color | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner,)
