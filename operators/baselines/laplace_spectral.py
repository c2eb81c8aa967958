"""A spectral operator on the eigenfunctions of the Laplacian of each shape."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.baselines.options import LaplaceSpectralOptions
from geomlearn.operators.layers.pieces import in_pieces
from geomlearn.operators.layers.shape_batch import Geometry, GeometryNeeds


class LaplaceSpectral(nn.Module):
    """v ← GELU(Φ (R_k · Φᵀ M v) + W v): the Fourier layer with eigenfunctions Φ in place of waves.

    Turning the sign of an eigenfunction changes nothing. On other shapes, mode k meets the matrix learned for mode k.

    Source   Chen et al. 2023, arXiv 2302.08166 (NORM).
    Differs  1. Coefficients are integrals under the areas, where the released code takes unweighted least squares.
             2. Positions and normals are features, where theirs is the number of the node.
    """

    def __init__(self, n_in: int, n_out: int, options: LaplaceSpectralOptions | None = None) -> None:
        super().__init__()
        options = options or LaplaceSpectralOptions()
        width = options.width
        self.needs = GeometryNeeds(modes=options.modes)
        self.lift = nn.Linear(n_in + 6, width)
        self.modes = nn.ParameterList(torch.randn(options.modes, width, width) / width for _ in range(options.layers))
        self.local = nn.ModuleList(nn.Linear(width, width) for _ in range(options.layers))
        self.head = nn.Sequential(nn.Linear(width, options.head_width), nn.GELU(), nn.Linear(options.head_width, n_out))

    def forward(self, values: torch.Tensor, geometry: Geometry) -> torch.Tensor:
        """Values (b, n, n_in) on a batch of shapes to values (b, n, n_out)."""
        evecs, mass = geometry.levels[0].evecs, geometry.mass
        features = self.lift(torch.cat([values, geometry.points, geometry.normals], -1))
        for weights, local in zip(self.modes, self.local, strict=True):
            coefficients = evecs.transpose(1, 2) @ (mass[..., None] * features)
            mixed = torch.einsum("bki,kio->bko", coefficients, weights)
            features = nn.functional.gelu(evecs @ mixed + local(features))
        return in_pieces(self.head, features)
