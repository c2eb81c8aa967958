"""Shapes made ready to be matched, and the correspondence between them handed back in their own units."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import cKDTree

import geomlearn
from geomlearn.matching.point_map import Maps
from geomlearn.matching.scores import MapScores, map_scores
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis

if TYPE_CHECKING:
    from geomlearn.matching.initial_maps import Hypothesis
    from geomlearn.matching.judge.verdict import Verdict


@dataclass(frozen=True, eq=False)
class ShapeMatch:
    """A correspondence between two shapes.

    Attributes
    ----------
    map_ab (n_a,)  for each vertex of A an index on B;  map_ba (n_b,) the other way.
    fmap_ab (k, k) carries coefficients in `basis_a` to coefficients in `basis_b`; fmap_ba (k, k) the other way.
    basis_a, basis_b  in the units of the shapes, with k modes or more.
    scores         how good the map looks without ground truth.
    verdict        good, doubtful or bad, with a predicted error; None where it was not asked for.
    candidates     first maps that were judged, best first, at unit area.
    partner_ab (n_a,), partner_ba (n_b,)   whether a vertex has a partner, where one shape is a part of the other; None
                   where all have. map_ab and map_ba name the likeliest vertex either way.
    metadata       what belongs beside the numbers in a file: source, target, direction, sizes, method, parameters.
    """

    map_ab: np.ndarray
    map_ba: np.ndarray
    fmap_ab: np.ndarray
    fmap_ba: np.ndarray
    basis_a: Basis
    basis_b: Basis
    scores: MapScores
    metadata: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    candidates: tuple[Hypothesis, ...] = ()
    partner_ab: np.ndarray | None = None
    partner_ba: np.ndarray | None = None

    @property
    def partial_ab(self) -> np.ndarray:
        """map_ab with -1 for vertices of A without a partner on B."""
        return self.map_ab if self.partner_ab is None else np.where(self.partner_ab, self.map_ab, -1)

    @property
    def partial_ba(self) -> np.ndarray:
        """map_ba with -1 for vertices of B without a partner on A."""
        return self.map_ba if self.partner_ba is None else np.where(self.partner_ba, self.map_ba, -1)


class Prepared:
    """A shape at unit area without the vertices that carry none, and its way back.

    Parameters
    ----------
    whole      the shape given;  raw  its basis, in its units.
    n_samples  farthest-point samples wanted, all vertices when there are fewer.

    Attributes
    ----------
    active     (n,) vertices of the whole that carry area;  shape, basis  restricted to them, the basis at unit area.
    area       of the whole, in its units;  samples (s,) indices into `shape`.
    """

    def __init__(self, whole: Shape, raw: Basis, n_samples: int) -> None:
        self.whole, self.raw = whole, raw
        self.active = np.flatnonzero(raw.mass > 0)
        self.shape = whole
        mass, evecs = raw.mass, raw.evecs
        if len(self.active) < whole.n_vertices:
            self.shape = _without_strays(whole, self.active)
            mass, evecs = mass[self.active], np.ascontiguousarray(evecs[self.active])
        area = mass.sum()
        self.basis = replace(raw, evals=raw.evals * area, evecs=evecs * np.sqrt(area), mass=mass / area)
        self.area = float(area)
        self.samples = farthest_points(self.shape.vertices, min(n_samples, len(self.active)))

    def truncated(self, k: int) -> Prepared:
        """The same with the first k modes."""
        if k == self.raw.k:
            return self
        fewer = copy(self)
        fewer.raw, fewer.basis = self.raw.truncated(k), self.basis.truncated(k)
        return fewer

    @cached_property
    def stand_in(self) -> np.ndarray:
        """(n,) for each vertex of the whole shape the active one, by its position among them, nearest to it."""
        if len(self.active) == self.whole.n_vertices:
            return np.arange(self.whole.n_vertices)
        return cKDTree(self.shape.vertices).query(self.whole.vertices)[1]


def of_whole_shapes(a: Prepared, b: Prepared, map_ab: np.ndarray, map_ba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maps between the vertices that carry area as maps of all: the others follow the one nearest to them."""
    return b.active[map_ab[a.stand_in]], a.active[map_ba[b.stand_in]]


def assembled(
    a: Prepared,
    b: Prepared,
    maps: Maps,
    method: str,
    parameters: Mapping[str, Any],
    candidates: tuple[Hypothesis, ...] = (),
) -> ShapeMatch:
    """The maps of the prepared shapes as maps of the shapes given, in their units."""
    map_ab, map_ba = of_whole_shapes(a, b, maps.map_ab, maps.map_ba)
    # Coefficients in a basis scale with the square root of the shape's area.
    scale = np.sqrt(b.area / a.area)
    return ShapeMatch(
        map_ab,
        map_ba,
        maps.fmap_ab * scale,
        maps.fmap_ba / scale,
        a.raw,
        b.raw,
        map_scores(a.whole, b.whole, map_ab, map_ba, a.raw, b.raw),
        metadata_of(a.whole, b.whole, method, parameters),
        candidates=candidates,
        partner_ab=None if maps.partner_ab is None else maps.partner_ab[a.stand_in],
        partner_ba=None if maps.partner_ba is None else maps.partner_ba[b.stand_in],
    )


def metadata_of(shape_a: Shape, shape_b: Shape, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs beside the numbers of a map from A to B in a file."""
    return {
        "source": shape_a.name,
        "target": shape_b.name,
        "direction": "source to target",
        "n_source": shape_a.n_vertices,
        "n_target": shape_b.n_vertices,
        "method": method,
        "parameters": dict(parameters),
        "version": geomlearn.__version__,
    }


def _without_strays(shape: Shape, active: np.ndarray) -> Shape:
    position = np.full(shape.n_vertices, -1)
    position[active] = np.arange(len(active))
    faces = position[shape.faces]
    normals = None if shape.normals is None else shape.normals[active]
    return Shape(shape.vertices[active], faces[(faces >= 0).all(axis=1)], shape.name, normals)
