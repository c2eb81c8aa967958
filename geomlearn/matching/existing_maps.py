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
from geomlearn.matching.prepared import Prepared, ShapeMatch, metadata_of, of_whole_shapes
from geomlearn.matching.row_search.nearest import nearest_rows
from geomlearn.matching.scores import map_scores
from geomlearn.matching.zoomout.sides import tracking_pair
from geomlearn.matching.zoomout.zoomout import zoomout
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Modes in which the way back of a one-way map is looked up: enough to tell fingers apart.
K_INVERSE = 60
# Modes from which an existing map is grown again: it is trusted in the large only.
K_START = 20


def match_from_point_maps(
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
    _check(map_ab, shape_a, shape_b)
    a, b = _prepared(shape_a, shape_b, k, progress.part(0.0, 0.7))
    if map_ba is None:
        progress(0.7, "the way back")
        embedding = b.basis.evecs[:, : min(K_INVERSE, b.basis.k)]
        map_ba = a.active[nearest_rows(embedding, embedding[b.stand_in[map_ab[a.active]]])][b.stand_in]
    _check(map_ba, shape_b, shape_a)
    progress(0.85, "scores")
    return _assembled(a, b, map_ab, map_ba, method, parameters or {})


def match_from_functional_map(
    shape_a: Shape, shape_b: Shape, fmap_ab: np.ndarray, *, progress: Progress = SILENT
) -> ShapeMatch:
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
    # Neighbours are compared at one area: the embeddings of a larger shape are smaller.
    a, b = (
        Prepared(shape, eigenbasis(shape, settings, part), 1)
        for shape, part in zip((shape_a, shape_b), parts, strict=True)
    )
    c = fmap_ab * np.sqrt(a.area / b.area)
    evecs_a, evecs_b = a.basis.evecs[:, : c.shape[1]], b.basis.evecs[:, : c.shape[0]]
    progress(0.7, "nearest neighbours")
    map_ab, map_ba = nearest_rows(evecs_a @ c.T, evecs_b), nearest_rows(evecs_b @ c, evecs_a)
    match = _assembled(a, b, *of_whole_shapes(a, b, map_ab, map_ba), "given", {})
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
    return match_from_point_maps(shape_a, shape_b, map_ab, map_ba, k=k, method="chained", progress=progress)


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
    a, b = _prepared(shape_a, shape_b, options.k_end, progress.part(0.0, 0.4))
    k_end = min(options.k_end, a.basis.k, b.basis.k)
    start = [side.basis.truncated(min(K_START, k_end)) for side in (a, b)]
    options = options.replace(k_end=k_end)
    rows = tracking_pair(a.shape.vertices, b.shape.vertices, options.n_samples)
    inner_ab, inner_ba = b.stand_in[map_ab[a.active]], a.stand_in[map_ba[b.active]]
    grown = zoomout(
        a.basis,
        b.basis,
        functional_map_of(inner_ba, start[0].evecs, start[1].evecs, start[1].mass),
        options,
        progress.part(0.4, 0.95),
        fmap_ba=functional_map_of(inner_ab, start[1].evecs, start[0].evecs, start[0].mass),
        followed=rows,
    )
    maps = of_whole_shapes(a, b, grown.value.map_ab, grown.value.map_ba)
    match = _assembled(a, b, *maps, "zoomout", options.model_dump())
    return Result(match, grown.status, grown.sentence, grown.history, grown.stats)


def _prepared(a: Shape, b: Shape, k: int, progress: Progress) -> tuple[Prepared, Prepared]:
    k = max(2, min(k, *(shape.n_vertices // VERTICES_PER_MODE for shape in (a, b))))
    settings = EigenbasisOptions(k=k)
    parts = progress.part(0.0, 0.5), progress.part(0.5, 1.0)
    first, second = (
        Prepared(shape, eigenbasis(shape, settings, part), 1) for shape, part in zip((a, b), parts, strict=True)
    )
    return first, second


def _assembled(
    a: Prepared, b: Prepared, map_ab: np.ndarray, map_ba: np.ndarray, method: str, parameters: Mapping[str, Any]
) -> ShapeMatch:
    return ShapeMatch(
        map_ab,
        map_ba,
        functional_map_of(map_ba, a.raw.evecs, b.raw.evecs, b.raw.mass),
        functional_map_of(map_ab, b.raw.evecs, a.raw.evecs, a.raw.mass),
        a.raw,
        b.raw,
        map_scores(a.whole, b.whole, map_ab, map_ba, a.raw, b.raw),
        metadata_of(a.whole, b.whole, method, parameters),
    )


def _check(mapped: np.ndarray, source: Shape, target: Shape) -> None:
    if mapped.shape != (source.n_vertices,) or mapped.min() < 0 or mapped.max() >= target.n_vertices:
        raise SizeMismatch(
            f"A map of shape {mapped.shape} does not lead from {source.name} ({source.n_vertices} vertices) to "
            f"{target.name} ({target.n_vertices}).",
            "Check direction and index base.",
        )
