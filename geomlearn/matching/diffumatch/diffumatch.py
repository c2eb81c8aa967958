"""DiffuMatch: from two shapes to a correspondence, by a prior over functional maps instead of isometry."""

from __future__ import annotations

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import ShapeMatch
from geomlearn.shapes.shape import Shape


def diffumatch(
    shape_a: Shape,
    shape_b: Shape,
    options: DiffuMatchOptions = DiffuMatchOptions(),  # noqa: B008 (frozen)
    *,
    landmarks: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[ShapeMatch]:
    """`match_shapes` with its method set to diffumatch and everything else as it stands.

    Parameters, results, errors and cancelling are those of `match_shapes`; what is peculiar to the first maps is told
    by `zero_shot_maps`. The stats hold under `zero_shot` the states on the way.

    Source   Pierson, Li, Dai & Ovsjanikov 2025, DiffuMatch, arXiv 2507.23715.
    """
    whole = MatchOptions(
        **{name: getattr(options, name) for name in DiffuMatchOptions.model_fields}, method="diffumatch"
    )
    return match_shapes(shape_a, shape_b, whole, landmarks=landmarks, progress=progress)
