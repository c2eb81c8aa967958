"""The shapes of a collection that are most like another, or like a part of it, and which places of them are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.collections.retrieval.heads import unit
from geomlearn.collections.retrieval.index import Index
from geomlearn.collections.retrieval.maxsim import both_ways, in_blocks, maxsim
from geomlearn.collections.retrieval.model import bundled_tokens
from geomlearn.collections.retrieval.options import FindOptions
from geomlearn.collections.retrieval.tokens import shape_tokens
from geomlearn.shapes.shape import Shape

# Of a part, whose mean is not that of the whole, so many times more shapes are compared token by token.
MORE_FOR_PARTS = 5


@dataclass(frozen=True, eq=False)
class Query:
    """What is looked for.

    Attributes
    ----------
    vectors (m, k)   its tokens;  places (m,)   the vertices they are around.
    part             whether it is only a part: then nothing is asked of the rest of a shape that has it.
    """

    vectors: np.ndarray
    places: np.ndarray
    part: bool = False


@dataclass(frozen=True)
class Hit:
    """A shape found.

    Attributes
    ----------
    shape   its name;  score   mean similarity of tokens, 1 for the same.
    """

    shape: str
    score: float


def query_of(shape: Shape, region: np.ndarray | None = None, *, part: bool = False) -> Query:
    """What to look for from a shape, a region of it (mask or indices), or a shape that is a part of one.

    Raises
    ------
    ParameterError   the region is too small.
    SizeMismatch     it is of another shape.
    """
    found = shape_tokens(shape, region)
    return Query(bundled_tokens().encode(found.inputs), found.vertices, part or region is not None)


def find(index: Index, query: Query, options: FindOptions | None = None) -> list[Hit]:
    """The shapes most like a query, best first.

    whole   (mean_i max_j q_i·d_j + mean_j max_i q_i·d_j) / 2                                         (equation 1)
    part     mean_i max_j q_i·d_j                                                                     (equation 2)

    In a large collection only the shapes whose mean token is most like that of the query are compared token by token;
    for a part, five times as many, as its mean is not that of the whole.

    Source   Khattab & Zaharia 2020, ColBERT, arXiv 2004.12832; Clavié et al. 2025, arXiv 2510.12327.
    Differs  1. Tokens are places of a surface. 2. Whole shapes are compared both ways. 3. Missing tokens count as −∞.
    """
    options = options or FindOptions()
    rows = np.arange(len(index.names))
    wanted = max(options.top, options.preselect * (MORE_FOR_PARTS if query.part else 1))
    if len(rows) > max(options.exact_below, wanted):
        near = index.pooled @ unit(query.vectors.sum(axis=0))
        rows = np.argpartition(-near, wanted)[:wanted]
    score = _mean_found if query.part else both_ways
    scores = in_blocks(score, query.vectors, index.vectors[rows], index.there[rows])
    order = np.argsort(-scores, kind="stable")[: options.top]
    return [Hit(index.names[rows[one]], float(scores[one])) for one in order]


def pairs_of_tokens(index: Index, query: Query, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Which places of a shape found are like which of the query: vertices (m, 2) of query and shape, and how much (m,).

    One a token of the query, the most alike first.
    """
    found = query.vectors @ index.tokens_of(name).T
    best = found.argmax(axis=1)
    pairs, alike = np.stack([query.places, index.places_of(name)[best]], axis=1), found.max(axis=1)
    order = np.argsort(-alike, kind="stable")
    return pairs[order], alike[order]


def _mean_found(query: np.ndarray, documents: np.ndarray, document_mask: np.ndarray) -> np.ndarray:
    return maxsim(query, documents, document_mask=document_mask) / len(query)
