"""One training step of LSM beside the same function computed in the released code's structure."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions
from geomlearn.operators.latent_spectral.unet import SpectralUNet

_SETTINGS = [
    ("3 scales, width 24, patches 8 × 8, 29²", (29, 29), {"width": 24, "scales": 3, "patch": (8, 8)}),
    ("5 scales, width 16, patches 2 × 2, 32²", (32, 32), {"width": 16, "scales": 5, "patch": (2, 2)}),
    ("5 scales, width 32, patches 6 × 6, 85²", (85, 85), {"width": 32, "scales": 5, "patch": (6, 6)}),
]


class AsReleased(nn.Module):
    """A spectral block's function in the released structure.

    Channels come first, patches are copied out and back, keys, values and queries are 1 × 1 convolutions of every point
    that are turned around and copied head by head, and all 2K basis functions of every token lie in memory.
    """

    def __init__(self, block: NeuralSpectralBlock, patch: Sequence[int]) -> None:
        super().__init__()
        self.block, self.patch = block, tuple(patch)

    def forward(self, field: torch.Tensor) -> torch.Tensor:
        """Fields (b, width, h, w), and back in the same shape."""
        (batch, width, *grid), (p, q) = field.shape, self.patch
        counts = grid[0] // p, grid[1] // q
        cut = field.reshape(batch, width, counts[0], p, counts[1], q).permute(0, 2, 4, 1, 3, 5).contiguous()
        moved = self._patches(cut.view(-1, width, p, q))
        joined = moved.view(batch, *counts, width, p, q).permute(0, 3, 1, 4, 2, 5).contiguous()
        return joined.view(batch, width, *grid)

    def _patches(self, points: torch.Tensor) -> torch.Tensor:
        block = self.block
        heads, n_tokens, size = block.tokens.shape
        n, width = points.shape[:2]
        key, value, query = (self._by_head(layer, points) for layer in (block.key, block.value, block.query))
        start = block.tokens[None].repeat(n, 1, 1, 1)
        attention = torch.softmax(torch.einsum("shnc,shlc->shnl", start, key), -1)
        tokens = torch.einsum("shnl,shlc->shnc", attention, value) + start
        flat = tokens.permute(0, 1, 3, 2).contiguous().view(n, width, n_tokens)
        steps = torch.arange(block.step.sine.shape[1], device=points.device) * block.step.unit
        angles = steps * flat[..., None]
        basis = torch.cat([torch.sin(angles), torch.cos(angles)], -1)
        moved = flat + torch.einsum("sctm,cm->sct", basis, torch.cat([block.step.sine, block.step.cosine], 1))
        moved = moved.view(n, heads, size, n_tokens).permute(0, 1, 3, 2).contiguous()
        back = torch.softmax(torch.einsum("shlc,shnc->shln", query, moved), -1)
        written = torch.einsum("shln,shnc->shlc", back, moved).permute(0, 1, 3, 2).contiguous()
        return points + written.view(points.shape)

    def _by_head(self, layer: nn.Linear, points: torch.Tensor) -> torch.Tensor:
        """(patches, heads, l, c) of a 1 × 1 convolution."""
        out = nn.functional.conv2d(points, layer.weight[:, :, None, None], layer.bias)
        turned = out.flatten(2).permute(0, 2, 1).contiguous()
        return turned.unflatten(-1, (self.block.heads, -1)).permute(0, 2, 1, 3).contiguous()


class ReleasedUNet(SpectralUNet):
    """The U-Net whose blocks are `AsReleased`."""

    def _through_tokens(self, block: nn.Module, field: torch.Tensor) -> torch.Tensor:
        return block(field)


class ReleasedModel(LatentSpectralModel):
    """The two linear layers at the end one after the other."""

    def _answer(self, field: torch.Tensor) -> torch.Tensor:
        return self.head(self.mix(field))


def step(quick: bool) -> None:
    """One training step, ours beside the released structure, and the plain U-Net for scale."""
    print("\nOne training step, batch 10, processor seconds (median)")
    print(f"{'':42} {'released':>9} {'ours':>9} {'ratio':>6} {'no blocks':>10}   largest difference")
    for name, grid, given in _SETTINGS[: 1 if quick else None]:
        torch.manual_seed(0)
        options = LatentSpectralOptions(**given)
        ours, released = LatentSpectralModel(grid, 1, 1, options), ReleasedModel(grid, 1, 1, options)
        plain = LatentSpectralModel(grid, 1, 1, options.replace(blocks=False))
        released.load_state_dict(ours.state_dict())
        released.unet.__class__ = ReleasedUNet
        released.unet.blocks = nn.ModuleList(AsReleased(block, released.patch) for block in released.unet.blocks)
        fields = torch.randn(10, *grid, 1)
        with torch.no_grad():
            ours.eval(), released.eval()
            difference = float((ours(fields) - released(fields)).abs().max())
        a, b, c = _median_steps([m.train() for m in (released, ours, plain)], fields, 3 if quick else 9)
        print(f"{name:42} {a:9.3f} {b:9.3f} {b / a:6.2f} {c:10.3f}   {difference:.1e}", flush=True)


def _median_steps(models: Sequence[nn.Module], fields: torch.Tensor, repeats: int) -> list[float]:
    """Median seconds of forward and backward, the models taking turns so that a busy machine hits all alike."""
    times: list[list[float]] = [[] for _ in models]
    for _ in range(repeats):
        for model, kept in zip(models, times, strict=True):
            start = time.process_time()
            model(fields).square().mean().backward()
            kept.append(time.process_time() - start)
    return [float(np.median(kept[1:])) for kept in times]
