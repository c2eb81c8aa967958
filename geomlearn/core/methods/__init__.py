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
    sensing,
    sequence,
    sparse,
    spectral,
    tuning,
)
from geomlearn.core.methods.method import Method

__all__ = ["METHODS", "Method"]

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
)
