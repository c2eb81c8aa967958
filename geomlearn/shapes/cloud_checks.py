"""What a point cloud needs before work on it: outliers, pieces, normals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from geomlearn.shapes.cleaning.outliers import outliers
from geomlearn.shapes.cleaning.pieces import cloud_pieces
from geomlearn.shapes.findings import MOST_EXAMPLES, Finding, Severity, found
from geomlearn.shapes.shape import Shape

_FEWEST = 50
# Pieces with less of the points than this are strays, which are told as outliers.
_PIECE = 0.01


def cloud_findings(shape: Shape) -> Iterator[Finding]:
    """Outliers, separate pieces and missing normals, each with the flag of `geomlearn clean` that helps."""
    points = shape.vertices
    if len(points) >= _FEWEST and shape.diagonal > 0:
        alone = outliers(points)
        if alone.any():
            what = "each far from all other points; `geomlearn clean FILE --outliers -o OUT` removes them"
            yield found("outliers", alone, what, "vertex")
        yield from _pieces(shape)
    if shape.normals is None:
        sentence = "It has no normals; they are estimated where needed, and `geomlearn clean --normals` keeps them."
        yield Finding("no normals", len(points), sentence, Severity.NOTE)


def large_pieces(shape: Shape) -> dict[int, int]:
    """Points of each piece of a cloud, by one of its vertices; strays, and clouds of a few points, count for none."""
    if shape.n_vertices < _FEWEST or shape.diagonal == 0:
        return {}
    piece = cloud_pieces(shape.vertices)
    _, first, sizes = np.unique(piece, return_index=True, return_counts=True)
    large = sizes >= _PIECE * shape.n_vertices
    return dict(zip(first[large].tolist(), sizes[large].tolist(), strict=True))


def _pieces(shape: Shape) -> Iterator[Finding]:
    large = large_pieces(shape)
    if len(large) > 1:
        share = 100 * max(large.values()) / shape.n_vertices
        sentence = f"It has {len(large)} separate pieces; the largest holds {share:.0f} % of the points."
        examples = np.array(list(large)[:MOST_EXAMPLES])
        yield Finding("components", len(large), sentence, Severity.WARNING, "vertex", examples)
