"""How well the tokens of one shape are found again among those of another."""

from __future__ import annotations

import numpy as np

# Numbers of one block of similarities: some tens of megabytes.
_BLOCK = 8_000_000


def maxsim(
    query: np.ndarray,
    documents: np.ndarray,
    query_mask: np.ndarray | None = None,
    document_mask: np.ndarray | None = None,
) -> np.ndarray:
    """(n,) Σ_i max_j q_i · d_j for each document (equation 1).

    Parameters
    ----------
    query (m, k), documents (n, t, k)   unit vectors.
    query_mask (m,), document_mask (n, t)   true for tokens that are there. One that is not counts as −∞ in the maximum,
                                            so that it never wins where all similarities are negative, and as 0 in the
                                            sum.

    Source   Khattab & Zaharia 2020, ColBERT, arXiv 2004.12832.
    """
    there = similarities(query, documents, document_mask).max(axis=2)
    return there.sum(axis=1) if query_mask is None else np.where(query_mask, there, 0.0).sum(axis=1)


def both_ways(query: np.ndarray, documents: np.ndarray, document_mask: np.ndarray | None = None) -> np.ndarray:
    """(n,) the mean over the tokens of either side of how well they are found on the other; 1 at most."""
    found = similarities(query, documents, document_mask)
    there = found.max(axis=2).mean(axis=1)
    if document_mask is None:
        return (there + found.max(axis=1).mean(axis=1)) / 2
    back = np.where(document_mask, found.max(axis=1), 0.0).sum(axis=1) / np.maximum(document_mask.sum(axis=1), 1)
    return (there + back) / 2


def similarities(query: np.ndarray, documents: np.ndarray, document_mask: np.ndarray | None = None) -> np.ndarray:
    """(n, m, t) q_i · d_j, −∞ where a document has no token."""
    n, t, k = documents.shape
    found = (documents.reshape(n * t, k) @ query.T).reshape(n, t, len(query)).transpose(0, 2, 1)
    return found if document_mask is None else np.where(document_mask[:, None], found, -np.inf)


def in_blocks(score, query: np.ndarray, documents: np.ndarray, document_mask: np.ndarray) -> np.ndarray:
    """The scores (n,) of a function above, some documents at a time."""
    size = max(1, _BLOCK // (len(query) * documents.shape[1]))
    starts = range(0, len(documents), size)
    parts = [score(query, documents[i : i + size], document_mask=document_mask[i : i + size]) for i in starts]
    return np.concatenate(parts) if parts else np.zeros(0)
