"""Penalties on a whole model: which term on which layers, how strong, and which layers cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.lambda_orthogonality import lambda_orthogonality, limit_for
from geomlearn.regularizers.options import LambdaOrthogonalityOptions, OrthogonalConvOptions
from geomlearn.regularizers.orthogonal_conv import Convolution, orthogonal_layer
from geomlearn.regularizers.orthogonal_existence import infeasibility_floor
from geomlearn.regularizers.terms import Term


@dataclass(frozen=True)
class Share:
    """What one term asks of one layer, or why it asks nothing."""

    term: Term
    name: str
    layer: Convolution | nn.Linear
    refusal: str = ""


def shares(model: nn.Module, terms: Sequence[Term]) -> list[Share]:
    """Every (term, layer) that belong together; layers that cannot become orthogonal carry a sentence instead.

    Raises
    ------
    ParameterError   a term has no layer it can work on; the sentence says why.
    """
    found = []
    for term in terms:
        own = list(_shares(model, term))
        if not any(not share.refusal for share in own):
            kinds = "convolutions or dense layers" if isinstance(term, OrthogonalConvOptions) else "square matrices"
            reason = own[0].refusal if own else f"The model has no {kinds} named {term.layers!r}."
            raise ParameterError(reason, "Choose other layers or leave the regularizer out.")
        found += own
    return found


def _shares(model: nn.Module, term: Term) -> Iterator[Share]:
    for name, layer in model.named_modules():
        if not fnmatchcase(name, term.layers) or not isinstance(layer, Convolution | nn.Linear):
            continue
        if isinstance(term, LambdaOrthogonalityOptions):
            if isinstance(layer, nn.Linear) and layer.in_features == layer.out_features:
                yield Share(term, name, layer)
        elif isinstance(layer, nn.Linear):
            yield Share(term, name, layer)
        else:
            outputs, inputs, *sides = layer.weight.shape
            outputs //= layer.groups
            floor = infeasibility_floor(outputs, inputs, sides, layer.stride, len(sides), layer.dilation)
            refusal = f"{name} cannot be orthogonal: its penalty stays at {floor * layer.groups} or more."
            yield Share(term, name, layer, refusal if floor else "")


def regularization(found: Sequence[Share]) -> Tensor:
    """Σ over terms of weight × mean over its layers of the layer's penalty; a scalar."""
    total = torch.zeros(())
    for term in {id(share.term): share.term for share in found}.values():
        layers = [share.layer for share in found if share.term is term and not share.refusal]
        penalties = torch.stack([_penalty(term, layer) for layer in layers])
        total = total.to(penalties.device) + term.weight * penalties.mean()
    return total


def _penalty(term: Term, layer: Convolution | nn.Linear) -> Tensor:
    if isinstance(term, LambdaOrthogonalityOptions) and isinstance(layer, nn.Linear):
        return lambda_orthogonality(layer.weight, limit_for(layer.in_features, term.limit_rel), term.sharpness)
    return orthogonal_layer(layer)
