"""Laying a part on the whole, as a function of two shapes."""

from __future__ import annotations

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import ShapeMatch
from geomlearn.matching.registration.options import RegistrationOptions
from geomlearn.shapes.shape import Shape


def match_part(
    shape_a: Shape,
    shape_b: Shape,
    options: RegistrationOptions = RegistrationOptions(),  # noqa: B008 (frozen)
    *,
    landmarks: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[ShapeMatch]:
    """`match_shapes` with the method registration.

    Use when …   something is missing on one side: cuts, holes, scans from one view.
    Avoid when … bodies differ: the part keeps its lengths.
    Source   See `registration`.
    """
    settings = MatchOptions(method="registration", **options.model_dump())
    return match_shapes(shape_a, shape_b, settings, landmarks=landmarks, progress=progress)
