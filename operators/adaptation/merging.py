"""Several changes of one model as one: plain sums, and two ways of keeping them from spoiling each other."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.operators.adaptation.attached import Adapter, attach, changes, detach
from geomlearn.operators.adaptation.options import MergeOptions

Differences = dict[str, torch.Tensor]


@torch.no_grad()
def differences(model: nn.Module, adapter: Adapter) -> Differences:
    """What an adapter adds to each weight of its model.

    Raises
    ------
    ParameterError, FormatError   the adapter does not belong to the model.
    """
    attach(model, adapter)
    try:
        found = {}
        for name, change in changes(model).items():
            layer, _, weight = name.rpartition(".")
            owner: Any = model.get_submodule(layer)
            original = owner.parametrizations[weight].original
            found[name] = change.difference(original).detach().clone()
        return found
    finally:
        detach(model)


@torch.no_grad()
def add(model: ModelT, change: Differences, strength: float = 1.0) -> ModelT:
    """A copy of a model with a change added to its weights; a strength of −1 takes out what was added."""
    merged = copy.deepcopy(model)
    for name, value in change.items():
        # The sum an adapted layer forms itself, in the same order: at strength 1 the two agree bit for bit.
        weight = merged.get_parameter(name)
        weight.copy_(weight + (value if strength == 1 else strength * value))
    return merged


ModelT = TypeVar("ModelT", bound=nn.Module)


def merge(
    model: ModelT,
    adapters: Sequence[Adapter],
    strengths: Sequence[float] | None = None,
    options: MergeOptions | None = None,
) -> ModelT:
    """A copy of a model with several adapters in its weights; the model itself is left as it is.

    Parameters
    ----------
    strengths   what each adapter is multiplied by; one when None.

    Returns
    -------
    With one adapter at strength 1, exactly the adapted model, however changes are put together.

    Raises
    ------
    ParameterError   there are no adapters, not as many strengths, or one belongs to another model.
    """
    options = options or MergeOptions()
    strengths = [1.0] * len(adapters) if strengths is None else list(strengths)
    if not adapters or len(strengths) != len(adapters):
        raise ParameterError(
            f"{len(adapters)} adapters and {len(strengths)} strengths cannot be merged.", "Give one strength each."
        )
    each = [differences(model, adapter) for adapter in adapters]
    if len(each) == 1:
        return add(model, each[0], strengths[0])
    if options.how == "ties":
        return add(model, ties(each, strengths, options.density))
    if options.how == "dare":
        each = dare(each, options.density, options.seed)
    merged = model
    for change, strength in zip(each, strengths, strict=True):
        merged = add(merged, change, strength)
    return merged


def ties(each: Sequence[Differences], strengths: Sequence[float], density: float) -> Differences:
    """Trim each change to its largest entries, elect a sign per entry by mass, and average those that have it.

    Source   Yadav et al. 2023, arXiv 2306.01708. A strength multiplies a change before signs are elected.
    """
    merged = {}
    for name in {name: None for change in each for name in change}:
        parts = [s * _trimmed(c[name], density) for c, s in zip(each, strengths, strict=True) if name in c]
        stack = torch.stack(parts)
        agree = (stack.sign() == stack.sum(0).sign()) & (stack != 0)
        merged[name] = (stack * agree).sum(0) / agree.sum(0).clamp_min(1)
    return merged


def dare(each: Sequence[Differences], density: float, seed: int) -> list[Differences]:
    """Keep each entry with probability `density`, over `density`: the same change in the mean.

    Source   Yu et al. 2023, arXiv 2311.03099.
    """
    generator = torch.Generator().manual_seed(seed)

    def dropped(value: torch.Tensor) -> torch.Tensor:
        kept = torch.rand(value.shape, generator=generator) < density
        return value * kept.to(value.device) / density

    return [{name: dropped(value) for name, value in change.items()} for change in each]


def _trimmed(value: torch.Tensor, density: float) -> torch.Tensor:
    count = max(1, round(density * value.numel()))
    limit = value.abs().flatten().kthvalue(value.numel() - count + 1).values
    return value * (value.abs() >= limit)
