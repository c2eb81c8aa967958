"""The network of one shape: modes as functions of position, masses as functions of the surroundings."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.spectral.learned_eigenbasis.inputs import N_LOCAL

_N_FREQUENCIES = 96
_DEPTH = 3


class MassHead(nn.Module):
    """(…, n) logarithm of the mass of every point: that of the quadrature, corrected by a small network.

    The correction starts at zero and sees distances to neighbours only, relative to the mass.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        last = nn.Linear(width, 1)
        self.correction = nn.Sequential(nn.Linear(N_LOCAL, width), nn.GELU(), last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, local: torch.Tensor) -> torch.Tensor:
        """From local features (…, n, 4)."""
        return local[..., 0] + self.correction(local).squeeze(-1)


def weighted_columns(log_mass: torch.Tensor, modes: torch.Tensor) -> torch.Tensor:
    """(…, n, k) columns √m · [1, modes]: then q₁ ∝ √m, and the first mode is constant whatever the network says."""
    root = torch.exp(0.5 * log_mass).unsqueeze(-1)
    return torch.cat([root, root * modes], dim=-1)


class CoordinateNetwork(nn.Module):
    """Columns of a basis on any sampling of one shape.

    Parameters
    ----------
    n_dimensions   of the points, d.
    k              columns.
    width          of the three hidden layers.
    frequency      deviation of the random frequencies.
    free_mass      whether masses may also depend on position: probes of another operator than a Laplacian, or that keep
                   the density of the sampling, have a first mode that is not constant under the cloud's own masses.

    Source   Velich et al. 2026, arXiv 2512.01103 (per-shape optimisation).
    Differs  1. No attention: on one shape a mode is a function of position, which a thousand times fewer operations
                learn as well.
             2. Masses have a head of their own that sees local scales, so that modes need not vary with the density.
    """

    frequencies: torch.Tensor

    def __init__(
        self, n_dimensions: int, k: int, width: int = 192, frequency: float = 2.0, *, free_mass: bool = False
    ) -> None:
        super().__init__()
        self.register_buffer("frequencies", frequency * torch.randn(n_dimensions, _N_FREQUENCIES))
        layers: list[nn.Module] = []
        size = n_dimensions + 2 * _N_FREQUENCIES
        for _ in range(_DEPTH):
            layers += [nn.Linear(size, width), nn.LayerNorm(width), nn.GELU()]
            size = width
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Linear(width + n_dimensions, k - 1)
        self.mass = MassHead()
        self.ground = nn.Linear(width, 1) if free_mass else None
        if self.ground is not None:
            nn.init.zeros_(self.ground.weight)

    def forward(self, points: torch.Tensor, local: torch.Tensor) -> torch.Tensor:
        """(…, n, k) columns from points (…, n, d) in the unit ball and local features (…, n, 4)."""
        phases = points @ self.frequencies
        hidden = self.trunk(torch.cat([points, torch.sin(phases), torch.cos(phases)], dim=-1))
        modes = self.head(torch.cat([hidden, points], dim=-1))
        log_mass = self.mass(local)
        if self.ground is not None:
            log_mass = log_mass + self.ground(hidden).squeeze(-1)
        return weighted_columns(log_mass, modes)
