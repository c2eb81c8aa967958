"""Conditions on a model: put on its layers by hooks, read and taken off again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import nn

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.adaptation.attached import changes, check_base, check_keys
from geomlearn.operators.adaptation.low_rank.matrices import matches
from geomlearn.operators.adaptation.orthogonal.condition import Condition, first_token
from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter, Slot, check_slots
from geomlearn.operators.layers.fourier import SpectralConvolution

_CHANNELS_FIRST = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def modulated(model: nn.Module, patterns: str) -> dict[str, int]:
    """The layers that a condition modulates, and their channels.

    Raises
    ------
    ParameterError   no layer matches.
    """
    found: dict[str, int] = {}
    for name, module in model.named_modules():
        if not matches(name, patterns):
            continue
        if isinstance(module, nn.Linear):
            found[name] = module.out_features
        elif isinstance(module, _CHANNELS_FIRST):
            found[name] = module.out_channels
        elif isinstance(module, SpectralConvolution):
            found[name] = module.weights.pairs.shape[2]
    if not found:
        raise ParameterError(f"No layer of the model is called {patterns}.", "See the names in its file.")
    return found


def attach_fresh_conditions(model: nn.Module, layers: Mapping[str, int], slots: Sequence[Slot]) -> Condition:
    """Put untrained conditions on a model, after which nothing but them has something to learn.

    Raises
    ------
    ParameterError   the model is adapted already.
    """
    if changes(model) or hasattr(model, "condition"):
        raise ParameterError("The model has an adapter on already.", "Take it off first.")
    condition = Condition(layers, slots).to(next(model.parameters()).device)
    model.requires_grad_(False)
    model.condition = condition
    condition.handles = [_hook(model.get_submodule(name), condition, index) for index, name in enumerate(layers)]
    return condition


def detach_conditions(model: nn.Module) -> None:
    """Take conditions off; the model is as it was."""
    for handle in cast(Condition, model.condition).handles:
        handle.remove()
    del model.condition
    model.requires_grad_(True)


def attach_conditions(model: nn.Module, adapter: ConditionAdapter, which: str | None = None) -> Condition:
    """Put a trained adapter on the model it belongs to, under one of its conditions.

    Raises
    ------
    ParameterError   it belongs to another model, two conditions share columns, or there is no such condition.
    FormatError      a key is missing or too many, or a tensor has another shape.
    """
    check_base(model, adapter)
    check_slots(adapter.slots)
    known = modulated(model, "*")
    strangers = [name for name in adapter.layers if name not in known]
    if strangers:
        raise FormatError(f"The model has no layer called {strangers[0][:80]}.", "Train the adapter again.")
    layers = {name: known[name] for name in adapter.layers}
    wanted: dict[str, tuple[int, ...]] = {
        f"{slot.options.name}/{name}": (2 * width, slot.rank)
        for slot in adapter.slots
        for name, width in layers.items()
    }
    wanted |= {f"{slot.options.name}/token": tuple(first_token(slot).shape) for slot in adapter.slots}
    check_keys(wanted, adapter.tensors)
    condition = attach_fresh_conditions(model, layers, adapter.slots)
    with torch.no_grad():
        for index, slot in enumerate(adapter.slots):
            condition.tokens[index].copy_(adapter.tensors[f"{slot.options.name}/token"])
            for layer, name in enumerate(layers):
                condition.gain(index, layer).copy_(adapter.tensors[f"{slot.options.name}/{name}"])
    condition.choose(which)
    return condition


def conditions_of(model: nn.Module, base: tuple[str, str]) -> ConditionAdapter:
    """The conditions on a model as an adapter."""
    condition = cast(Condition, model.condition)
    tensors = {}
    for index, slot in enumerate(condition.slots):
        tensors[f"{slot.options.name}/token"] = condition.tokens[index].detach().cpu().clone()
        for layer, name in enumerate(condition.layers):
            tensors[f"{slot.options.name}/{name}"] = condition.gain(index, layer).detach().cpu().clone()
    return ConditionAdapter(base, condition.layers, condition.slots, tensors)


def _hook(module: nn.Module, condition: Condition, index: int) -> torch.utils.hooks.RemovableHandle:
    first = isinstance(module, _CHANNELS_FIRST)
    return module.register_forward_hook(lambda _m, _i, out: condition.modulate(index, out, channels_first=first))
