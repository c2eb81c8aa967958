"""Points that lie alone: their neighbours are farther away than those of other points."""

from __future__ import annotations

from typing import Literal

import numpy as np

from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.cleaning.cleaned import Cleaned, many
from geomlearn.shapes.shape import Shape

# The gap is looked for between these multiples of the median spacing, in windows this wide (both ways, as a logarithm).
_FROM, _TO, _HALF_WINDOW = 3.0, 10.0, 0.15
# Below this part of the bound a point is clearly of the surface.
_SURFACE = 0.75


def loneliness(points: np.ndarray, neighbours: int = 8) -> np.ndarray:
    """(n,) mean distance to the nearest other points, as a multiple of its median over all points."""
    mean, middle = _spacing(points, neighbours)
    return mean / middle


def _spacing(points: np.ndarray, neighbours: int) -> tuple[np.ndarray, float]:
    """Mean distances (n,) to the nearest other points, and their median."""
    from scipy.spatial import cKDTree

    if len(points) <= neighbours:
        raise ParameterError(f"{len(points)} points have no {neighbours} neighbours each.", "Give a smaller number.")
    mean = cKDTree(points).query(points, k=neighbours + 1)[0][:, 1:].mean(axis=1)
    middle = np.median(mean)
    if middle == 0:  # most points are repeated: what is not, is measured against the others alone
        middle = np.median(mean[mean > 0]) if (mean > 0).any() else 1.0
    return mean, float(middle)


def outliers(
    points: np.ndarray, *, rule: Literal["gap", "sigma"] = "gap", neighbours: int = 8, sigma: float = 3.0
) -> np.ndarray:
    """Which points lie alone.

    Parameters
    ----------
    points      (n, 3)
    rule        ``gap``: the distances of points on a surface end, and those of outliers begin, with few in between; the
                bound is put in the first valley, at 3 to 10 times the median; what lies nearer than it to a point that
                is clearly of the surface stays. ``sigma``: farther than the mean by so
                many standard deviations.
    neighbours  how many nearest points the distance is a mean over.

    Returns
    -------
    (n,) bool.

    Raises
    ------
    ParameterError   no more points than neighbours.

    Use when …   stray points of a scanner lie off the surface, each by itself.
    Avoid when … they come in clumps: `drop_islands` looks for those.
    Source   ``sigma``: Rusu et al. 2008, doi 10.1016/j.robot.2008.08.005, section 3. ``gap``: the usual valley of a
             histogram (Prewitt & Mendelsohn 1966), on logarithms.
    """
    mean, middle = _spacing(points, neighbours)
    score = mean / middle
    if rule == "sigma":
        return score > score.mean() + sigma * score.std()
    bound = _valley(np.log(np.maximum(score, 1e-300)))
    return _apart(points, score, score > bound, bound, bound * middle)


def _apart(points: np.ndarray, score: np.ndarray, lone: np.ndarray, bound: float, distance: float) -> np.ndarray:
    """Those of the lone points that no point of the surface is near to: thin parts of a scan are not strays."""
    from scipy.spatial import cKDTree

    surface = score <= _SURFACE * bound
    if not lone.any() or not surface.any():
        return lone
    found = lone.copy()
    found[lone] = cKDTree(points[surface]).query(points[lone])[0] >= distance
    return found


def _valley(scores: np.ndarray) -> float:
    """The bound, as a ratio, in the first valley: after it there are clearly more scores again."""
    ordered = np.sort(scores)
    bounds = np.linspace(np.log(_FROM), np.log(_TO), 121)
    around = np.searchsorted(ordered, bounds + _HALF_WINDOW) - np.searchsorted(ordered, bounds - _HALF_WINDOW)
    lowest = np.minimum.accumulate(around)
    # Counts vary by their roots: a rise of less is none.
    risen = around > lowest + 4 * np.sqrt(lowest) + 4
    end = int(risen.argmax()) if risen.any() else len(bounds)
    low = around[:end] <= lowest[end - 1] + np.sqrt(lowest[end - 1])
    first = int(low.argmax())
    last = first + int(np.append(low[first:], False).argmin()) - 1
    # An empty stretch parts the same points wherever it is cut. Else the upper end: a stray that stays can be seen.
    return float(np.exp(bounds[first if around[first] == 0 else last]))


def drop_outliers(
    shape: Shape, *, rule: Literal["gap", "sigma"] = "gap", neighbours: int = 8, sigma: float = 3.0
) -> Cleaned:
    """The shape without points that lie alone, and without the faces that reach for them; see `outliers`.

    Raises
    ------
    MeshError   nothing would be left.
    """
    out = outliers(shape.vertices, rule=rule, neighbours=neighbours, sigma=sigma)
    if not out.any():
        return Cleaned.nothing(shape, "Found no outliers.")
    faces = shape.faces[~out[shape.faces].any(axis=1)]
    if out.all() or (not shape.is_cloud and len(faces) == 0):
        raise MeshError(f"All of {shape.name} would be outliers.", "Use more neighbours.")
    count = int(out.sum())
    lost = shape.n_faces - len(faces)
    with_them = f", and {many(lost, 'face')} at them" if lost else ""
    action = f"Removed {many(count, 'outlier')}{with_them}, {100 * count / shape.n_vertices:.2g} % of the points."
    return Cleaned.chosen(shape, ~out, (np.cumsum(~out) - 1)[faces], action, outliers=count)
