"""Carry values from one shape to another along a map, whichever way it leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geomlearn.collections.transfer.barycentric import barycentric_map
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.cotan import edge_table
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

Way = Literal["nearest", "linear", "barycentric"]


@dataclass(frozen=True, eq=False)
class Carried:
    """Values on the shape they were carried to.

    Attributes
    ----------
    values      (n,) or (n, c), or (l,) indices of landmarks.
    confidence  (n,) in [0, 1], the share of votes for each label; None for numbers.
    n_filled    vertices that no value reached, which took that of the nearest that one did.
    """

    values: np.ndarray
    confidence: np.ndarray | None = None
    n_filled: int = 0


@dataclass(frozen=True, eq=False)
class Road:
    """From the shape where values live to another.

    Attributes
    ----------
    start, goal   the shapes;  back (n_goal,)  for each vertex of the goal one of the start, or None.
    ahead (n_start,)   for each vertex of the start one of the goal; needed where `back` is None. In either -1 stands
                  for a vertex that has no partner, as in maps of parts.
    k             modes of the linear and the barycentric way.

    Raises
    ------
    SizeMismatch     a map does not fit the shapes.
    ParameterError   there is no map.
    """

    start: Shape
    goal: Shape
    back: np.ndarray | None = None
    ahead: np.ndarray | None = None
    k: int = 100

    def __post_init__(self) -> None:
        if self.back is None and self.ahead is None:
            raise ParameterError("There is no map between the shapes.", "Give one, either way.")
        for mapped, first, second in ((self.back, self.goal, self.start), (self.ahead, self.start, self.goal)):
            if mapped is None:
                continue
            if len(mapped) != first.n_vertices or mapped.min() < -1 or mapped.max() >= second.n_vertices:
                raise SizeMismatch(
                    f"The map of {len(mapped)} entries does not lead from {first.name} ({first.n_vertices} vertices) "
                    f"to {second.name} ({second.n_vertices}).",
                    "Check its direction.",
                )

    @cached_property
    def lost(self) -> np.ndarray:
        """(n_goal,) whether a vertex of the goal is known to have no partner."""
        return np.zeros(self.goal.n_vertices, bool) if self.back is None else self.back < 0

    @property
    def whole(self) -> bool:
        """Whether every vertex has a partner."""
        return all(mapped is None or mapped.min() >= 0 for mapped in (self.back, self.ahead))

    @cached_property
    def masses(self) -> tuple[np.ndarray, np.ndarray]:
        """Areas of the vertices of both shapes; ones where there is no surface."""
        return _mass(self.start), _mass(self.goal)

    @cached_property
    def bases(self) -> tuple[Basis, Basis]:
        """Of both shapes, with as many modes as the smaller bears."""
        k = max(2, min(self.k, self.start.n_vertices // 3, self.goal.n_vertices // 3))
        start, goal = (eigenbasis(shape, EigenbasisOptions(k=k)) for shape in (self.start, self.goal))
        return start, goal

    @cached_property
    def votes(self) -> sp.csr_array:
        """(n_goal, n_start) weights by which values of the start make one of the goal; rows sum to one, or to zero."""
        n_goal, n_start = self.goal.n_vertices, self.start.n_vertices
        if self.back is not None:
            found = np.flatnonzero(~self.lost)
            return sp.csr_array((np.ones(len(found)), (found, self.back[found])), shape=(n_goal, n_start))
        ahead = np.full(n_start, -1) if self.ahead is None else self.ahead
        used = np.flatnonzero(ahead >= 0)
        weights = sp.csr_array((self.masses[0][used], (ahead[used], used)), shape=(n_goal, n_start))
        total = np.asarray(weights.sum(axis=1)).ravel()
        return sp.csr_array(sp.diags_array(1 / np.where(total > 0, total, 1)) @ weights)

    @cached_property
    def precise(self) -> sp.csr_array:
        """(n_goal, n_start) barycentric weights of points inside faces.

        Raises
        ------
        ParameterError   the start is a cloud, or only the map ahead is known.
        """
        if self.back is None or self.start.is_cloud:
            raise ParameterError(
                "The barycentric way needs a map to where the values live, and faces there.",
                "Give the opposite map (--back), or carry the nearest.",
            )
        return barycentric_map(self.back, self.start, *self.bases[::-1])


def carry(values: np.ndarray, road: Road, way: Way = "nearest") -> Carried:
    """Numbers (n_start,) or (n_start, c) on the goal.

    Parameters
    ----------
    way   nearest: the value at the image, or the mean of those that land on a vertex; linear: as functions, smooth, in
          the modes of both shapes; barycentric: from points inside faces.

    Returns
    -------
    Carried   numbers are NaN where the goal has no partner.

    Raises
    ------
    SizeMismatch     there is not one value a vertex.
    ParameterError   the way does not fit the road.
    """
    values = _per_vertex(values, road.start).astype(float)
    if way != "nearest" and not road.whole:
        raise ParameterError(f"The {way} way needs a partner for every vertex.", "Carry the nearest.")
    if way == "linear":
        return Carried(_linear(values, road))
    weights = road.precise if way == "barycentric" else road.votes
    carried = weights @ values
    missing = np.diff(weights.indptr) == 0
    if missing.any() and not road.lost.any():
        carried = carried[_nearest_covered(road.goal, ~missing)]
    carried[road.lost] = np.nan
    return Carried(carried, None, int((missing & ~road.lost).sum()))


def carry_labels(labels: np.ndarray, road: Road, way: Way = "nearest") -> Carried:
    """Integers (n_start,) on the goal: the label with most votes, and its share of them as confidence.

    Votes come from all that lands on a vertex, from the corners of the face its image is in, or by the linear way from
    the labels as functions. Where only one vertex votes, the confidence is half that vote and half the vertices around
    it. Vertices without a partner have the label -1 and no confidence.
    """
    labels = _per_vertex(labels, road.start)
    kinds, index = np.unique(labels, return_inverse=True)
    indicators = np.eye(len(kinds))[index]
    found = carry(indicators, road, way)
    shares = np.clip(np.nan_to_num(found.values), 0, None)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    chosen = shares.argmax(axis=1)
    confidence = shares[np.arange(len(chosen)), chosen]
    if way == "nearest" and road.back is not None:
        confidence = 0.5 + 0.5 * _agreement(road.goal, chosen)
    carried = np.where(road.lost, -1, kinds[chosen])
    return Carried(carried, np.where(road.lost, 0.0, confidence), found.n_filled)


def carry_landmarks(vertices: np.ndarray, road: Road) -> Carried:
    """Vertices (l,) of the start as vertices of the goal: their images, or what lands nearest to them.

    Raises
    ------
    SizeMismatch   a landmark is no vertex of the start.
    """
    vertices = np.asarray(vertices)
    if vertices.size and (vertices.min() < 0 or vertices.max() >= road.start.n_vertices):
        raise SizeMismatch(
            f"Landmark {vertices.max()} is no vertex of {road.start.name}, which has {road.start.n_vertices}.",
            "Check which shape the landmarks are on, and whether they count from 1.",
        )
    if road.ahead is not None:
        return Carried(road.ahead[vertices])
    images = road.start.vertices[road.back]
    distance, nearest = cKDTree(images).query(road.start.vertices[vertices])
    return Carried(nearest, None, int((distance > 0).sum()))


def _linear(values: np.ndarray, road: Road) -> np.ndarray:
    """In the basis of the goal: by projection and a functional map, or the best fit at the images."""
    start, goal = road.bases
    if road.back is not None:
        smooth = start.synthesize(start.project(values))
        return goal.synthesize(goal.project(smooth[road.back]))
    weights = np.sqrt(np.maximum(start.mass, 0))
    rows = weights[:, None] * goal.evecs[road.ahead]
    right = weights * values if values.ndim == 1 else weights[:, None] * values
    return goal.synthesize(np.linalg.lstsq(rows, right, rcond=1e-6)[0])


def _nearest_covered(shape: Shape, covered: np.ndarray) -> np.ndarray:
    """(n,) for each vertex itself or the nearest covered one, along edges where that leads to one."""
    sources = np.flatnonzero(covered)
    found = np.arange(shape.n_vertices)
    found[~covered] = sources[cKDTree(shape.vertices[sources]).query(shape.vertices[~covered])[1]]
    if not shape.is_cloud:
        distance, _, origin = dijkstra(_edges(shape), indices=sources, min_only=True, return_predecessors=True)
        reached = ~covered & np.isfinite(distance)
        found[reached] = origin[reached]
    return found


def _edges(shape: Shape) -> sp.csr_array:
    edges, _, _ = edge_table(shape.faces)
    lengths = np.linalg.norm(shape.vertices[edges[:, 0]] - shape.vertices[edges[:, 1]], axis=1)
    n = shape.n_vertices
    half = sp.csr_array((np.maximum(lengths, 1e-300), (edges[:, 0], edges[:, 1])), shape=(n, n))
    return sp.csr_array(half + half.T)


def _agreement(shape: Shape, labels: np.ndarray) -> np.ndarray:
    """(n,) share of the vertices around each that have its label."""
    if shape.is_cloud:
        near = cKDTree(shape.vertices).query(shape.vertices, k=min(7, shape.n_vertices))[1]
        return (labels[near] == labels[:, None]).mean(axis=1)
    edges, _, _ = edge_table(shape.faces)
    both = np.concatenate([edges, edges[:, ::-1]])
    same = np.bincount(both[:, 0], labels[both[:, 0]] == labels[both[:, 1]], shape.n_vertices)
    return same / np.maximum(np.bincount(both[:, 0], minlength=shape.n_vertices), 1)


def _mass(shape: Shape) -> np.ndarray:
    if shape.is_cloud:
        return np.ones(shape.n_vertices)
    mass = np.bincount(shape.faces.ravel(), np.repeat(shape.face_areas / 3, 3), shape.n_vertices)
    return np.maximum(mass, 1e-12 * mass.max())


def _per_vertex(values: np.ndarray, shape: Shape) -> np.ndarray:
    values = np.asarray(values)
    if len(values) != shape.n_vertices:
        raise SizeMismatch(
            f"{len(values)} values for the {shape.n_vertices} vertices of {shape.name}.", "Give one a vertex."
        )
    return values
