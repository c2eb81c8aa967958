"""The table of methods: literal rows in a file a room, resolved only when asked."""

from __future__ import annotations

from geomlearn.core.methods import (
    adaptation,
    cleaning,
    collections,
    fields,
    matching,
    operators,
    optimizers,
    restoration,
    sensing,
    sequence,
    sparse,
    spectral,
    tuning,
)
from geomlearn.core.methods.method import Method

__all__ = ["METHODS", "Method", "rows_of"]

METHODS: tuple[Method, ...] = (
    *spectral.ROWS,
    *matching.ROWS,
    *fields.ROWS,
    *sequence.ROWS,
    *optimizers.ROWS,
    *operators.ROWS,
    *sensing.ROWS,
    *collections.ROWS,
    *adaptation.ROWS,
    *sparse.ROWS,
    *tuning.ROWS,
    *cleaning.ROWS,
    *restoration.ROWS,
)


def rows_of(kind: str) -> tuple[Method, ...]:
    """The rows of one kind, in the order of the table."""
    return tuple(row for row in METHODS if row.kind == kind)
