"""Symmetries of equations: turned and mirrored samples are samples too."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.data.samples import AnySamples

Symmetry = Literal["none", "mirror", "square"]
# A mean field may differ from its images by this share, and by so many times what chance makes.
_ASYMMETRY, _CHANCE = 0.02, 3.0


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


def refuse_asymmetry(samples: AnySamples, symmetry: Symmetry) -> None:
    """Refuse a symmetry that the mean fields of the samples do not have, as where a grid holds one of two rims.

    Raises
    ------
    ParameterError   a mean field differs from one of its images by more than chance and rounding allow.
    """
    if symmetry == "none":
        return
    for word, values in (("input", samples.inputs), ("target", samples.targets)):
        measured, chance = asymmetry(np.asarray(values), symmetry)
        if measured > max(_ASYMMETRY, _CHANCE * chance):
            raise ParameterError(
                f"The mean {word} is not symmetric: it differs from its images by {measured:.2g} of its size, where "
                f"chance alone makes {chance:.2g}.",
                "Train without the symmetry; a grid that holds one of two opposite rims does not have it.",
            )


def asymmetry(values: np.ndarray, symmetry: Symmetry) -> tuple[float, float]:
    """By what share of its size the mean of fields (N, *grid, c) differs from its images, and what chance makes of it.

    The worst of the images counts. Chance is the size of the difference for N independent fields of a symmetric law.
    """
    fields = torch.as_tensor(values, dtype=torch.float64)
    mean = fields.mean(0, keepdim=True)
    size = float(mean.norm())
    if not size:
        return 0.0, 0.0
    worst, chance = 0.0, 0.0
    for image, all_images in zip(images(mean, symmetry)[1:], images(fields, symmetry)[1:], strict=True):
        worst = max(worst, float((mean - image).norm()) / size)
        gaps = fields - all_images
        off = gaps - gaps.mean(0, keepdim=True)
        chance = max(chance, float((off**2).sum()) ** 0.5 / len(fields) / size)
    return worst, chance


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
