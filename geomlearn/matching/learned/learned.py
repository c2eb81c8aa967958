"""Matching by learned features alone, as a function of two shapes."""

from __future__ import annotations

import numpy as np

from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.matching.learned.options import LearnedMatchOptions
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import ShapeMatch
from geomlearn.shapes.shape import Shape


def match_by_features(
    shape_a: Shape,
    shape_b: Shape,
    options: LearnedMatchOptions = LearnedMatchOptions(),  # noqa: B008 (frozen)
    *,
    landmarks: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> Result[ShapeMatch]:
    """`match_shapes` with the method learned.

    Raises
    ------
    SolverError   the features know neither shape's kind, or take the two for different kinds.

    Use when …   people or four-legged animals in any pose, scanned or remeshed.
    Avoid when … shapes are of other kinds: the features say so, and the strategy auto goes on without them.
    Source   Sharp, Attaiki, Crane & Ovsjanikov 2022, DiffusionNet, arXiv 2012.00888, for the network.
    Differs  1. One network for all pairs, which names places of a template, see `FeatureNet`.
             2. It reads signatures, coordinates, or both; each gives first maps, of which the judge takes one.
    """
    settings = MatchOptions(method="learned", features=options.features, k_end=options.k_end)
    return match_shapes(shape_a, shape_b, settings, landmarks=landmarks, progress=progress)
