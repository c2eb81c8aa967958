"""Conditions on a trained operator: a token that scales and shifts the channels of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.adaptation.attached import changes, check_base, check_keys, identity
from geomlearn.operators.adaptation.matrices import matches
from geomlearn.operators.adaptation.orthogonal.basis import class_token, columns_of, directions
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.layers.fourier import SpectralConvolution

_CHANNELS_FIRST = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class Slot:
    """One adaptation among those of a condition.

    Attributes
    ----------
    options   name and place in the shared basis.
    rank      columns that it reads.
    strength  what it is multiplied by.
    """

    options: OrthogonalOptions
    rank: int
    strength: float = 1.0


@dataclass(frozen=True)
class ConditionAdapter:
    """One or several conditions of a model, apart from the model.

    Attributes
    ----------
    base      name and sha256 of the weights they belong to.
    layers    the layers they modulate.
    slots     the adaptations.
    tensors   their numbers, as "NAME/layer" and "NAME/token".
    """

    base: tuple[str, str]
    layers: tuple[str, ...]
    slots: tuple[Slot, ...]
    tensors: Mapping[str, torch.Tensor]

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned."""
        return sum(value.numel() for value in self.tensors.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Of the conditions."""
        return tuple(slot.options.name for slot in self.slots)


class Condition(nn.Module):
    """y ← y (1 + g) + b in each layer, (g, b) = Σ_i λ_i A_i B_iᵀ e for the token e.

    Every A_i is zero at the start and learned, every B_i is fixed. With a reserved slice, e_i = e₀ + B_i c_i with
    e₀ in the slice: then B_jᵀ e_i = 0 for j ≠ i, and what others add does not reach i.

    Source   Po et al. 2023, arXiv 2312.02432, equation 6 and section 4.2.
    Differs  1. Only conditions are adapted, by scales and shifts of channels: weights that read the fields themselves
                would not be told apart by orthogonal columns.
             2. Columns are assigned by turns and a slice is reserved for what all share: merging is without loss.
    """

    def __init__(self, layers: Mapping[str, int], slots: Sequence[Slot]) -> None:
        super().__init__()
        self.slots = tuple(slots)
        self.up = nn.ModuleList(
            nn.ParameterList([nn.Parameter(torch.zeros(2 * width, slot.rank)) for width in layers.values()])
            for slot in slots
        )
        self.tokens = nn.ParameterList([_first_token(slot) for slot in slots])
        for index, slot in enumerate(slots):
            down = torch.from_numpy(directions(slot.options, slot.rank).copy()).float()
            self.register_buffer(f"down_{index}", down)
        origin = torch.from_numpy(class_token(slots[0].options)).float()
        self.register_buffer("origin", origin)
        self.layers = tuple(layers)
        self.given: torch.Tensor | None = None

    def token(self, index: int) -> torch.Tensor:
        """e_i (width,) of a condition."""
        learned = self.tokens[index]
        free = not self.slots[index].options.reserved
        return self.origin + (learned if free else getattr(self, f"down_{index}") @ learned)

    def projection(self, layer: int) -> torch.Tensor:
        """Σ_i λ_i A_i B_iᵀ (2c, width), what merging comes to."""
        parts = [
            slot.strength * self.up[index][layer] @ getattr(self, f"down_{index}").T
            for index, slot in enumerate(self.slots)
        ]
        return torch.stack(parts).sum(0)

    def choose(self, which: str | torch.Tensor | None) -> None:
        """Answer under a condition by its name; or by tokens (b, width), or (b, *places, width) for one at each place.

        Raises
        ------
        ParameterError   there is no condition of this name.
        """
        if isinstance(which, str):
            names = [slot.options.name for slot in self.slots]
            if which not in names:
                raise ParameterError(f"There is no condition called {which}.", f"Choose one of {', '.join(names)}.")
            which = self.token(names.index(which)).detach()
        self.given = which

    def regions(self, shares: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Tokens (…, width) of places where conditions have shares (…), as of materials in a domain."""
        names = [slot.options.name for slot in self.slots]
        parts = [share[..., None] * (self.token(names.index(name)) - self.origin) for name, share in shares.items()]
        return (self.origin + torch.stack(parts).sum(0)).detach()

    def modulate(self, layer: int, values: torch.Tensor, *, channels_first: bool) -> torch.Tensor:
        """The output of a layer under the condition chosen."""
        if self.given is None and len(self.slots) > 1:
            names = ", ".join(slot.options.name for slot in self.slots)
            raise ParameterError("The adapter holds several conditions, and none is chosen.", f"Choose one of {names}.")
        token = self.token(0) if self.given is None else self.given
        scale, shift = (token.to(values) @ self.projection(layer).T).chunk(2, -1)
        values = values.movedim(1, -1) if channels_first else values
        if 1 < scale.ndim < values.ndim:
            missing = values.ndim - scale.ndim
            scale, shift = (part[(slice(None), *[None] * missing)] for part in (scale, shift))
        if scale.ndim == values.ndim and any(a not in (1, b) for a, b in zip(scale.shape, values.shape, strict=True)):
            raise SizeMismatch(
                f"Tokens at {tuple(scale.shape[:-1])} places meet a layer of {tuple(values.shape[:-1])}.",
                "Models that change the grid inside take one condition for each sample.",
            )
        out = values * (1 + scale) + shift
        return out.movedim(-1, 1) if channels_first else out


def modulated(model: nn.Module, patterns: str) -> dict[str, int]:
    """The layers that a condition modulates, and their channels.

    Raises
    ------
    ParameterError   no layer matches.
    """
    wanted = [part.strip() for part in patterns.split(",") if part.strip()]
    found: dict[str, int] = {}
    for name, module in model.named_modules():
        if not any(matches(name, pattern) for pattern in wanted):
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


def attach_condition(model: nn.Module, layers: Mapping[str, int], slots: Sequence[Slot]) -> Condition:
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


def detach_condition(model: nn.Module) -> None:
    """Take conditions off; the model is as it was."""
    for handle in model.condition.handles:
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
    wanted = {
        f"{slot.options.name}/{name}": (2 * width, slot.rank)
        for slot in adapter.slots
        for name, width in layers.items()
    }
    wanted |= {f"{slot.options.name}/token": tuple(_first_token(slot).shape) for slot in adapter.slots}
    check_keys(wanted, adapter.tensors)
    condition = attach_condition(model, layers, adapter.slots)
    with torch.no_grad():
        for index, slot in enumerate(adapter.slots):
            condition.tokens[index].copy_(adapter.tensors[f"{slot.options.name}/token"])
            for layer, name in enumerate(layers):
                condition.up[index][layer].copy_(adapter.tensors[f"{slot.options.name}/{name}"])
    condition.choose(which)
    return condition


def conditions_of(model: nn.Module, base: tuple[str, str]) -> ConditionAdapter:
    """The conditions on a model as an adapter."""
    condition: Condition = model.condition
    tensors = {}
    for index, slot in enumerate(condition.slots):
        tensors[f"{slot.options.name}/token"] = condition.tokens[index].detach().cpu().clone()
        for layer, name in enumerate(condition.layers):
            tensors[f"{slot.options.name}/{name}"] = condition.up[index][layer].detach().cpu().clone()
    return ConditionAdapter(base, condition.layers, condition.slots, tensors)


def merge_conditions(
    adapters: Sequence[ConditionAdapter], strengths: Sequence[float] | None = None
) -> ConditionAdapter:
    """Several adapters of one model as one that holds all their conditions.

    Raises
    ------
    ParameterError   they belong to different models or layers, share a name or columns, or strengths are not as many.
    """
    first = adapters[0]
    strengths = [1.0] * len(adapters) if strengths is None else list(strengths)
    if len(strengths) != len(adapters):
        raise ParameterError(
            f"{len(adapters)} adapters and {len(strengths)} strengths cannot be merged.", "Give one strength each."
        )
    for other in adapters[1:]:
        if other.base[1] != first.base[1]:
            raise ParameterError("The adapters belong to different models.", "Merge those of one model.")
        if other.layers != first.layers:
            raise ParameterError("The adapters modulate different layers.", "Train them with the same --targets.")
    slots = tuple(
        replace(slot, strength=slot.strength * strength)
        for adapter, strength in zip(adapters, strengths, strict=True)
        for slot in adapter.slots
    )
    check_slots(slots)
    tensors = {key: value for adapter in adapters for key, value in adapter.tensors.items()}
    return ConditionAdapter(first.base, first.layers, slots, tensors)


def check_slots(slots: Sequence[Slot]) -> None:
    """Refuse conditions that cannot live together.

    Raises
    ------
    ParameterError   two share a name or a column, or their tokens differ in length or in the slice they reserve.
    """
    taken: dict[int, str] = {}
    names: set[str] = set()
    for slot in slots:
        name, shape = slot.options.name, (slot.options.width, slot.options.reserved)
        if shape != (slots[0].options.width, slots[0].options.reserved):
            raise ParameterError("The adapters have tokens of different bases.", "Use one --width and --reserved.")
        if name in names:
            raise ParameterError(f"Two conditions are called {name}.", "Train one of them under another --name.")
        names.add(name)
        for column in columns_of(slot.options, slot.rank) if slot.options.basis == "registry" else ():
            if column in taken:
                raise ParameterError(
                    f"{name} and {taken[column]} have the same slot of the shared basis, and would spoil each other.",
                    "Train one of them again with another --slot.",
                )
            taken[column] = name


def base_of(model: nn.Module, name: str) -> tuple[str, str]:
    """Name and sha256 of a model without an adapter on."""
    return name, identity(model)


def _first_token(slot: Slot) -> nn.Parameter:
    if slot.options.reserved:
        # Not zero: A is, and one of the two must let the other learn.
        return nn.Parameter(torch.full((slot.rank,), slot.rank**-0.5))
    return nn.Parameter(torch.zeros(slot.options.width))


def _hook(module: nn.Module, condition: Condition, index: int) -> torch.utils.hooks.RemovableHandle:
    first = isinstance(module, _CHANNELS_FIRST)
    return module.register_forward_hook(lambda _m, _i, out: condition.modulate(index, out, channels_first=first))
