"""A diffusion transformer on matrices: patches as tokens, conditioned on the noise level alone."""

from __future__ import annotations

import math

import torch
from torch import nn

# Frequencies of the sinusoid that encodes the noise level, and the longest of their periods.
FREQUENCIES, LONGEST = 128, 10_000.0


class DiffusionTransformer(nn.Module):
    """(b, k, k) matrices and (b,) noise codes to (b, k, k).

    Parameters
    ----------
    k, patch      size of the matrices, and of the square patches that tile them.
    width, depth, heads   of the tokens, the number of blocks, attention heads in each.

    The output layer starts at zero, and so does every block's contribution.

    Source   Peebles & Xie 2023, DiT, arXiv 2212.09748, with adaLN-Zero blocks.
    Differs  no classes; positions by sines and cosines of row and column; tokens are patches of one channel.
    """

    def __init__(self, k: int, patch: int, width: int, depth: int, heads: int) -> None:
        super().__init__()
        self.k, self.patch = k, patch
        side = k // patch
        self.embed = nn.Linear(patch * patch, width)
        self.register_buffer("positions", _positions(side, width), persistent=False)
        self.noise = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        blocks = [_Block(width, heads) for _ in range(depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.modulate = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, patch * patch)
        for layer in (self.modulate, self.out, *(block.modulate for block in blocks)):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, matrices: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        side, p = self.k // self.patch, self.patch
        tokens = matrices.reshape(-1, side, p, side, p).transpose(2, 3).reshape(-1, side * side, p * p)
        tokens = self.embed(tokens) + self.positions
        condition = nn.functional.silu(self.noise(_sinusoid(codes)))
        for block in self.blocks:
            tokens = block(tokens, condition)
        shift, scale = self.modulate(condition)[:, None].chunk(2, dim=-1)
        tokens = self.out(self.norm(tokens) * (1 + scale) + shift)
        return tokens.reshape(-1, side, side, p, p).transpose(2, 3).reshape(-1, self.k, self.k)


class _Block(nn.Module):
    """Attention and a two-layer network, each shifted, scaled and gated by the condition."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.attend = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.mix = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
        self.modulate = nn.Linear(width, 6 * width)

    def forward(self, tokens: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        shift, scale, gate, shift_mix, scale_mix, gate_mix = self.modulate(condition)[:, None].chunk(6, dim=-1)
        tokens = tokens + gate * self._attention(self.norm(tokens) * (1 + scale) + shift)
        return tokens + gate_mix * self.mix(self.norm(tokens) * (1 + scale_mix) + shift_mix)

    def _attention(self, tokens: torch.Tensor) -> torch.Tensor:
        b, t, width = tokens.shape
        query, key, value = self.attend(tokens).reshape(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        found = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.merge(found.transpose(1, 2).reshape(b, t, width))


def _sinusoid(codes: torch.Tensor) -> torch.Tensor:
    """(b, 2 · FREQUENCIES) cosines and sines of the codes, taken as thousandths of a period."""
    steps = torch.arange(FREQUENCIES, dtype=codes.dtype, device=codes.device) / FREQUENCIES
    angles = 1000 * codes[:, None] * torch.exp(-math.log(LONGEST) * steps)
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def _positions(side: int, width: int) -> torch.Tensor:
    """(side², width) half of the channels for the row of a patch, half for its column."""
    quarter = width // 4
    rates = torch.exp(-math.log(LONGEST) * torch.arange(quarter) / quarter)
    angles = torch.arange(side)[:, None] * rates
    line = torch.cat([angles.sin(), angles.cos()], dim=1)
    rows, columns = line[:, None].expand(side, side, -1), line[None].expand(side, side, -1)
    return torch.cat([rows, columns], dim=2).reshape(side * side, 4 * quarter)
