"""Layers whose weights are an affine function of hyperparameters."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.tuning.self_tuning.hyper_parameters import HyperParameters

# Of a layer: the name of its weight, the axis of outputs there, and the axis of channels in what it gives.
_LAYERS: dict[type, tuple[str, int, int]] = {
    nn.Linear: ("weight", 0, -1),
    nn.Conv1d: ("weight", 0, 1),
    nn.Conv2d: ("weight", 0, 1),
    nn.Conv3d: ("weight", 0, 1),
}


class Hyper(nn.Module):
    """y = e(x) + (Vλ) ⊙ h(x) + (Cλ) ⊙ b_h: the layer with W_e + diag(Vλ) W_h and b_e + (Cλ) ⊙ b_h, example by example.

    Parameters
    ----------
    layer     linear in its input: nn.Linear, a convolution, or one that says `hyper`: the name of its weight, the axis
              of outputs there, the axis of channels in its answer.
    knobs     what λ is.
    centred   λ − λ₀ instead of λ, λ₀ the present one: then weights stay where they are when λ moves (Δ-STN).
    rate      the name of the knob that drops inputs out in training; empty for none.

    Raises
    ------
    ParameterError   a layer of another kind.
    """

    def __init__(self, layer: nn.Module, knobs: HyperParameters, *, centred: bool = False, rate: str = "") -> None:
        super().__init__()
        found = described(layer)
        if found is None:
            raise ParameterError(f"{type(layer).__name__} has no weights that follow λ.", "Leave it as it is.")
        _, self.out_axis, self.channel_axis = found
        copy: Any = deepcopy(layer)
        self.elementary = layer
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            copy.reset_parameters()
        width = weight_of(layer).shape[self.out_axis]
        bias = getattr(copy, "bias", None)
        self.hyper_bias = nn.Parameter(bias.detach().clone()) if isinstance(bias, Tensor) else None
        if self.hyper_bias is not None:
            copy.register_parameter("bias", None)
        self.hyper = copy
        self.scale = nn.Linear(len(knobs), width, bias=False)
        self.shift = nn.Linear(len(knobs), width, bias=False) if self.hyper_bias is not None else None
        for gate in (self.scale, self.shift):
            if gate is not None:
                (nn.init.zeros_ if centred else lambda w: nn.init.normal_(w, std=0.01))(gate.weight)
        self.centred, self.rate = centred, rate
        self._knobs = (knobs,)

    def forward(self, x: Tensor) -> Tensor:
        """The layer at the λ of `HyperParameters.at`; at the present one outside."""
        knobs = self._knobs[0]
        inner = knobs.inner[None] if knobs.current is None else knobs.current
        x = self._dropped(x, inner)
        seen = inner - knobs.inner.detach() if self.centred else inner
        y = self.elementary(x)
        found = y + self._gate(self.scale(seen), y) * self.hyper(x)
        if self.shift is None:
            return found
        return found + self._gate(self.shift(seen) * self.hyper_bias, y)

    def gates(self) -> list[nn.Parameter]:
        """What makes the weights follow λ: W_h, b_h, V, C."""
        own = [self.hyper, self.scale, *([] if self.shift is None else [self.shift])]
        more = [] if self.hyper_bias is None else [self.hyper_bias]
        return [parameter for part in own for parameter in part.parameters()] + more

    def _gate(self, gate: Tensor, y: Tensor) -> Tensor:
        """(b, c) in the place of examples and channels of y."""
        gate = _spread(gate, len(y))
        ones = [1] * (y.ndim - 2)
        return gate.reshape(len(gate), *ones, -1) if self.channel_axis == -1 else gate.reshape(len(gate), -1, *ones)

    def _dropped(self, x: Tensor, inner: Tensor) -> Tensor:
        if not self.rate or not self.training:
            return x
        rate = self._knobs[0].values(inner)[self.rate].to(x)
        rate = _spread(rate, len(x)).reshape(-1, *[1] * (x.ndim - 1))
        return x * (torch.rand_like(x) >= rate) / (1 - rate)

    @torch.no_grad()
    def frozen(self) -> nn.Module:
        """The ordinary layer that this one is at the present λ."""
        layer, lam = deepcopy(self.elementary), self._knobs[0].inner
        if self.centred:
            return layer
        weight = weight_of(layer)
        shape = [1] * weight.ndim
        shape[self.out_axis] = -1
        weight += self.scale(lam).reshape(shape) * weight_of(self.hyper)
        if self.shift is not None:
            layer.bias += self.shift(lam) * self.hyper_bias
        return layer


def _spread(rows: Tensor, count: int) -> Tensor:
    """One row an example; parts of examples go with their whole, what examples share with the mean."""
    if len(rows) in (1, count):
        return rows
    return rows.mean(0, keepdim=True) if count % len(rows) else rows.repeat_interleave(count // len(rows), 0)


def described(layer: nn.Module) -> tuple[str, int, int] | None:
    """Weight, axis of outputs and of channels, or None for a layer that cannot follow λ."""
    own = getattr(layer, "hyper", None)
    if isinstance(own, tuple):
        return own
    return _LAYERS.get(type(layer))


def weight_of(layer: Any) -> Tensor:
    """The weight that follows λ in a layer that `described` knows."""
    found = described(layer)
    for part in found[0].split(".") if found else ():
        layer = getattr(layer, part)
    return layer


def self_tuning(
    model: nn.Module, knobs: HyperParameters, *, centred: bool = False, rate: str = "", skip: tuple[str, ...] = ()
) -> nn.Module:
    """Replace, in place, every layer that can follow λ.

    Parameters
    ----------
    rate   the knob that drops inputs of all layers but the first out.
    skip   names of layers that stay as they are, and of what holds them.
    """
    for place, (name, layer) in enumerate(tunable(model, skip).items()):
        made = Hyper(layer, knobs, centred=centred, rate=rate if place else "")
        setattr(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], made)
    return model


def tunable(model: nn.Module, skip: tuple[str, ...] = ()) -> dict[str, nn.Module]:
    """The layers of an ordinary model, by name and in order, that `self_tuning` lets follow λ."""
    kept = {*skip, *_read(model)}
    return {
        name: module
        for name, module in model.named_modules()
        if described(module) is not None and not any(name == held or name.startswith(f"{held}.") for held in kept)
    }


def _read(model: nn.Module) -> list[str]:
    """Names of layers whose weights another module reads: attention of torch, and what says so by `reads_weights`."""
    found = []
    for name, module in model.named_modules():
        own = ("out_proj",) if isinstance(module, nn.MultiheadAttention) else getattr(module, "reads_weights", ())
        found += [f"{name}.{child}" if name else child for child in own]
    return found


def freeze(model: nn.Module) -> nn.Module:
    """Replace, in place, every such layer by the ordinary one it is at the present λ."""
    for name, module in list(model.named_modules()):
        if isinstance(module, Hyper):
            setattr(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], module.frozen())
    return model


def weight_size(model: nn.Module) -> Tensor:
    """‖ŵ(λ)‖² of the layers that follow λ, for weight decay; its gradient reaches V and C too."""
    total = torch.zeros(())
    for module in model.modules():
        if isinstance(module, Hyper):
            knobs = module._knobs[0]
            inner = knobs.inner if knobs.current is None else knobs.current.mean(0)
            seen = inner - knobs.inner.detach() if module.centred else inner
            weight, extra = (weight_of(layer) for layer in (module.elementary, module.hyper))
            shape = [1] * weight.ndim
            shape[module.out_axis] = -1
            total = total + (weight + module.scale(seen).reshape(shape) * extra).square().sum()
    return total
