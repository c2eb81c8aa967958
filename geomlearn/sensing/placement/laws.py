"""The laws by which places are chosen one after the other, random ones and their deterministic rivals."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.sensing.mode_space import ModeSpace
from geomlearn.sensing.placement.options import Law
from geomlearn.sensing.placement.projection_dpp import ChainRule


class Chooser(Protocol):
    """One set in the making."""

    def add(self, point: int) -> None:
        """Take note of a place that belongs to the set."""

    def next(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """A place among the available (n,); None when the law allows none."""


class Independent:
    """Draws that know nothing of each other, with given probabilities (n,)."""

    def __init__(self, probabilities: np.ndarray) -> None:
        self._probabilities = probabilities

    def add(self, point: int) -> None:
        """Nothing changes."""

    def next(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """One draw among the available."""
        total = np.cumsum(np.where(available, self._probabilities, 0.0))
        return int(np.searchsorted(total, rng.random() * total[-1], side="right")) if total[-1] > 0 else None


class Determinantal:
    """Points of a projection DPP; when it is complete, another one (RDPP), or independent draws (VOL).

    {m points of the DPP} ∪ {n − m of the optimal law} has the law of volume-rescaled sampling, density ∝ det G.

    Source   Nouy & Michel 2023, arXiv 2312.14057.
    Differs  r n/m that is no whole number ends with part of a DPP, whose points each have the optimal law too.
    """

    def __init__(self, space: ModeSpace, *, repeated: bool) -> None:
        self._chain = ChainRule(space.rows)
        self._repeated = repeated

    def add(self, point: int) -> None:
        """Repel from this place, in the realisation at hand."""
        self._chain.add(point)

    def next(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """One draw among the available, repelled by those before."""
        if not self._chain.complete:
            point = self._chain.draw(available, rng)
            if point is not None:
                return point
        if not self._repeated:
            return self._chain.draw_marginal(available, rng)
        self._chain.restart()
        return self._chain.draw(available, rng)


class FarthestPoints:
    """Each place as far through space as possible from those before; the first by the share of area."""

    def __init__(self, points: np.ndarray, share: np.ndarray) -> None:
        self._points, self._share = points, share
        self._nearest = np.full(len(points), np.inf)

    def add(self, point: int) -> None:
        """Keep the distances to the nearest place."""
        distances = np.linalg.norm(self._points - self._points[point], axis=1)
        np.minimum(self._nearest, distances, out=self._nearest)

    def next(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """The farthest of those available."""
        if not available.any():
            return None
        if np.isinf(self._nearest).all():
            return Independent(self._share).next(available, rng)
        return int(np.where(available, self._nearest, -1.0).argmax())


class QDeim:
    """QR with column pivoting on the modes; beyond m places, those that lift the smallest eigenvalue of G most.

    Source   Drmač & Gugercin 2016, arXiv 1505.00370; beyond m: Peherstorfer, Drmač & Gugercin 2020, arXiv 1808.10473.
    """

    def __init__(self, functions: np.ndarray) -> None:
        self._functions = functions
        self._rest = functions.copy()
        self._gram = np.zeros((functions.shape[1], functions.shape[1]))
        self._found = 0

    def add(self, point: int) -> None:
        """Deflate the modes by what this place sees."""
        row, rest = self._functions[point], self._rest[point]
        self._gram += np.outer(row, row)
        if self._found < len(row) and rest @ rest > 1e-16 * (row @ row):
            self._rest -= np.outer(self._rest @ rest, rest / (rest @ rest))
            self._found += 1

    def next(self, available: np.ndarray, rng: np.random.Generator) -> int | None:
        """The best of those available."""
        if not available.any():
            return None
        gain = np.einsum("ij,ij->i", self._rest, self._rest) if self._found < len(self._gram) else self._lift()
        return int(np.where(available, gain, -1.0).argmax())

    def _lift(self) -> np.ndarray:
        """The lower bound of λ_min(G + φφᵀ) for each place, by the two smallest eigenpairs of G."""
        values, vectors = np.linalg.eigh(self._gram)
        seen = self._functions @ vectors[:, 0]
        length = np.einsum("ij,ij->i", self._functions, self._functions)
        gap = values[1] - values[0] if len(values) > 1 else np.inf
        if np.isinf(gap):
            return seen**2
        total = gap + length
        return total - np.sqrt(np.maximum(total**2 - 4 * gap * seen**2, 0.0))


def chooser(law: Law, space: ModeSpace, points: np.ndarray, factor: np.ndarray) -> Chooser:
    """A new set by this law.

    Parameters
    ----------
    space   what the measurements must determine, orthonormal under the share of the places allowed.
    points  (n, d) coordinates, for farthest points.
    factor  (n,) how welcome each place is, in [0, 1]; the share of the space holds it already.
    """
    if law in ("rdpp", "vol", "dpp"):
        return Determinantal(space, repeated=law == "rdpp")
    if law == "iid":
        return Independent(space.density)
    if law == "uniform":
        return Independent(space.share)
    if law == "fps":
        return FarthestPoints(points, space.share)
    if law == "qdeim":
        return QDeim(np.sqrt(factor)[:, None] * space.functions)
    raise ParameterError(f"There is no law called {law}.", "Use rdpp, vol, dpp, iid, qdeim, fps or uniform.")


def law_weights(law: Law, space: ModeSpace) -> np.ndarray:
    """(n,) weight of a measurement at each point: m / k_m under the optimal laws, 1 under their rivals."""
    if law in ("uniform", "fps", "qdeim"):
        return np.ones(space.n_points)
    # Where every mode vanishes a measurement says nothing.
    weights = space.weights
    return np.where(np.isfinite(weights), weights, 0.0)
