"""Shapes as networks see them, one by one and in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch


@dataclass(frozen=True)
class GeometryNeeds:
    """What a network wants to know of a shape.

    Attributes
    ----------
    modes    eigenfunctions.
    scales   levels, each with a quarter of the points of the one before.
    patch    points per patch, about; 0 for no patches.
    """

    modes: int = 64
    scales: int = 1
    patch: int = 0


@dataclass(frozen=True)
class Level:
    """One scale of a shape, or of a batch of shapes.

    Attributes
    ----------
    mass     (n,) areas adding up to one, or (b, n) with zeros where a row is only filling.
    evecs    (n, k), or (b, n, k); averaged over each cluster.
    parent   (n,) the cluster of the next scale that a point belongs to; in a batch (b, n) into its flat rows.
    patches  (p, l) members of each patch, −1 where there are fewer; in a batch indices into the flat rows (b · n).
    """

    mass: torch.Tensor
    evecs: torch.Tensor
    parent: torch.Tensor
    patches: torch.Tensor


@dataclass(frozen=True)
class Geometry:
    """One shape, or a batch of b shapes filled up to the same number of points.

    Attributes
    ----------
    points   (n, 3) centred, and scaled so that the area is that of the unit sphere; or (b, n, 3).
    normals  (n, 3) of the surface, zero for clouds without; or (b, n, 3).
    evals    (k,) in that scale, or (b, k).
    levels   from fine to coarse.
    """

    points: torch.Tensor
    normals: torch.Tensor
    evals: torch.Tensor
    levels: tuple[Level, ...]

    @property
    def mass(self) -> torch.Tensor:
        """Areas of the points."""
        return self.levels[0].mass

    def to(self, device: torch.device) -> Geometry:
        """The same on another device."""
        levels = tuple(
            Level(*(getattr(level, name).to(device) for name in Level.__dataclass_fields__)) for level in self.levels
        )
        return replace(
            self,
            points=self.points.to(device),
            normals=self.normals.to(device),
            evals=self.evals.to(device),
            levels=levels,
        )


def collate(geometries: Sequence[Geometry]) -> Geometry:
    """Several shapes as one batch; rows that only fill have no area and belong to no patch."""
    scales = list(zip(*(geometry.levels for geometry in geometries), strict=True))
    widths = [max(len(one.mass) for one in level) for level in scales]
    levels = tuple(
        _joined(level, width, above) for level, width, above in zip(scales, widths, [*widths[1:], 1], strict=True)
    )
    points, normals = (fill_rows([getattr(one, name) for one in geometries]) for name in ("points", "normals"))
    return Geometry(points, normals, torch.stack([one.evals for one in geometries]), levels)


def _joined(level: Sequence[Level], width: int, above: int) -> Level:
    """One scale of a batch: `width` rows per shape, `above` of them at the next scale."""
    longest = max(one.patches.shape[1] for one in level)
    parents = [_filled(one.parent, width) + above * sample for sample, one in enumerate(level)]
    patches = [
        _widened(torch.where(one.patches < 0, -1, one.patches + width * sample), longest)
        for sample, one in enumerate(level)
    ]
    masses, evecs = (fill_rows([getattr(one, name) for one in level]) for name in ("mass", "evecs"))
    return Level(masses, evecs, torch.stack(parents), torch.cat(patches))


def fill_rows(values: Sequence[torch.Tensor]) -> torch.Tensor:
    """(b, n, …) of b arrays (n_i, …), zeros below the shorter ones."""
    n = max(len(value) for value in values)
    return torch.stack([_filled(value, n) for value in values])


def _widened(patches: torch.Tensor, longest: int) -> torch.Tensor:
    return torch.nn.functional.pad(patches, (0, longest - patches.shape[1]), value=-1)


def _filled(value: torch.Tensor, n: int) -> torch.Tensor:
    return torch.cat([value, value.new_zeros(n - len(value), *value.shape[1:])])
