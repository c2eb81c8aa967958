"""Changes on a model: put on, silenced, read and taken off again, without touching one bit of the model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn.utils import parametrize

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.adaptation.low_rank.change import WeightChange
from geomlearn.operators.adaptation.low_rank.lora import Dora, Full, Lora, Pissa
from geomlearn.operators.adaptation.low_rank.matrices import chosen
from geomlearn.operators.adaptation.low_rank.sorsa import Sorsa
from geomlearn.operators.adaptation.options import AdaptationOptions
from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter

CHANGES: dict[str, type[Lora] | type[Sorsa]] = {"sorsa": Sorsa, "lora": Lora, "pissa": Pissa, "dora": Dora}


@dataclass(frozen=True)
class Adapter:
    """A change of a model, apart from the model.

    Attributes
    ----------
    options   how it was made.
    base      name and sha256 of the weights it belongs to; the latter is empty where PEFT made the adapter.
    weights   the weights it changes, as "layer.weight".
    tensors   its numbers, as "layer.weight.factor", (m, r) or (r, n) where the change has rank r.
    """

    options: AdaptationOptions
    base: tuple[str, str]
    weights: tuple[str, ...]
    tensors: Mapping[str, torch.Tensor]

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned; those a difference begins from are not counted."""
        return sum(value.numel() for name, value in self.tensors.items() if not name.endswith("_start"))


def identity(model: nn.Module) -> str:
    """The sha256 of a model's weights: names, kinds, shapes and every bit."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        plain = value.detach().cpu().contiguous()
        digest.update(f"{name} {plain.dtype} {tuple(plain.shape)};".encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def attach_fresh(model: nn.Module, options: AdaptationOptions, seed: int = 0) -> None:
    """Put untrained changes on a model, after which nothing but them has something to learn.

    Raises
    ------
    ParameterError   the model has changes on already, no layer matches, or the rank is beyond all of them.
    """
    _refuse_second(model)
    made = _made(model, options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for (module, weight), change in made.values():
            cast(Any, change).start(getattr(module, weight))
    _put_on(model, made)


def attach(model: nn.Module, adapter: Adapter) -> None:
    """Put a trained adapter on the model it belongs to.

    Raises
    ------
    ParameterError   it belongs to another model, or the model has changes on already.
    FormatError      a key is missing or too many, or a tensor has another shape.
    """
    _refuse_second(model)
    check_base(model, adapter)
    made = _made(model, adapter.options)
    wanted = {
        f"{name}.{key}": value for name, (_, change) in made.items() for key, value in change.state_dict().items()
    }
    check_keys({key: tuple(value.shape) for key, value in wanted.items()}, adapter.tensors)
    for name, (_, change) in made.items():
        change.load_state_dict({key: adapter.tensors[f"{name}.{key}"] for key in change.state_dict()})
    _put_on(model, made)


def check_base(model: nn.Module, adapter: Adapter | ConditionAdapter) -> None:
    """Refuse an adapter of another model.

    Raises
    ------
    ParameterError   the model's weights are not those the adapter was trained on.
    """
    if adapter.base[1] and identity(model) != adapter.base[1]:
        raise ParameterError(
            f"The adapter belongs to {adapter.base[0]}, whose weights are others than this model's.",
            "Give the model that it was trained on.",
        )


def check_keys(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, torch.Tensor]) -> None:
    """Refuse any missing or extra key, and any other shape.

    Raises
    ------
    FormatError   naming the first.
    """
    hint = "Train the adapter again."
    for key in sorted(wanted.keys() - found.keys()):
        raise FormatError(f"The adapter lacks {key}.", hint)
    for key in sorted(found.keys() - wanted.keys()):
        raise FormatError(f"The adapter holds {key[:80]}, which belongs to no layer it names.", hint)
    for key, shape in wanted.items():
        if tuple(found[key].shape) != shape:
            raise FormatError(f"{key} has shape {tuple(found[key].shape)}, expected {shape}.", hint)


def taken(model: nn.Module, options: AdaptationOptions, base: tuple[str, str]) -> Adapter:
    """The changes on a model as an adapter."""
    on = changes(model)
    tensors = {
        f"{name}.{key}": value.detach().cpu().clone()
        for name, change in on.items()
        for key, value in change.state_dict().items()
    }
    return Adapter(options, base, tuple(on), tensors)


def changes(model: nn.Module) -> dict[str, WeightChange]:
    """The changes on a model by the weights they change."""
    return {
        f"{name}.{weight}" if name else weight: entry[0]
        for name, module in model.named_modules()
        if parametrize.is_parametrized(module)
        for weight, entry in module.parametrizations.items()
        if isinstance(entry[0], WeightChange)
    }


def detach(model: nn.Module) -> None:
    """Take all changes off; the model has its own weights again, and all of them learn."""
    for name in changes(model):
        layer, _, weight = name.rpartition(".")
        parametrize.remove_parametrizations(model.get_submodule(layer), weight, leave_parametrized=False)
    model.requires_grad_(True)


@contextmanager
def disabled(model: nn.Module) -> Iterator[None]:
    """Inside, the model answers as if it had no changes on."""
    on = changes(model).values()
    for change in on:
        change.enabled = False
    try:
        yield
    finally:
        for change in on:
            change.enabled = True


Made = dict[str, tuple[tuple[nn.Module, str], WeightChange]]


def _made(model: nn.Module, options: AdaptationOptions) -> Made:
    if options.method == "full":
        return {
            f"{name}.{weight}" if name else weight: ((module, weight), Full(tuple(value.shape)))
            for name, module in model.named_modules()
            for weight, value in module.named_parameters(recurse=False)
        }
    build = CHANGES[options.method]
    return {
        f"{name}.{weight}": ((module, weight), build(form, options.rank, options.scale))
        for name, module, weight, form in chosen(model, options.targets, options.rank)
    }


def _put_on(model: nn.Module, made: Made) -> None:
    model.requires_grad_(False)
    for (module, weight), change in made.values():
        change.to(getattr(module, weight).device)
        parametrize.register_parametrization(module, weight, change, unsafe=True)


def _refuse_second(model: nn.Module) -> None:
    if changes(model):
        raise ParameterError("The model has an adapter on already.", "Take it off first, or merge the two.")
