"""What a network of maps is made of: shapes and their modes, point maps between them, and what may replace one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from geomlearn.collections.networks.cycles import Pair, Points
from geomlearn.collections.networks.latent_basis import consistent_latent_basis, consistent_map
from geomlearn.collections.options import NetworkOptions
from geomlearn.collections.pairs.matched import Matched
from geomlearn.core.errors import ParameterError
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.prepared import Prepared

PointMaps = dict[Pair, np.ndarray]


class Side(NamedTuple):
    """Modes of a shape at unit area, their mass, and which vertices of the whole they are at."""

    evals: np.ndarray
    evecs: np.ndarray
    mass: np.ndarray
    active: np.ndarray


@dataclass(frozen=True, eq=False)
class Network:
    """Shapes and the maps between them.

    Attributes
    ----------
    maps     (source, target) → (n_source,) indices, both ways of every pair.
    points   where vertices are, by name;  sides   modes, by name.
    """

    maps: PointMaps
    points: dict[str, Points]
    sides: dict[str, Side]

    @classmethod
    def of(cls, found: Matched, options: NetworkOptions) -> Self:
        """From what `match --all` left.

        Raises
        ------
        ParameterError   fewer than three shapes.
        """
        names = sorted({name for row in found.rows if row.verdict != "failed" for name in (row.source, row.target)})
        if len(names) < 3:
            raise ParameterError(f"{len(names)} shapes have no cycles.", "Match three or more, each with each.")
        points, sides = {}, {}
        for name in names:
            ready = found.store.prepared(found.keys[name], name, found.options)
            points[name] = Points.of(ready.whole.vertices, ready.area)
            k = min(options.k, ready.basis.k)
            sides[name] = Side(ready.basis.evals[:k], ready.basis.evecs[:, :k], ready.basis.mass, ready.active)
        return cls(_all_maps(found), points, sides)

    @property
    def evals(self) -> dict[str, np.ndarray]:
        """Eigenvalues at unit area."""
        return {name: side.evals for name, side in self.sides.items()}

    @property
    def k(self) -> int:
        """Modes that all shapes have."""
        return min(side.evecs.shape[1] for side in self.sides.values())

    def latent(self, maps: PointMaps, weights: Mapping[Pair, float]) -> dict[str, np.ndarray]:
        """The latent basis of the functional maps of point maps."""
        fmaps = {(i, j): self._functional(i, j, maps[j, i]) for i, j in maps}
        return consistent_latent_basis(fmaps, weights, list(self.points), self.k)

    def candidates(
        self, pair: Pair, latent: Mapping[str, np.ndarray], weights: Mapping[Pair, float], *, doubted: bool
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Functional maps, both ways, that may take a pair's place: by way of the latent basis, and if it is doubted by
        the most trusted third shape, and by the one whose way is farthest from that."""
        a, b = pair
        found = [(consistent_map(latent[a], latent[b]), consistent_map(latent[b], latent[a]))]
        for one in self._ways(pair, weights) if doubted else ():
            there, back = self.maps[one, b][self.maps[a, one]], self.maps[one, a][self.maps[b, one]]
            found.append((self._functional(a, b, back), self._functional(b, a, there)))
        return found

    def _ways(self, pair: Pair, weights: Mapping[Pair, float]) -> list[str]:
        a, b = pair
        ways = [k for k in self.points if {(a, k), (k, b), (b, k), (k, a)} <= self.maps.keys()]
        ways.sort(key=lambda k: -weights[a, k] * weights[k, b] * weights[b, k] * weights[k, a])
        if len(ways) < 2:
            return ways
        samples, goal = self.points[a].samples, self.points[b].vertices
        led = [goal[self.maps[k, b][self.maps[a, k][samples]]] for k in ways]
        gaps = [float(np.linalg.norm(one - led[0], axis=1).mean()) for one in led]
        return [ways[0], ways[int(np.argmax(gaps))]]

    def _functional(self, i: str, j: str, back: np.ndarray) -> np.ndarray:
        """C_ij (k, k) of the map (n_j,) from j to i, of whole shapes."""
        start, goal = self.sides[i], self.sides[j]
        inside = _position(start.active)[back[goal.active]]
        return functional_map_of(inside, start.evecs[:, : self.k], goal.evecs[:, : self.k], goal.mass)


def inside_of(start: Prepared, goal: Prepared, mapped: np.ndarray) -> np.ndarray:
    """A map of whole shapes as one of the prepared."""
    return _position(goal.active)[mapped[start.active]]


def _all_maps(found: Matched) -> PointMaps:
    """Both maps of every solved pair, whichever were asked for."""
    maps: PointMaps = {}
    for row in found.rows:
        if row.verdict != "failed":
            there, back = found.maps(row.source, row.target)
            maps[row.source, row.target], maps[row.target, row.source] = there, back
    return maps


def _position(active: np.ndarray) -> np.ndarray:
    """For each vertex of a whole shape its place among the active ones."""
    place = np.zeros(int(active.max()) + 1, np.int64)
    place[active] = np.arange(len(active))
    return place
