"""Work on correspondences that begins with files; run in a worker, where heavy imports hurt nobody."""

from __future__ import annotations

import numpy as np

from geomlearn.app.model.matching.matches import TruthErrors
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.evaluation import THRESHOLDS, Truth, evaluate_map, read_truth
from geomlearn.matching.existing_maps import match_from_functional_map, match_from_point_maps
from geomlearn.matching.io.maps import MapFile, read_map
from geomlearn.matching.match import ShapeMatch
from geomlearn.shapes.shape import Shape

BUILTIN = "builtin"
"""The truth that built-in shapes know of themselves."""


def match_from_file(
    path: str, shape_a: Shape, shape_b: Shape, index_base: int | None = None, *, progress: Progress = SILENT
) -> tuple[MapFile, ShapeMatch]:
    """Read a map A → B and make the whole correspondence of it.

    Raises
    ------
    FormatError, SizeMismatch   the file is damaged or leads elsewhere.
    """
    found = read_map(path, n_source=shape_a.n_vertices, n_target=shape_b.n_vertices, index_base=index_base)
    method = str(found.metadata.get("method", "file"))
    return found, match_from_point_maps(shape_a, shape_b, found.map_ab, method=method, progress=progress)


def match_from_fmap_file(path: str, shape_a: Shape, shape_b: Shape, *, progress: Progress = SILENT) -> ShapeMatch:
    """Read a functional map A → B and make the whole correspondence of it."""
    from geomlearn.matching.io.functional_maps import read_fmap

    return match_from_functional_map(shape_a, shape_b, read_fmap(path).fmap_ab, progress=progress)


def measure(
    map_ab: np.ndarray,
    shape_a: Shape,
    shape_b: Shape,
    truth: str | np.ndarray,
    name: str,
    *,
    progress: Progress = SILENT,
) -> TruthErrors:
    """Measure a map against the truth.

    Parameters
    ----------
    truth  a map file, two lists "a.vts,b.vts", "builtin" for two built-in shapes, or a map (n_a,) itself.
    name   what to call it.

    Raises
    ------
    FormatError, SizeMismatch, ParameterError   the truth cannot be read or does not fit.
    """
    from scipy.spatial import cKDTree

    known = _truth(truth, shape_a, shape_b)
    found = evaluate_map(map_ab, known, shape_b, progress=progress)
    # Only some vertices are measured; the others show the nearest one's error.
    nearest = cKDTree(shape_a.vertices[found.points_a]).query(shape_a.vertices)[1]
    return TruthErrors(
        source=name,
        sentence=found.sentence,
        mean=found.mean_error,
        distances=100 * THRESHOLDS,
        shares=found.curve,
        errors=found.errors[nearest],
    )


def _truth(truth: str | np.ndarray, shape_a: Shape, shape_b: Shape) -> Truth:
    if isinstance(truth, np.ndarray):
        return Truth(np.arange(len(truth)), truth)
    if truth != BUILTIN:
        return read_truth(truth, shape_a.n_vertices, shape_b.n_vertices)
    from geomlearn.shapes.builtin import ground_truth

    direct, mirrored = (ground_truth(shape_a.name, shape_b.name, symmetric=symmetric) for symmetric in (False, True))
    return Truth(np.arange(len(direct)), direct, mirrored)
