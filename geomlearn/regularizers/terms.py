"""Regularizers as one line of text; light enough for `--help` and the window to read."""

from __future__ import annotations

from typing import Any

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.options import LambdaOrthogonalityOptions, OrthogonalConvOptions

Term = OrthogonalConvOptions | LambdaOrthogonalityOptions
_KINDS: dict[str, type[Term]] = {"orth-conv": OrthogonalConvOptions, "lambda-orth": LambdaOrthogonalityOptions}


def parse_terms(text: str) -> tuple[Term, ...]:
    """The terms of "orth-conv:1e-3,lambda-orth:0.1:0.5": each KIND[LAYERS]:WEIGHT[:LIMIT].

    LAYERS is an optional pattern in square brackets, as in "orth-conv[encoder.*]:1e-2"; a layer under several terms
    gets them all. LIMIT is λ over the root of the size and belongs to lambda-orth.

    Raises
    ------
    ParameterError   a kind, weight or limit is not understood.
    """
    terms = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        head, *numbers = part.split(":")
        kind, bracket, layers = head.partition("[")
        model = _KINDS.get(kind)
        names = ("weight", "limit_rel")[: 2 if model is LambdaOrthogonalityOptions else 1]
        if model is None or len(numbers) > len(names) or (bracket and not layers.endswith("]")):
            raise ParameterError(
                f"{part!r} is no regularizer.",
                "Write orth-conv:1e-3 or lambda-orth:0.1, with a pattern of layers as in orth-conv[encoder.*]:1e-3.",
            )
        try:
            values: dict[str, Any] = {name: float(number) for name, number in zip(names, numbers, strict=False)}
        except ValueError:
            raise ParameterError(f"The weight of {part!r} is not a number.", "Write orth-conv:1e-3.") from None
        if bracket:
            values["layers"] = layers[:-1]
        terms.append(model(**values))
    return tuple(terms)
