"""Conditions apart from a model: what each reads of the shared basis, and which of them can live together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.adaptation.orthogonal.basis import columns_of
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions


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
