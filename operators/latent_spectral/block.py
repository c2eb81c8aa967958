"""The neural spectral block: points to tokens, a step among the tokens, tokens back to points."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.latent_spectral.options import SpectralBlockOptions
from geomlearn.operators.latent_spectral.trigonometric import TrigonometricStep


class NeuralSpectralBlock(nn.Module):
    """A map of sets of points that passes through a few tokens per set; all sets share the weights.

    Encode T = softmax_points(T₀ Kᵀ) V + T₀, step from T to T' by `TrigonometricStep`, and decode
    y = x + softmax_tokens(Q T'ᵀ) T'.

    Source   Wu et al. 2023, arXiv 2301.12664, section 3.
    Differs  1. Keys, values and queries of points are never formed. T₀ goes through the key layer, means of points
                instead of points through the value layer, and tokens back through the query layer: the same function,
                and what grows with the points is their products with the few tokens alone.
             2. Points meet all heads in one product: on the way back tokens are laid into a block-diagonal matrix, so
                that no array of points is ever turned around.
             3. Biases meet tokens instead of points: a bias of values passes through the mean, one of keys shifts all
                points alike, which softmax does not see, so it is never learned and only kept for the count.
             4. `start="identity"` begins with y = x and centred queries; published starts move the field by 20 %.
    """

    # Layers whose weights are read here instead of called.
    reads_weights = ("key", "value", "query")

    def __init__(self, width: int, options: SpectralBlockOptions) -> None:
        super().__init__()
        self.heads, self.identity_start = options.heads, options.start == "identity"
        shape = (options.heads, options.tokens, width // options.heads)
        self.tokens = nn.Parameter(torch.randn(shape) if self.identity_start else torch.rand(shape) / width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.key.bias.requires_grad_(False)
        self.step = TrigonometricStep(width, options)
        if self.identity_start:
            self.strength = nn.Parameter(torch.zeros(width))

    def forward(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """Sets of points (s, l, width), and back in the same shape; `log_area` as for `encode`."""
        tokens = self.step(self.encode(points, log_area))
        written = self._shares(points, tokens).flatten(1, 2).transpose(1, 2) @ self._spread(tokens)
        return points + (written * self.strength if self.identity_start else written)

    def shares(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """(s, l, tokens, heads) how much of each token a point reads back; they add up to one over the tokens."""
        return self._shares(points, self.step(self.encode(points, log_area))).permute(0, 3, 1, 2)

    def encode(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """Tokens (s, tokens, width) of each set, before the step; the heads lie one after the other in the width.

        With the logarithms of the points' areas (s, l), tokens are integrals over the set and do not depend on how
        densely it is sampled; −∞ leaves a point out.
        """
        heads, _, size = self.tokens.shape
        key_weight = self.tokens @ self.key.weight.view(heads, size, -1)
        # Points come last in both attentions: sums over them, or over the tokens, then run along memory.
        logits = nn.functional.linear(points, key_weight.transpose(0, 1).flatten(0, 1)).transpose(1, 2)
        attention = (logits if log_area is None else logits + log_area[:, None]).softmax(-1)
        means = (attention @ points).unflatten(1, (-1, heads))
        own = torch.einsum("snhw,hcw->snhc", means, self.value.weight.view(heads, size, -1))
        return own.flatten(-2) + self.tokens.transpose(0, 1).flatten(1) + self.value.bias

    def _shares(self, points: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """(s, tokens, heads, l) as `shares`, points last."""
        heads, _, size = self.tokens.shape
        own = tokens.unflatten(-1, (heads, size))
        asked = torch.einsum("snhc,hcw->snhw", own, self.query.weight.view(heads, size, -1)).flatten(1, 2)
        shift = (own * self.query.bias.view(heads, size)).sum(-1).flatten(1)[:, :, None]
        return torch.baddbmm(shift, asked, points.transpose(1, 2)).unflatten(1, (-1, heads)).softmax(1)

    def _spread(self, tokens: torch.Tensor) -> torch.Tensor:
        """(s, tokens · heads, width) each head of each token in its own channels, zero in the others."""
        heads = tokens.unflatten(-1, (self.heads, -1))
        return torch.diag_embed(heads.transpose(-2, -1), dim1=2, dim2=3).flatten(-2).flatten(1, 2)
