"""How far a correspondence is from the truth: the Princeton protocol, aware of symmetric truths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.io.maps import NO_IMAGE, MapFile, read_map
from geomlearn.matching.io.triangle_points import nearest_corners
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.geodesics import HeatGeodesics
from geomlearn.spectral.laplacian import build_laplacian

# The error curve is the share of points within each of these distances over √area.
THRESHOLDS = np.linspace(0.0, 0.25, 101)


@dataclass(frozen=True, eq=False)
class Truth:
    """Points known to correspond.

    Attributes
    ----------
    points_a, points_b (t,)  vertex of A, vertex of B.
    symmetric_b (t,)         the vertex of B under its left-right symmetry, or None when it is not known.
    """

    points_a: np.ndarray
    points_b: np.ndarray
    symmetric_b: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Errors of a map, as 100 × geodesic distance / √area of the target.

    Attributes
    ----------
    mean_error, median_error, max_error   over the points evaluated.
    curve (101,)   share of points with error ≤ 100 · THRESHOLDS;  auc   its mean over [0, 0.25], 1 is perfect.
    errors (t,)    per point evaluated;  points_a (t,)  the vertices of A they belong to.
    symmetric_mean_error   under the symmetric truth, or None without one.
    flipped        the symmetric truth fits better: the map confuses left and right.
    n_truth        points the truth knows, of which `len(errors)` were evaluated.
    n_unmatched    points left out, since the map or the truth gives them no image.
    """

    mean_error: float
    median_error: float
    max_error: float
    curve: np.ndarray
    auc: float
    errors: np.ndarray
    points_a: np.ndarray
    symmetric_mean_error: float | None
    flipped: bool
    n_truth: int
    n_unmatched: int = 0

    @property
    def sentence(self) -> str:
        text = f"Mean error {self.mean_error:.2f}, median {self.median_error:.2f} (100 × geodesic distance / √area)"
        text += f" over {len(self.errors)} points"
        known = self.n_truth - self.n_unmatched
        text += f" sampled from {known}." if len(self.errors) < known else "."
        text += f" {self.n_unmatched} without an image are left out." if self.n_unmatched else ""
        if self.flipped:
            text += f" Left and right are swapped: under the symmetric truth it is {self.symmetric_mean_error:.2f}."
        return text


