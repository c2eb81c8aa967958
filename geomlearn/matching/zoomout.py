"""Refining a map by growing the spectral basis it is expressed in: plain, sampled and bijective ZoomOut."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.options import ZoomOutOptions
from geomlearn.matching.point_map import RowSearch
from geomlearn.spectral.basis import Basis

# A round trip this much longer than the shortest counts as worse; less is noise of the sampling.
NOISE = 1.15
# Samples in use while growing: few suffice to fit few modes, and the search costs their square.
FEWEST_ROWS = 600
ROWS_PER_MODE = 6
# Round trips are measured in this many modes, the same at every size so that sizes compare.
ROUND_TRIP_MODES = 20


@dataclass(frozen=True, eq=False)
class Maps:
    """A correspondence both ways, as points and as functions.

    Attributes
    ----------
    map_ab (n_a,) indices on B, map_ba (n_b,) indices on A.
    fmap_ab (k_b, k_a) carries coefficients A → B and belongs to map_ba; fmap_ba (k_a, k_b) belongs to map_ab.
    """

    map_ab: np.ndarray
    map_ba: np.ndarray
    fmap_ab: np.ndarray
    fmap_ba: np.ndarray


def zoomout(
    basis_a: Basis,
    basis_b: Basis,
    fmap_ab: np.ndarray,
    options: ZoomOutOptions = ZoomOutOptions(),  # noqa: B008 (frozen)
    progress: Progress = SILENT,
    *,
    fmap_ba: np.ndarray | None = None,
    samples_a: np.ndarray | None = None,
    samples_b: np.ndarray | None = None,
) -> Result[Maps]:
    """Alternate between point maps and functional maps of growing size.

    Parameters
    ----------
    basis_a, basis_b      bases of shapes of equal area, with at least `options.k_end` modes.
    fmap_ab               (k, k) first map, its size is where growth starts; `fmap_ba` (k, k) its transpose if absent.
    samples_a, samples_b  well-spread vertices that stand for the shapes while the basis grows; all when absent.
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
             2. One neighbour search serves both terms of the bijective form (`bijective_rows`).
             3. After sampled growth, `n_final` iterations use all vertices.
    """
    _check(basis_a, basis_b, fmap_ab, options)
    sampled = samples_a is not None and samples_b is not None
    whole = Sides(basis_a, basis_b, device=options.device)
    sides = Sides(basis_a, basis_b, samples_a, samples_b, device=options.device) if sampled else whole
    fmaps = fmap_ab, fmap_ab.T if fmap_ba is None else fmap_ba
    grown = grow(sides, fmaps, options, progress.part(0.0, 0.7 if sampled else 1.0))
    maps, status = grown.maps, grown.status
    fmaps = grown.rows.functional_maps(maps, grown.k, options.w_bijective)
    for i in range(options.n_final if sampled else 0):
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
    """The most bijective point maps met while growing, the rows they are between, and their number of modes."""

    maps: tuple[np.ndarray, np.ndarray]
    rows: Sides
    k: int
    status: Status
    history: tuple[Mapping[str, float], ...]


def grow(
    sides: Sides, fmaps: tuple[np.ndarray, np.ndarray], options: ZoomOutOptions, progress: Progress = SILENT
) -> Growth:
    """The iteration of `zoomout` between leading rows of `sides`, from (fmap_ab, fmap_ba)."""
    sizes = [*range(len(fmaps[0]), options.k_end, options.step), options.k_end]
    best, lowest, worse = None, np.inf, 0
    status, history = Status.CONVERGED, []
    for i, k in enumerate(sizes):
        if best is not None and progress.cancelled:
            status = Status.CANCELLED
            break
        progress(i / len(sizes), f"{k} modes")
        following = sizes[min(i + 1, len(sizes) - 1)]
        rows = sides.leading(max(FEWEST_ROWS, ROWS_PER_MODE * following))
        maps = rows.point_maps(fmaps, options.w_bijective)
        trip = rows.round_trip(maps)
        history.append({"k": k, "round_trip": trip})
        if options.patience == 0 or trip <= NOISE * lowest:
            best, worse = (maps, rows, k), 0
        else:
            worse += 1
        lowest = min(lowest, trip)
        if 0 < options.patience <= worse:
            status = Status.STALLED
            break
        if k < options.k_end:
            fmaps = rows.functional_maps(maps, following, options.w_bijective)
    return Growth(*best, status, tuple(history))


_SENTENCES = {
    Status.CONVERGED: "The map was refined up to {k} modes.",
    Status.STALLED: "Round trips between the shapes got worse with more modes; the map of {k} modes is kept.",
    Status.CANCELLED: "Cancelled; the best map so far has {k} modes.",
}


class Sides:
    """Both embeddings, of all vertices or of samples only, ready for repeated searches and fits.

    Parameters
    ----------
    a, b                  bases.
    samples_a, samples_b  the rows to keep; all when absent.
    device                where neighbours are searched.
    """

    def __init__(
        self,
        a: Basis,
        b: Basis,
        samples_a: np.ndarray | None = None,
        samples_b: np.ndarray | None = None,
        *,
        device: str = "cpu",
    ) -> None:
        self.a, self.mass_a = _rows(a, samples_a)
        self.b, self.mass_b = _rows(b, samples_b)
        self.orthonormal = samples_a is None
        self._search = RowSearch(device)
        # Neighbours are searched in single precision, which halves the time and moves no more than ties.
        self._single_a, self._single_b = self._search.tensor(self.a), self._search.tensor(self.b)

    def leading(self, n: int) -> Sides:
        """The first n samples of each side, which are as well spread as all; the whole when it is not sampled."""
        if self.orthonormal or n >= max(len(self.a), len(self.b)):
            return self
        part = copy(self)
        part.a, part.b = self.a[:n], self.b[:n]
        part._single_a, part._single_b = self._single_a[:n], self._single_b[:n]
        part.mass_a, part.mass_b = (
            mass * len(rows) / min(n, len(rows)) for mass, rows in ((self.mass_a, self.a), (self.mass_b, self.b))
        )
        return part

    def point_maps(self, fmaps: tuple[np.ndarray, np.ndarray], weight: float) -> tuple[np.ndarray, np.ndarray]:
        """map_ab and map_ba between the rows, for (fmap_ab, fmap_ba)."""
        fmap_ab, fmap_ba = fmaps
        k = len(fmap_ab)
        a, b = self._single_a[:, :k], self._single_b[:, :k]
        map_ab = self._search.bijective(a, b, fmap_ba, fmap_ab, weight)
        map_ba = self._search.bijective(b, a, fmap_ab, fmap_ba, weight)
        return map_ab, map_ba

    def functional_maps(
        self, maps: tuple[np.ndarray, np.ndarray], k: int, weight: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """fmap_ab (k, k) and fmap_ba (k, k): least squares in ‖Φ_b C − Φ_a[map_ba]‖² + w ‖Φ_b[map_ab] C − Φ_a‖²."""
        map_ab, map_ba = maps
        a, b = self.a[:, :k], self.b[:, :k]
        a_on_b, b_on_a = a[map_ba], b[map_ab]
        # Four products serve both directions: the mixed ones are each other's transposes.
        pulled = b.T @ _weighted(self.mass_b, a_on_b)
        pushed = b_on_a.T @ _weighted(self.mass_a, a)
        squares_b = self._gram(b, self.mass_b), weight * (b_on_a.T @ _weighted(self.mass_a, b_on_a))
        squares_a = self._gram(a, self.mass_a), weight * (a_on_b.T @ _weighted(self.mass_b, a_on_b))
        fmap_ab = np.linalg.solve(squares_b[0] + squares_b[1], pulled + weight * pushed)
        fmap_ba = np.linalg.solve(squares_a[0] + squares_a[1], pushed.T + weight * pulled.T)
        return fmap_ab.astype(float), fmap_ba.astype(float)

    def _gram(self, rows: np.ndarray, mass: np.ndarray | float) -> np.ndarray:
        return np.eye(rows.shape[1]) if self.orthonormal else mass * (rows.T @ rows)

    def round_trip(self, maps: tuple[np.ndarray, np.ndarray]) -> float:
        """Mean squared distance, in the first modes, between points and their images there and back; random is 1."""
        map_ab, map_ba = maps
        total = 0.0
        for rows, there_and_back in ((self.a, map_ba[map_ab]), (self.b, map_ab[map_ba])):
            low = rows[:, 1 : 1 + ROUND_TRIP_MODES]
            total += ((low[there_and_back] - low) ** 2).sum() / (2 * ((low - low.mean(axis=0)) ** 2).sum())
        return float(total / 2)


def _rows(basis: Basis, samples: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | float]:
    """The rows and what each weighs; well-spread samples weigh the same."""
    if samples is None:
        return basis.evecs, basis.mass
    # Single precision is ample for fits that sampling has already made approximate.
    return basis.evecs[samples].astype(np.float32), float(basis.mass.sum() / len(samples))


def _weighted(mass: np.ndarray | float, rows: np.ndarray) -> np.ndarray:
    return mass[:, None] * rows if isinstance(mass, np.ndarray) else mass * rows


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
