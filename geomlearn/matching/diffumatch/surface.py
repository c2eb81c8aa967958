"""Sampled surfaces as tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from geomlearn.matching import sampled_surface as arrays
from geomlearn.matching.prepared import Prepared


@dataclass(frozen=True, eq=False)
class SampledSurface:
    """`geomlearn.matching.sampled_surface.SampledSurface` in tensors: points, evals, evecs, gradient, project."""

    points: torch.Tensor
    evals: torch.Tensor
    evecs: torch.Tensor
    gradient: torch.Tensor
    project: torch.Tensor

    def turned(self, rotation: torch.Tensor) -> SampledSurface:
        """The same surface with its points turned by a (3, 3) rotation; everything else is intrinsic."""
        return replace(self, points=self.points @ rotation.T)


def sampled_surface(side: Prepared, n_samples: int, k: int) -> SampledSurface:
    """Make a shape of any size, mesh or cloud, ready for the feature network.

    Parameters
    ----------
    n_samples  the first of its samples to use, several per mode;  k  modes.
    """
    return as_tensors(arrays.sampled_surface(side, n_samples, k))


def as_tensors(surface: arrays.SampledSurface) -> SampledSurface:
    """The same surface in tensors."""
    parts = surface.points, surface.evals, surface.evecs, surface.gradient, surface.project
    return SampledSurface(*(torch.from_numpy(np.ascontiguousarray(part)) for part in parts))
