"""A token that scales and shifts the channels of a model's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.adaptation.orthogonal.basis import class_token, directions
from geomlearn.operators.adaptation.orthogonal.slots import Slot


class Condition(nn.Module):
    """y ← y (1 + g) + b in each layer, (g, b) = Σ_i λ_i A_i B_iᵀ e for the token e.

    Every A_i is zero at the start and learned, every B_i is fixed. With a reserved slice, e_i = e₀ + B_i c_i with
    e₀ in the slice: then B_jᵀ e_i = 0 for j ≠ i, and what others add does not reach i.

    Source   Po et al. 2023, arXiv 2312.02432, equation 6 and section 4.2.
    Differs  1. Only conditions are adapted, by scales and shifts of channels: weights that read the fields themselves
                would not be told apart by orthogonal columns.
             2. Columns are assigned by turns and a slice is reserved for what all share: merging is without loss.
    """

    origin: torch.Tensor

    def __init__(self, layers: Mapping[str, int], slots: Sequence[Slot]) -> None:
        super().__init__()
        self.slots = tuple(slots)
        self.up = nn.ModuleList(
            nn.ParameterList([nn.Parameter(torch.zeros(2 * width, slot.rank)) for width in layers.values()])
            for slot in slots
        )
        self.tokens = nn.ParameterList([first_token(slot) for slot in slots])
        for index, slot in enumerate(slots):
            down = torch.from_numpy(directions(slot.options, slot.rank).copy()).float()
            self.register_buffer(f"down_{index}", down)
        origin = torch.from_numpy(class_token(slots[0].options)).float()
        self.register_buffer("origin", origin)
        self.layers = tuple(layers)
        self.given: torch.Tensor | None = None
        self.handles: list[RemovableHandle] = []

    def gain(self, index: int, layer: int) -> nn.Parameter:
        """A_i (2c, rank) of a condition in a layer."""
        return cast(nn.ParameterList, self.up[index])[layer]

    def token(self, index: int) -> torch.Tensor:
        """e_i (width,) of a condition."""
        learned = self.tokens[index]
        free = not self.slots[index].options.reserved
        return self.origin + (learned if free else getattr(self, f"down_{index}") @ learned)

    def projection(self, layer: int) -> torch.Tensor:
        """Σ_i λ_i A_i B_iᵀ (2c, width), what merging comes to."""
        parts = [
            slot.strength * self.gain(index, layer) @ getattr(self, f"down_{index}").T
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


def first_token(slot: Slot) -> nn.Parameter:
    """What is learned of a token, as it starts: c (rank,) where a slice is reserved, else the step from e₀ (width,)."""
    if slot.options.reserved:
        # Not zero: A is, and one of the two must let the other learn.
        return nn.Parameter(torch.full((slot.rank,), slot.rank**-0.5))
    return nn.Parameter(torch.zeros(slot.options.width))
