"""Refining a map by growing the spectral basis it is expressed in: plain, sampled and bijective ZoomOut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.options import ZoomOutOptions
from geomlearn.matching.point_map import Maps
from geomlearn.matching.zoomout.sides import EmbeddingPair, Tracked, TrackedEmbeddingPair
from geomlearn.spectral.basis import Basis

# A round trip this much longer than the shortest counts as worse; less is noise of the sampling.
NOISE = 1.15


def zoomout(
    basis_a: Basis,
    basis_b: Basis,
    fmap_ab: np.ndarray,
    options: ZoomOutOptions = ZoomOutOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
    *,
    fmap_ba: np.ndarray | None = None,
    followed: tuple[Tracked, Tracked] | None = None,
    judged_from: int = 0,
) -> Result[Maps]:
    """Alternate between point maps and functional maps of growing size.

    Parameters
    ----------
    basis_a, basis_b      bases of shapes of equal area, with at least `options.k_end` modes.
    fmap_ab               (k, k) first map, its size is where growth starts; `fmap_ba` (k, k) its transpose if absent.
    followed              what is followed of A and of B, else every image is sought among all vertices every time.
    judged_from           smaller maps are smooth, which keeps their round trips short: they are not compared with.
    progress              reports; cancelling hands over the best maps so far.

    Returns
    -------
    Result[Maps]   the most bijective maps met; history holds `k` and `round_trip`, the mean squared distance between
                   a point and its image there and back in the first 20 modes, relative to that of random points (1).

    Raises
    ------
    ParameterError   the first map is not square, larger than `k_end`, or a basis has too few modes.

    Use when …   a coarse functional map is roughly right and the shapes are near-isometric.
    Avoid when … parts are missing: low modes of a part and of the whole do not correspond.
    Source   Melzi et al. 2019, ZoomOut, arXiv 1904.07865, algorithm 1; Ren et al. 2021, Discrete Optimization for Shape
             Matching, for the bijective form.
    Differs  1. Stops when round trips worsen for `patience` iterations in a row, and returns the best.
             2. One neighbour search serves both terms of the bijective form, see `RowSearch.bijective`.
             3. Images are followed from one row to the next; the last `n_final` searches are of all vertices among all.
    """
    _check(basis_a, basis_b, fmap_ab, options)
    sides = whole = EmbeddingPair(basis_a, basis_b, device=options.device)
    if followed:
        sides = TrackedEmbeddingPair(basis_a, basis_b, *followed, device=options.device)
    fmaps = fmap_ab, fmap_ab.T if fmap_ba is None else fmap_ba
    grown = grow(sides, fmaps, options, progress.part(0.0, 0.7 if followed else 1.0), judged_from=judged_from)
    fmaps = sides.functional_maps(grown.maps, grown.k, options.w_bijective)
    maps, status = grown.maps, grown.status
    for i in range(options.n_final if followed else 0):
        if progress.cancelled:
            status = Status.CANCELLED
            # One search must cover all vertices, cancelled or not, or there would be no map to hand over.
            if i > 0:
                break
        else:
            progress(0.7 + 0.3 * i / options.n_final, "all vertices")
        maps = whole.point_maps(fmaps, options.w_bijective)
        fmaps = whole.functional_maps(maps, grown.k, options.w_bijective)
    sentence = _SENTENCES[status].format(k=grown.k)
    return Result(Maps(*maps, *fmaps), status, sentence, grown.history, {"k": grown.k})


@dataclass(frozen=True, eq=False)
class Growth:
    """The most bijective point maps met while growing, and their number of modes."""

    maps: tuple[np.ndarray, np.ndarray]
    k: int
    status: Status
    history: tuple[Mapping[str, float], ...]


def grow(
    sides: EmbeddingPair,
    fmaps: tuple[np.ndarray, np.ndarray],
    options: ZoomOutOptions,
    progress: Progress = SILENT,
    *,
    judged_from: int = 0,
) -> Growth:
    """The iteration of `zoomout` between the rows of `sides`, from (fmap_ab, fmap_ba)."""
    sizes = [*range(len(fmaps[0]), options.k_end, options.step), options.k_end]
    best: tuple[tuple[np.ndarray, np.ndarray], int] | None = None
    lowest, worse = np.inf, 0
    status, history = Status.CONVERGED, []
    for i, k in enumerate(sizes):
        if best is not None and progress.cancelled:
            status = Status.CANCELLED
            break
        progress(i / len(sizes), f"{k} modes")
        following = sizes[min(i + 1, len(sizes) - 1)]
        maps = sides.point_maps(fmaps, options.w_bijective)
        trip = sides.round_trip(maps)
        history.append({"k": k, "round_trip": trip})
        judged = k >= min(judged_from, options.k_end)
        if options.patience == 0 or not judged or trip <= NOISE * lowest:
            best, worse = (maps, k), 0
        else:
            worse += 1
        lowest = min(lowest, trip) if judged else lowest
        if 0 < options.patience <= worse:
            status = Status.STALLED
            break
        if k < options.k_end:
            fmaps = sides.functional_maps(maps, following, options.w_bijective)
    if best is None:
        raise ParameterError("There is no size to grow to.", "Let k_end be 1 or more.")
    return Growth(*best, status, tuple(history))


_SENTENCES = {
    Status.CONVERGED: "The map was refined up to {k} modes.",
    Status.STALLED: "Round trips between the shapes got worse with more modes; the map of {k} modes is kept.",
    Status.CANCELLED: "Cancelled; the best map so far has {k} modes.",
}


def _check(a: Basis, b: Basis, fmap_ab: np.ndarray, options: ZoomOutOptions) -> None:
    if fmap_ab.ndim != 2 or fmap_ab.shape[0] != fmap_ab.shape[1]:
        raise ParameterError(f"The first map has shape {fmap_ab.shape}.", "Start from a square functional map.")
    if len(fmap_ab) > options.k_end:
        raise ParameterError(f"The first map has {len(fmap_ab)} modes, k_end is {options.k_end}.", "Raise k_end.")
    if options.k_end > min(a.k, b.k):
        raise ParameterError(
            f"k_end = {options.k_end} exceeds the {min(a.k, b.k)} modes of the smaller basis.",
            "Compute larger bases, or lower k_end.",
        )
