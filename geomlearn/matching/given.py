"""Correspondences made from maps that are there already: read from a file, chained, refined once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from geomlearn.core.errors import SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.matching.match import VERTICES_PER_MODE
from geomlearn.matching.options import ZoomOutOptions
from geomlearn.matching.point_map import functional_map_of
from geomlearn.matching.prepared import ShapeMatch, metadata_of
from geomlearn.matching.row_search import nearest_rows
from geomlearn.matching.scores import map_scores
from geomlearn.matching.zoomout.sides import followed
from geomlearn.matching.zoomout.zoomout import zoomout
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Modes in which the way back of a one-way map is looked up: enough to tell fingers apart.
K_INVERSE = 60
# Modes from which an existing map is grown again: it is trusted in the large only.
K_START = 20


def match_of_maps(
    shape_a: Shape,
    shape_b: Shape,
    map_ab: np.ndarray,
    map_ba: np.ndarray | None = None,
    *,
    k: int = 100,
    method: str = "given",
    parameters: Mapping[str, Any] | None = None,
    progress: Progress = SILENT,
) -> ShapeMatch:
    """The whole correspondence that belongs to a point map: the way back, the functional maps, the scores.

    Parameters
    ----------
    map_ab (n_a,)  indices on B.   map_ba (n_b,)  indices on A; by default each vertex of B goes to the vertex of A
                   whose image is nearest to it in the spectral embedding of B.
    k              modes of the functional maps, at most a sixth of the vertices.
    method, parameters   how the map was found, for the metadata.

    Raises
    ------
    SizeMismatch   the map does not lead from A to B.
    """
    bases = _bases(shape_a, shape_b, k, progress.part(0.0, 0.7))
    _check(map_ab, shape_a, shape_b)
    if map_ba is None:
        progress(0.7, "the way back")
        embedding = bases[1].evecs[:, : min(K_INVERSE, bases[1].k)]
        map_ba = nearest_rows(embedding, embedding[map_ab])
    _check(map_ba, shape_b, shape_a)
    progress(0.85, "scores")
    return _assembled(shape_a, shape_b, map_ab, map_ba, bases, method, parameters or {})


def match_of_fmap(shape_a: Shape, shape_b: Shape, fmap_ab: np.ndarray, *, progress: Progress = SILENT) -> ShapeMatch:
    """The whole correspondence that belongs to a functional map (k_b, k_a) between the bases of `eigenbasis`.

    Raises
    ------
    SizeMismatch   the shapes have fewer modes.

    Avoid when … the matrix belongs to other bases: signs and order of modes are theirs.
    """
    k = max(fmap_ab.shape)
    if k > min(shape_a.n_vertices, shape_b.n_vertices) - 1:
        raise SizeMismatch(f"A functional map of {fmap_ab.shape} needs more modes than there are.", "Is it for them?")
    settings = EigenbasisOptions(k=k)
    parts = progress.part(0.0, 0.35), progress.part(0.35, 0.7)
    bases = tuple(eigenbasis(s, settings, part) for s, part in zip((shape_a, shape_b), parts, strict=True))
    # Neighbours are compared at one area: the embeddings of a larger shape are smaller.
    unit = [_at_unit_area(basis) for basis in bases]
    c = fmap_ab * np.sqrt(bases[0].mass.sum() / bases[1].mass.sum())
    a, b = unit[0].evecs[:, : c.shape[1]], unit[1].evecs[:, : c.shape[0]]
    progress(0.7, "nearest neighbours")
    map_ab, map_ba = nearest_rows(a @ c.T, b), nearest_rows(b @ c, a)
    match = _assembled(shape_a, shape_b, map_ab, map_ba, bases, "given", {})
    return replace(match, fmap_ab=fmap_ab)


def chain_matches(
    shape_a: Shape,
    shape_b: Shape,
    steps: tuple[tuple[np.ndarray, np.ndarray], ...],
    *,
    k: int = 100,
    progress: Progress = SILENT,
) -> ShapeMatch:
    """The correspondence from A to B through other shapes.

    Parameters
    ----------
    steps  one (map forward, map back) per leg, the first leaving A, the last arriving on B.

    Raises
    ------
    SizeMismatch   the legs do not join.
    """
    map_ab, map_ba = steps[0]
    for forward, back in steps[1:]:
        if len(forward) != len(map_ba):
            raise SizeMismatch(
                f"A leg ends on {len(map_ba)} vertices and the next begins on {len(forward)}.", "Check their order."
            )
        map_ab, map_ba = forward[map_ab], map_ba[back]
    return match_of_maps(shape_a, shape_b, map_ab, map_ba, k=k, method="chained", progress=progress)


def refine_match(
    shape_a: Shape,
    shape_b: Shape,
    map_ab: np.ndarray,
    map_ba: np.ndarray,
    options: ZoomOutOptions = ZoomOutOptions(),  # noqa: B008 (frozen)
    *,
    progress: Progress = SILENT,
) -> Result[ShapeMatch]:
    """Grow an existing correspondence again from its first modes.

    Parameters
    ----------
    map_ab (n_a,) indices on B, map_ba (n_b,) indices on A.
    progress      reports; cancelling hands over the best so far.

    Use when …   a map is right in the large and rough in the small: chained, transferred, or made by hand.
    Avoid when … it confuses whole limbs: growing sharpens that mistake.
    Source   Melzi et al. 2019, ZoomOut, arXiv 1904.07865; Ren et al. 2021 for the bijective form.
    Differs  Starts from the 20 × 20 functional maps of both directions.
    """
    for forward, source, target in ((map_ab, shape_a, shape_b), (map_ba, shape_b, shape_a)):
        _check(forward, source, target)
    bases = _bases(shape_a, shape_b, options.k_end, progress.part(0.0, 0.4))
    k_end = min(options.k_end, *(basis.k for basis in bases))
    unit = [_at_unit_area(basis) for basis in bases]
    start = [basis.truncated(min(K_START, k_end)) for basis in unit]
    options = options.replace(k_end=k_end)
    rows = None
    if options.n_samples:
        rows = tuple(followed(shape.vertices, options.n_samples) for shape in (shape_a, shape_b))
    grown = zoomout(
        *unit,
        functional_map_of(map_ba, start[0].evecs, start[1].evecs, start[1].mass),
        options,
        progress.part(0.4, 0.95),
        fmap_ba=functional_map_of(map_ab, start[1].evecs, start[0].evecs, start[0].mass),
        followed=rows,
    )
    maps = grown.value.map_ab, grown.value.map_ba
    match = _assembled(shape_a, shape_b, *maps, bases, "zoomout", options.model_dump())
    return Result(match, grown.status, grown.sentence, grown.history, grown.stats)


def _bases(a: Shape, b: Shape, k: int, progress: Progress) -> tuple[Basis, Basis]:
    k = max(2, min(k, *(shape.n_vertices // VERTICES_PER_MODE for shape in (a, b))))
    settings = EigenbasisOptions(k=k)
    return eigenbasis(a, settings, progress.part(0.0, 0.5)), eigenbasis(b, settings, progress.part(0.5, 1.0))


def _at_unit_area(basis: Basis) -> Basis:
    area = basis.mass.sum()
    return replace(basis, evals=basis.evals * area, evecs=basis.evecs * np.sqrt(area), mass=basis.mass / area)


def _assembled(
    shape_a: Shape,
    shape_b: Shape,
    map_ab: np.ndarray,
    map_ba: np.ndarray,
    bases: tuple[Basis, Basis],
    method: str,
    parameters: Mapping[str, Any],
) -> ShapeMatch:
    a, b = bases
    return ShapeMatch(
        map_ab,
        map_ba,
        functional_map_of(map_ba, a.evecs, b.evecs, b.mass),
        functional_map_of(map_ab, b.evecs, a.evecs, a.mass),
        a,
        b,
        map_scores(shape_a, shape_b, map_ab, map_ba, a, b),
        metadata_of(shape_a, shape_b, method, parameters),
    )


def _check(mapped: np.ndarray, source: Shape, target: Shape) -> None:
    if mapped.shape != (source.n_vertices,) or mapped.min() < 0 or mapped.max() >= target.n_vertices:
        raise SizeMismatch(
            f"A map of shape {mapped.shape} does not lead from {source.name} ({source.n_vertices} vertices) to "
            f"{target.name} ({target.n_vertices}).",
            "Check direction and index base.",
        )
