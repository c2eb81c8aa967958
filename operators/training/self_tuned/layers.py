"""Where the knobs act: the layers that are dropped out and decayed, tuned or by a schedule."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from geomlearn.tuning.self_tuning.hyper_layers import Hyper, tunable, weight_of, weight_size


def heads_of(model: nn.Module) -> tuple[str, ...]:
    """They see points in pieces, not example by example; the last layers may stay as they are."""
    return tuple(name for name, _ in model.named_modules() if name.endswith("head"))


def decayed(model: nn.Module) -> Tensor:
    """‖w‖² of the layers that follow λ, or of the same ones in an ordinary model."""
    if any(isinstance(module, Hyper) for module in model.modules()):
        return weight_size(model)
    return torch.stack([weight_of(layer).square().sum() for layer in tunable(model, heads_of(model)).values()]).sum()


@contextlib.contextmanager
def dropped_out(model: nn.Module, rate: float) -> Iterator[None]:
    """Inside, the inputs are dropped out that a self-tuned training drops out: of all its layers but the first."""
    layers = list(tunable(model, heads_of(model)).values())[1:]
    hooks = [
        layer.register_forward_pre_hook(lambda _, given: (nn.functional.dropout(given[0], rate), *given[1:]))
        for layer in layers
        if rate > 0
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
