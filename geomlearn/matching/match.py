"""From two shapes to a correspondence, without ground truth."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

import geomlearn
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.candidates import Candidate, Side, first_maps
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.matching.point_map import point_map
from geomlearn.matching.scores import MapScores, map_scores
from geomlearn.matching.terms.descriptors import descriptors
from geomlearn.matching.terms.orientation import surface_calculus
from geomlearn.matching.zoomout import Maps, zoomout
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Modes beyond a sixth of the vertices belong to the mesh, not to the shape.
VERTICES_PER_MODE = 6
# More disorder in the best first map was only seen on pairs of very different build; isometric ones stay below 0.06.
DISORDERED = 0.08
# Samples must outnumber the modes fitted to them.
SAMPLES_PER_MODE = 4


@dataclass(frozen=True, eq=False)
class ShapeMatch:
    """A correspondence between two shapes.

    Attributes
    ----------
    map_ab (n_a,)  for each vertex of A an index on B;  map_ba (n_b,) the other way.
    fmap_ab (k, k) carries coefficients in `basis_a` to coefficients in `basis_b`; fmap_ba (k, k) the other way.
    basis_a, basis_b  in the units of the shapes, with k modes or more.
    scores         how good the map looks without ground truth.
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


def match_shapes(
    shape_a: Shape,
    shape_b: Shape,
    options: MatchOptions = MatchOptions(),  # noqa: B008 (frozen)
    *,
    landmarks: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[ShapeMatch]:
    """Find which point of B each point of A corresponds to, and the other way round.

    Parameters
    ----------
    shape_a, shape_b  meshes or clouds, in any units and any poses, with different numbers of vertices.
    landmarks (l, 2)  known pairs: vertex of A, vertex of B.
    progress          reports; once a first map is there, cancelling hands over the best so far.

    Returns
    -------
    Result[ShapeMatch]   history of the refinement; stats hold `candidates` (best first), `time_s` by stage, `notes`.

    Raises
    ------
    ParameterError   `k_solve` is more than a shape has vertices; `k_end` is lowered to a sixth of them and noted.
    SizeMismatch     landmarks are not (l, 2) indices of the shapes.
    MeshError        a shape has no area.
    Cancelled        before there was any map.

    Use when …   whole shapes deform into each other with little stretch: poses of a body, animals of a kind.
    Avoid when … one shape is a part of the other, or they are joined differently (hands glued to hips).
    Source   Ovsjanikov et al. 2012; Ren et al. 2018, arXiv 1806.04455; Melzi et al. 2019, arXiv 1904.07865.
    Differs  1. Several first maps are grown a little on few samples, and the one whose two directions are nearest to
                being inverse is refined, among those that keep orientation.
             2. Vertices in no face take the match of the vertex nearest in space.
    """
    landmarks = _checked_landmarks(landmarks, shape_a, shape_b)
    options, notes = _fitted(options, shape_a, shape_b)
    clock = _Clock()
    bases = _bases(shape_a, shape_b, options, progress.part(0.0, 0.4))
    clock.lap("bases")
    a, b = _Prepared(shape_a, bases[0], options), _Prepared(shape_b, bases[1], options)
    pairs = np.stack([a.stand_in[landmarks[:, 0]], b.stand_in[landmarks[:, 1]]], axis=1)
    sides = _described(a, b, pairs, options)
    clock.lap("descriptors")
    found = first_maps(*sides, options, progress.part(0.4, 0.6))
    clock.lap("first maps")
    if found[0].disorder > DISORDERED or found[0].orientation <= 0:
        notes.append("The two directions of the first map contradict each other in places: give landmarks if you can.")
    refined = _refined(a, b, found[0], options, progress.part(0.6, 0.95))
    clock.lap("refinement")
    match = _assembled(a, b, refined.value, options)
    clock.lap("scores")
    stats = {
        **refined.stats,
        "time_s": clock.laps,
        "candidates": [candidate.summary() for candidate in found],
        "notes": notes,
    }
    return Result(match, refined.status, " ".join([refined.sentence, *notes]), refined.history, stats)


class _Clock:
    """Seconds spent by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now


class _Prepared:
    """A shape at unit area without the vertices that carry none, and its way back."""

    def __init__(self, shape: Shape, raw: Basis, options: MatchOptions) -> None:
        self.whole, self.raw = shape, raw
        self.active = np.flatnonzero(raw.mass > 0)
        self.shape = shape
        mass, evecs = raw.mass, raw.evecs
        if len(self.active) < shape.n_vertices:
            self.shape = _without_strays(shape, self.active)
            mass, evecs = mass[self.active], np.ascontiguousarray(evecs[self.active])
        area = mass.sum()
        self.basis = replace(raw, evals=raw.evals * area, evecs=evecs * np.sqrt(area), mass=mass / area)
        self.area = float(area)
        wanted = max(options.n_samples, SAMPLES_PER_MODE * options.k_end)
        self.samples = farthest_points(self.shape.vertices, min(wanted, len(self.active)))
        # The farthest points include every outlier; more samples than vertices would be all of them anyway.
        self.sampled = options.n_samples > 0 and len(self.samples) < len(self.active)

    @cached_property
    def stand_in(self) -> np.ndarray:
        """(n,) for each vertex of the whole shape the active one, by its position among them, nearest to it."""
        if len(self.active) == self.whole.n_vertices:
            return np.arange(self.whole.n_vertices)
        return cKDTree(self.shape.vertices).query(self.whole.vertices)[1]


def _without_strays(shape: Shape, active: np.ndarray) -> Shape:
    position = np.full(shape.n_vertices, -1)
    position[active] = np.arange(len(active))
    faces = position[shape.faces]
    normals = None if shape.normals is None else shape.normals[active]
    return Shape(shape.vertices[active], faces[(faces >= 0).all(axis=1)], shape.name, normals)


def _fitted(options: MatchOptions, *shapes: Shape) -> tuple[MatchOptions, list[str]]:
    """Options that the smaller shape can bear."""
    smallest = min(shapes, key=lambda shape: shape.n_vertices)
    n = smallest.n_vertices
    if options.k_solve > n:
        raise ParameterError(
            f"k_solve = {options.k_solve} modes exceed the {n} vertices of {smallest.name}.",
            f"Use at most {max(2, n // VERTICES_PER_MODE)}.",
        )
    most = max(2, n // VERTICES_PER_MODE)
    wanted = max(options.k_end, options.k_solve)
    changes = {"k_end": min(wanted, most), "k_solve": min(options.k_solve, most)}
    notes = []
    if most < wanted:
        notes.append(f"{smallest.name} has only {n} vertices: the map stops at {most} modes, a sixth of them.")
    changes["k_descriptors"] = max(5, min(options.k_descriptors, n // 3))
    return options.replace(**changes), notes


def _bases(a: Shape, b: Shape, options: MatchOptions, progress: Progress) -> tuple[Basis, Basis]:
    k = max(options.k_end, options.k_descriptors)
    settings = EigenbasisOptions(k=k, laplacian=options.laplacian, seed=options.seed)
    return tuple(
        eigenbasis(shape, settings, progress.part(start, start + 0.5)) for shape, start in ((a, 0.0), (b, 0.5))
    )


def _described(a: _Prepared, b: _Prepared, landmarks: np.ndarray, options: MatchOptions) -> tuple[Side, Side]:
    values = descriptors(a.basis, b.basis, options, landmarks)
    return tuple(
        Side(side.basis, surface_calculus(side.shape), columns, side.samples)
        for side, columns in zip((a, b), values, strict=True)
    )


def _refined(a: _Prepared, b: _Prepared, first: Candidate, options: MatchOptions, progress: Progress) -> Result[Maps]:
    if options.method == "none":
        map_ba = point_map(first.fmap_ab, a.basis.evecs, b.basis.evecs, device=options.device)
        map_ab = point_map(first.fmap_ba, b.basis.evecs, a.basis.evecs, device=options.device)
        maps = Maps(map_ab, map_ba, first.fmap_ab, first.fmap_ba)
        return Result(maps, Status.CONVERGED, "The first map was not refined.", (), {"k": len(first.fmap_ab)})
    growth = ZoomOutOptions(**{name: getattr(options, name) for name in ZoomOutOptions.model_fields})
    if options.method == "zoomout":
        growth = growth.replace(w_bijective=0)
    samples = {"samples_a": a.samples, "samples_b": b.samples} if a.sampled or b.sampled else {}
    return zoomout(a.basis, b.basis, first.fmap_ab, growth, progress, fmap_ba=first.fmap_ba, **samples)


def _assembled(a: _Prepared, b: _Prepared, maps: Maps, options: MatchOptions) -> ShapeMatch:
    """The maps of the prepared shapes as maps of the shapes given, in their units."""
    map_ab, map_ba = b.active[maps.map_ab[a.stand_in]], a.active[maps.map_ba[b.stand_in]]
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
        {
            "source": a.whole.name,
            "target": b.whole.name,
            "direction": "source to target",
            "n_source": a.whole.n_vertices,
            "n_target": b.whole.n_vertices,
            "method": options.method,
            "parameters": options.model_dump(),
            "version": geomlearn.__version__,
        },
    )


def _checked_landmarks(landmarks: np.ndarray | None, a: Shape, b: Shape) -> np.ndarray:
    if landmarks is None:
        return np.zeros((0, 2), np.int64)
    landmarks = np.asarray(landmarks)
    if landmarks.ndim != 2 or landmarks.shape[1] != 2 or landmarks.dtype.kind not in "iu":
        raise SizeMismatch(
            f"Landmarks have shape {landmarks.shape}.", "Give (l, 2) integers: vertex of A, vertex of B."
        )
    for column, shape in enumerate((a, b)):
        bad = landmarks[(landmarks[:, column] < 0) | (landmarks[:, column] >= shape.n_vertices), column]
        if len(bad):
            raise SizeMismatch(
                f"Landmark {bad[0]} is no vertex of {shape.name}, which has {shape.n_vertices} counted from 0.",
                "Check the order of the columns and whether the file counts from 1.",
            )
    return landmarks