def evaluate_map(
    map_ab: np.ndarray,
    truth: Truth,
    shape_b: Shape,
    *,
    max_points: int = 1000,
    seed: int = 0,
    distances: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Evaluation:
    """Measure a map from A to B against the truth.

    Parameters
    ----------
    map_ab (n_a,)       indices on B; -1 where there is no image, as in the truth.
    max_points, seed    at most this many points of the truth, drawn at random, since each costs a geodesic field on B;
                        0 takes all.
    distances (n_b, n_b)  geodesic distances on B in its units, when they are known already; then all points are used.

    Raises
    ------
    SizeMismatch   the truth or the map refer to vertices that are not there.

    Source   Kim, Lipman, Funkhouser 2011, Blended Intrinsic Maps, section 6.
    Differs  Distances by the heat method: 1 % or so from exact ones at 5 k vertices.
    """
    _check(map_ab, truth, shape_b)
    chosen = np.flatnonzero((map_ab[truth.points_a] >= 0) & (truth.points_b >= 0))
    n_unmatched = len(truth.points_a) - len(chosen)
    if len(chosen) == 0:
        raise SizeMismatch("No point of the truth has an image in the map.", "Check that both belong together.")
    if distances is None and 0 < max_points < len(chosen):
        chosen = np.sort(np.random.default_rng(seed).choice(len(chosen), max_points, replace=False))
    found = map_ab[truth.points_a[chosen]]
    rows, index = np.unique(found, return_inverse=True)
    # Distances run from the images, not from the truth: each row then serves the symmetric truth as well.
    fields = distances[rows] if distances is not None else HeatGeodesics(shape_b).matrix(rows, progress=progress)
    unit = np.sqrt(shape_b.area if not shape_b.is_cloud else build_laplacian(shape_b).mass.sum())
    errors = 100 * fields[index, truth.points_b[chosen]].astype(float) / unit
    symmetric = None
    if truth.symmetric_b is not None:
        symmetric = float(100 * fields[index, truth.symmetric_b[chosen]].astype(float).mean() / unit)
    curve = (errors[:, None] <= 100 * THRESHOLDS).mean(axis=0)
    mean = float(errors.mean())
    return Evaluation(
        mean,
        float(np.median(errors)),
        float(errors.max()),
        curve,
        float(np.trapezoid(curve, THRESHOLDS) / THRESHOLDS[-1]),
        errors,
        truth.points_a[chosen],
        symmetric,
        symmetric is not None and symmetric < mean,
        len(truth.points_a),
        n_unmatched,
    )


def evaluate_either_base(
    read: MapFile, truth: Truth, shape_b: Shape, *, max_points: int = 1000, seed: int = 0, progress: Progress = SILENT
) -> tuple[Evaluation, MapFile, str]:
    """Measure a map whose file does not say what it counts from: where both fit, the truth at hand decides.

    Returns
    -------
    evaluation, the map so read, and a sentence with both errors, empty where only one base fits.
    """
    settings: dict[str, Any] = {"max_points": max_points, "seed": seed}
    other = replace(read, map_ab=np.where(read.map_ab < 0, NO_IMAGE, read.map_ab + 2 * read.index_base - 1))
    other = replace(other, index_base=1 - read.index_base)
    known = other.map_ab[read.map_ab >= 0]
    if not read.inferred or known.min() < 0 or known.max() >= shape_b.n_vertices:
        return evaluate_map(read.map_ab, truth, shape_b, **settings, progress=progress), read, ""
    here = evaluate_map(read.map_ab, truth, shape_b, **settings, progress=progress.part(0.0, 0.5))
    there = evaluate_map(other.map_ab, truth, shape_b, **settings, progress=progress.part(0.5, 1.0))
    best, chosen, worse = (there, other, here) if there.mean_error < here.mean_error else (here, read, there)
    sentence = (
        f"The list fits whether it counts from 0 or from 1: mean error {best.mean_error:.4g} from "
        f"{chosen.index_base}, {worse.mean_error:.4g} from {1 - chosen.index_base}; the better one is shown."
    )
    return best, chosen, sentence


def read_truth(files: str | Path, n_a: int, n_b: int, faces_b: np.ndarray | None = None) -> Truth:
    """The truth in a map file, or in two lists "a.vts,b.vts" whose lines correspond.

    A list ``b.sym.vts`` beside ``b.vts`` is taken as the symmetric truth. Of a file ``.baryc_gt``, whose lines name a
    face of B and weights of its corners, the corner of most weight is taken.

    Parameters
    ----------
    faces_b (m, 3)   the faces of B, for such files.

    Raises
    ------
    FormatError    a file is missing or damaged.
    SizeMismatch   lists of different lengths, or indices that are not on the shapes.
    """
    parts = [part.strip() for part in str(files).split(",")]
    if len(parts) == 1:
        if Path(parts[0]).suffix.lower() == ".baryc_gt":
            return Truth(np.arange(n_a), nearest_corners(parts[0], n_a, faces_b))
        found = read_map(parts[0], n_source=n_a, n_target=n_b, unmatched=True).map_ab
        return Truth(np.arange(n_a), found)
    if len(parts) != 2:
        raise FormatError(f"{files} names {len(parts)} files.", "Give one map, or two lists as a.vts,b.vts.")
    path_a, path_b = map(Path, parts)
    points_a = read_map(path_a, n_target=n_a).map_ab
    points_b = read_map(path_b, n_target=n_b).map_ab
    symmetric = path_b.with_name(f"{path_b.stem}.sym{path_b.suffix}")
    symmetric_b = read_map(symmetric, n_target=n_b).map_ab if symmetric.is_file() else None
    for name, points in ((path_b.name, points_b), (symmetric.name, symmetric_b)):
        if points is not None and len(points) != len(points_a):
            raise SizeMismatch(
                f"{path_a.name} lists {len(points_a)} points, {name} {len(points)}.", "Their lines must correspond."
            )
    return Truth(points_a, points_b, symmetric_b)


def _check(map_ab: np.ndarray, truth: Truth, shape_b: Shape) -> None:
    n_b = shape_b.n_vertices
    if truth.points_a.size == 0:
        raise SizeMismatch("The truth holds no points.", "Check the file.")
    if truth.points_a.max() >= len(map_ab):
        raise SizeMismatch(
            f"The truth knows vertex {truth.points_a.max()} of the source, the map has {len(map_ab)} entries.",
            "Check that both belong to the same shapes, and the direction.",
        )
    for name, points in (("map", map_ab), ("truth", truth.points_b), ("symmetric truth", truth.symmetric_b)):
        if points is not None and (points.max() >= n_b or points.min() < NO_IMAGE):
            raise SizeMismatch(
                f"The {name} refers to vertex {points.max()} of {shape_b.name}, which has {n_b}.",
                "Check direction and index base.",
            )
