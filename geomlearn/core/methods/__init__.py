"""The table of methods: literal rows in a file a room, resolved only when asked."""

from __future__ import annotations

<<<<<<< HEAD
from geomlearn.core.methods import collections, fields, matching, operators, optimizers, sensing, sequence, spectral
=======
from geomlearn.core.methods import adaptation, fields, matching, operators, optimizers, sensing, sequence, spectral
>>>>>>> ed94a91 (Adapting trained operators: SORSA beside LoRA, PiSSA, DoRA and full fine-tuning, files that fit one model, sums, TIES, DARE)
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
<<<<<<< HEAD
    *collections.ROWS,
=======
    *adaptation.ROWS,
>>>>>>> ed94a91 (Adapting trained operators: SORSA beside LoRA, PiSSA, DoRA and full fine-tuning, files that fit one model, sums, TIES, DARE)
)
