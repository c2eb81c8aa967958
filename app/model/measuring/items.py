"""What was measured on a shape: a distance with its path, and probes that read numbers where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geomlearn.app.model.items import Item


@dataclass(frozen=True, eq=False)
class Measured:
    """How far two vertices are from each other.

    Attributes
    ----------
    straight, along   lengths in the unit of the shape: through the air, and along the surface; infinite without a way.
    path              (p, 3) points of the way; (0, 3) where only its length is known.
    corners, shares   (p, 3) a function f on the vertices has the value ``(shares * f[corners]).sum(1)`` on the path.
    """

    straight: float
    along: float
    path: np.ndarray
    corners: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class DistanceItem(Item):
    """Two vertices of a shape and the way between them."""

    kind: ClassVar[str] = "distance"

    owner: str
    start: int
    end: int
    measured: Measured

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner,)

    @property
    def stations(self) -> np.ndarray:
        """(p,) how far along the way each point of it is."""
        steps = np.linalg.norm(np.diff(self.measured.path, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])[: len(self.measured.path)]

    def profile(self, values: np.ndarray) -> np.ndarray:
        """(p,) numbers (n,) on the vertices, as they are along the way."""
        return np.einsum("ij,ij->i", self.measured.shares, values[self.measured.corners])


@dataclass(frozen=True, eq=False, kw_only=True)
class ProbesItem(Item):
    """Vertices whose numbers are read, in the order they were picked."""

    kind: ClassVar[str] = "probes"

    owner: str
    vertices: tuple[int, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.owner,)
