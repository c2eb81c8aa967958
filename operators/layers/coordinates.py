"""Coordinates of the points of a grid over the unit box."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def grid_coordinates(resolution: Sequence[int], like: torch.Tensor | None = None) -> torch.Tensor:
    """(*resolution, d) coordinates in [0, 1], both ends included, with the type and device of `like`."""
    dtype, device = (None, None) if like is None else (like.dtype, like.device)
    axes = [torch.linspace(0, 1, n, dtype=dtype, device=device) for n in resolution]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1)


def with_coordinates(fields: torch.Tensor) -> torch.Tensor:
    """Fields (b, *grid, c) with their coordinates appended, (b, *grid, c + d)."""
    at = grid_coordinates(fields.shape[1:-1], fields)
    return torch.cat([fields, at.expand(len(fields), *at.shape)], -1)
