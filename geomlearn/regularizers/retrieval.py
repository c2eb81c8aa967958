"""How well items are found by their features, and which stored features to renew first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geomlearn.core.errors import SizeMismatch


def cosine_similarity(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Cosines (q, g) between features (q, d) and (g, d).

    Raises
    ------
    SizeMismatch   they have different numbers of coordinates.
    """
    if queries.shape[1] != gallery.shape[1]:
        raise SizeMismatch(
            f"Queries of {queries.shape[1]} coordinates cannot search features of {gallery.shape[1]}.",
            "Bring both to one space first.",
        )
    return _unit(queries) @ _unit(gallery).T


def retrieval_scores(
    queries: np.ndarray,
    gallery: np.ndarray,
    query_labels: np.ndarray,
    gallery_labels: np.ndarray,
    *,
    same_items: bool = False,
    top: int = 1,
) -> tuple[float, float]:
    """CMC-top-k and mean average precision by cosine similarity.

    Parameters
    ----------
    same_items   query i is item i of the gallery, which is then left out of its own ranking.

    Returns
    -------
    The share of queries with an item of their class among the `top` nearest, and mAP; queries whose class the gallery
    lacks count as zero.
    """
    similarity = cosine_similarity(queries, gallery)
    right = np.asarray(query_labels)[:, None] == np.asarray(gallery_labels)[None, :]
    if same_items:
        similarity = similarity.copy()
        np.fill_diagonal(similarity, -np.inf)
        right = right & (np.eye(*right.shape) == 0)
    ranked = np.take_along_axis(right, np.argsort(-similarity, axis=1, kind="stable"), axis=1)
    precision = np.cumsum(ranked, axis=1) / np.arange(1, ranked.shape[1] + 1)
    average = (precision * ranked).sum(1) / np.maximum(ranked.sum(1), 1)
    return float(ranked[:, :top].any(1).mean()), float(average.mean())


def backfill_order(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The order in which to renew items (n,): those farthest from the mean of their class first."""
    _, classes = np.unique(labels, return_inverse=True)
    means = np.stack([features[classes == index].mean(0) for index in range(classes.max() + 1)])
    return np.argsort(-np.linalg.norm(features - means[classes], axis=1), kind="stable")


def backfill_curve(
    old_gallery: np.ndarray,
    new_gallery: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    shares: Sequence[float] = tuple(np.linspace(0, 1, 11)),
) -> np.ndarray:
    """CMC-top-1 of new queries as growing shares of the gallery are renewed; its mean over an even grid is M̃."""
    scores = []
    for share in shares:
        renewed = order[: int(np.floor(share * len(order)))]
        gallery = old_gallery.copy()
        gallery[renewed] = new_gallery[renewed]
        scores.append(retrieval_scores(new_gallery, gallery, labels, labels, same_items=True)[0])
    return np.array(scores)


def _unit(features: np.ndarray) -> np.ndarray:
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
