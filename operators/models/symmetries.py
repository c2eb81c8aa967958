"""Symmetries of equations: turned and mirrored samples are samples too."""

from __future__ import annotations

from typing import Literal

import torch

from geomlearn.core.errors import ParameterError

Symmetry = Literal["none", "mirror", "square"]


def check_symmetry(symmetry: Symmetry, kind: str, resolution: tuple[int, ...]) -> None:
    """Refuse a symmetry that the places of the samples do not have.

    Raises
    ------
    ParameterError   the samples are on no grid; or the square's are asked of a grid that is none.
    """
    if symmetry != "none" and kind != "grid":
        raise ParameterError("Only samples on grids are mirrored and turned.", "Use symmetry = none.")
    if symmetry == "square" and (len(resolution) != 2 or resolution[0] != resolution[1]):
        raise ParameterError(
            f"A grid of {' × '.join(map(str, resolution))} has no symmetries of the square.", "Use mirror or none."
        )


def images(fields: torch.Tensor, symmetry: Symmetry) -> list[torch.Tensor]:
    """Fields (b, *grid, c) and all their images: two for "mirror", eight for "square"."""
    if symmetry == "none":
        return [fields]
    mirrored = [fields, fields.flip(1)]
    if symmetry == "mirror":
        return mirrored
    turned = [image for one in mirrored for image in (one, one.flip(2))]
    return [image for one in turned for image in (one, one.transpose(1, 2))]


def drawn(fields: list[torch.Tensor], symmetry: Symmetry, generator: torch.Generator) -> list[torch.Tensor]:
    """An image of each sample, drawn at random and the same for every array (b, *grid, …) of the list.

    The first axis of the grid is mirrored for "mirror"; for "square" the second too, and the two exchanged.
    """
    if symmetry == "none":
        return fields
    coins = torch.rand(3, len(fields[0]), generator=generator).to(fields[0].device) < 0.5

    def turned(field: torch.Tensor) -> torch.Tensor:
        one, two, both = (coin.view(-1, *[1] * (field.ndim - 1)) for coin in coins)
        field = torch.where(one, field.flip(1), field)
        if symmetry == "square":
            field = torch.where(two, field.flip(2), field)
            field = torch.where(both, field.transpose(1, 2), field)
        return field

    return [turned(field) for field in fields]
