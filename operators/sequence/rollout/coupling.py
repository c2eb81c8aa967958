"""Where modes meet: in the field they make, vertex by vertex, and in its transport."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.sequence.rollout.modal import ModalBatch


class FieldCoupling(nn.Module):
    """h + W₂ [P N(S c), Σ A T c] with c = [u, r W₁ norm(h)].

    S and P go from coefficients to vertices and back, N is a network that acts at each vertex by itself, T are the
    transport matrices of the shape and A says which of its velocities carry what. Nothing here depends on the signs or
    the number of vertices, and what it learns on some shapes has the same meaning on others.

    Parameters
    ----------
    width   H, channels of each mode.
    fields  how many fields the channels make.

    Source   the pseudo-spectral method: products are taken where they are local. The pointwise network between two
             transforms is that of the spectral operators, Li et al. 2021, arXiv 2010.08895.
    """

    def __init__(self, width: int, fields: int) -> None:
        super().__init__()
        inner = 2 * fields + 2
        self.norm, self.down = nn.LayerNorm(width), nn.Linear(width, fields)
        self.local = nn.Sequential(nn.Linear(fields + 1, inner), nn.GELU(), nn.Linear(inner, fields))
        self.velocities = nn.Parameter(0.1 * torch.randn(fields + 1, 6))
        self.up = nn.Linear(2 * fields + 1, width)

    def forward(
        self, h: torch.Tensor, u: torch.Tensor, ratio: torch.Tensor, sign: torch.Tensor, frames: ModalBatch
    ) -> torch.Tensor:
        """(B, T, K, H) to (B, T, K, H), each time step by itself.

        Parameters
        ----------
        u      (B, T, K) coefficients of the field, in units of its size.
        ratio  (B, 1, K) size of each mode beside that of the field.
        sign   (B, 1, K) ±1, by which u was multiplied.
        """
        c = torch.cat([u[..., None], self.down(self.norm(h)) * ratio[..., None]], -1) * sign[..., None]
        n_batch, length, k, count = c.shape
        flat = c.transpose(1, 2).reshape(n_batch, k, length * count)
        values = self.local((frames.modes @ flat).unflatten(2, (length, count))).flatten(2)
        local = (frames.modes * frames.weights[..., None]).transpose(1, 2) @ values
        local = local.unflatten(2, (length, -1)).transpose(1, 2)
        carried = torch.einsum("ce,beij->bcij", self.velocities, frames.transport)
        carried = torch.einsum("bcij,btjc->btic", carried, c)
        met = torch.cat([local, carried], -1) * (sign / ratio)[..., None]
        return h + self.up(met)
