"""What mixes the past of each mode: state-space blocks, a gated recurrent unit, or causal attention.

All map (N, L, H) to (N, L, H) with a state to go on from, and take stretches of any length, single steps included.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from geomlearn.operators.sequence.block import SequenceBlock
from geomlearn.operators.sequence.layer import DiscreteSystem
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.systems.initial import InitialSystem


class SSMMixer(nn.Module):
    """A state-space block; single steps keep its discrete system in the state."""

    def __init__(self, options: RolloutOptions, start: InitialSystem | None, seed: int) -> None:
        super().__init__()
        self.block = SequenceBlock(options.block, start=start, seed=seed)

    def resume(self, x: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        """The next stretch; the state is (system, hidden state)."""
        system: DiscreteSystem | None
        system, hidden = state or (None, None)
        if x.shape[1] == 1 and hidden is not None:
            y, hidden = self.block.step(x[:, 0], hidden, system)
            return y[:, None], (system, hidden)
        y, hidden = self.block.resume(x, hidden)
        return y, (self.block.ssm.discretize(), hidden)


class GRUMixer(nn.Module):
    """x + W gru(norm(x))."""

    def __init__(self, options: RolloutOptions) -> None:
        super().__init__()
        width = options.width
        self.norm, self.gru, self.out = (
            nn.LayerNorm(width),
            nn.GRU(width, width, batch_first=True),
            nn.Linear(width, width),
        )

    def resume(self, x: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        """The next stretch; the state is the hidden state (1, N, H)."""
        y, state = self.gru(self.norm(x), state)
        return x + self.out(y), state


class AttentionMixer(nn.Module):
    """Causal attention over a sliding window as long as the stretch learned from, then a pointwise network.

    Source   Vaswani et al. 2017, arXiv 1706.03762, norms first; positions by rotation: Su et al. 2021, 2104.09864.
    """

    def __init__(self, options: RolloutOptions) -> None:
        super().__init__()
        width = options.width
        self.heads = next(h for h in (4, 3, 2, 1) if width % (2 * h) == 0 or h == 1)
        self.window = options.history + options.horizon
        self.norm, self.inner_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inner = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def resume(self, x: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        """The next stretch; the state is the last keys and values (N, heads, ≤ window, d) and the time of the next."""
        length = x.shape[1]
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.qkv(self.norm(x)).chunk(3, 2))
        past_k, past_v, start = state or (k[:, :, :0], v[:, :, :0], 0)
        times = torch.arange(start, start + length, device=x.device)
        q, k = _rotated(q, times), torch.cat([past_k, _rotated(k, times)], 2)
        v = torch.cat([past_v, v], 2)
        lag = times[:, None] - torch.arange(start + length - k.shape[2], start + length, device=x.device)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=(lag >= 0) & (lag < self.window))
        x = x + self.out(y.transpose(1, 2).flatten(2))
        keep = self.window - 1
        return x + self.inner(self.inner_norm(x)), (k[:, :, -keep:], v[:, :, -keep:], start + length)


def _rotated(x: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """Pairs of channels turned by angles that grow with time, so that products see differences of times only."""
    half = x.shape[-1] // 2
    angles = times[:, None] * 100.0 ** (-torch.arange(half, device=x.device) / max(half, 1))
    cos, sin = angles.cos(), angles.sin()
    one, other, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    return torch.cat([one * cos - other * sin, one * sin + other * cos, rest], -1)


def build_mixer(options: RolloutOptions, start: InitialSystem | None, seed: int) -> nn.Module:
    """One mixer of the kind asked for."""
    if options.mixer == "gru":
        return GRUMixer(options)
    return AttentionMixer(options) if options.mixer == "transformer" else SSMMixer(options, start, seed)
