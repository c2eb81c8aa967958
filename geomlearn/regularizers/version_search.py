"""Whether items are still found across two versions of a model: before their features are aligned, and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.regularizers.alignment import Alignment, align_features, checked_features, procrustes
from geomlearn.regularizers.options import AlignmentOptions
from geomlearn.regularizers.retrieval import retrieval_scores

# Items measured at most: the scores compare each with each.
_MOST = 2000


@dataclass(frozen=True)
class Search:
    """How well `queries` find their items in `gallery`: shares with a right one first, or among five, and mAP."""

    queries: str
    gallery: str
    top1: float
    top5: float
    mean_precision: float


def align_versions(
    old: np.ndarray,
    new: np.ndarray,
    labels: np.ndarray | None = None,
    options: AlignmentOptions = AlignmentOptions(),  # noqa: B008 (frozen)
    *,
    held: float = 0.3,
    progress: Progress = SILENT,
) -> tuple[Result[Alignment], list[Search]]:
    """Align on a part of the items and measure on the others.

    Parameters
    ----------
    old, new, labels   as for `align_features`. With labels an item is right if it is of the query's class, the query's
                       own item left out; without, only the query's own item is right.
    held               share of items, drawn by the options' seed, that only measure.

    Returns
    -------
    The alignment, and the searches: old among old (with labels), then new among old as they are, by the Procrustes
    rotation, and aligned.

    Raises
    ------
    ParameterError   fewer than ten items: too few to learn from some and to measure on others; or as `align_features`.
    SizeMismatch     as `align_features`.
    """
    old, new, _ = checked_features(old, new, labels)
    n = len(old)
    if n < 10 or not 0 < held < 1:
        raise ParameterError(
            f"{n} items, of which a share of {held:g} is kept for measuring, are too few.", "Give ten or more."
        )
    order = np.random.default_rng(options.seed).permutation(n)
    n_held = min(max(round(held * n), 2), n - 2)
    fit, rest = order[n_held:], order[:n_held][:_MOST]
    result = align_features(old[fit], new[fit], None if labels is None else labels[fit], options, progress)
    return result, _searches(old, new, labels, fit, rest, result.value)


def _searches(
    old: np.ndarray, new: np.ndarray, labels: np.ndarray | None, fit: np.ndarray, rest: np.ndarray, found: Alignment
) -> list[Search]:
    m = min(old.shape[1], new.shape[1])
    stored, asked = old[rest], new[rest]
    turned = asked[:, :m] @ procrustes(old[fit][:, :m], new[fit][:, :m]).T
    pairs = [
        ("new, as they are", asked[:, :m], "old", stored[:, :m]),
        ("new, rotated (Procrustes)", turned, "old", stored[:, :m]),
        ("new, aligned: B(new)", found.new_to_old(asked), "old", stored[:, :m]),
        ("new, aligned: B(new)", found.new_to_old(asked), "old, aligned: F(old)", found.old_to_new(stored)),
    ]
    if labels is not None:
        pairs = [("old", stored, "old", stored), *pairs, ("new", asked, "new", asked)]
    truth, same = (np.arange(len(rest)), False) if labels is None else (labels[rest], True)
    searches = []
    for queries, q, gallery, g in pairs:
        top1, precision = retrieval_scores(q, g, truth, truth, same_items=same)
        top5, _ = retrieval_scores(q, g, truth, truth, same_items=same, top=5)
        searches.append(Search(queries, gallery, top1, top5, precision))
    return searches
