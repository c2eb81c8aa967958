"""Items that give a shape other forms: a shape model, whose modes move its vertices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from geomlearn.app.model.computed import OnShape
from geomlearn.app.model.items import Paint, ShapeItem

if TYPE_CHECKING:
    from geomlearn.app.model.scene import Scene


@dataclass(frozen=True, eq=False, kw_only=True)
class ShapeModelItem(OnShape):
    """The modes of a shape model on its mean; as colours, how far each moves the surface.

    Attributes
    ----------
    displacements (q, n, 3)   one standard deviation along each mode, in the unit of the shape.
    shares (q,)               of the variance.
    """

    kind: ClassVar[str] = "shape model"

    displacements: np.ndarray
    shares: np.ndarray

    @property
    def n_columns(self) -> int:
        return len(self.shares)

    def moved(self, deviations: Sequence[float]) -> np.ndarray:
        """(n, 3) what so many standard deviations along the first modes add to the mean."""
        weights = np.asarray(deviations, float)[: len(self.shares)]
        return np.tensordot(weights, self.displacements[: len(weights)], 1)

    def paint(self, scene: Scene, shape: ShapeItem, column: int) -> Paint | None:
        if not shape.shows(self.owner):
            return None
        values = np.linalg.norm(self.displacements[column], axis=1)
        title = f"{self.column_names()(column)} at 1 sd"
        return Paint(values=values, title=title, style="magnitude")

    def column_names(self) -> Callable[[int], str]:
        return lambda column: f"mode {column + 1} ({100 * self.shares[column]:.1f} %)"
