"""The neural spectral block: points to tokens, a step among the tokens, tokens back to points."""

from __future__ import annotations

import torch
from torch import nn

from operators.latent_spectral.options import SpectralBlockOptions
from operators.latent_spectral.trigonometric import TrigonometricStep


class NeuralSpectralBlock(nn.Module):
    """A map of sets of points that passes through a few tokens per set; all sets share the weights.

    Encode T = softmax_points(T₀ Kᵀ) V + T₀, step from T to T' by `TrigonometricStep`, and decode
    y = x + softmax_tokens(Q T'ᵀ) T'.

    Source   Wu et al. 2023, arXiv 2301.12664, section 3.
    Differs  1. The learned queries T₀ are the same for all sets, so the keys are never formed: T₀ is carried through
                the key layer instead, which is the same function and one small product per point.
             2. `start="identity"` begins with y = x and centred queries; published starts move the field by 20 %.
    """

    def __init__(self, width: int, options: SpectralBlockOptions) -> None:
        super().__init__()
        self.heads, self.identity_start = options.heads, options.start == "identity"
        shape = (options.heads, options.tokens, width // options.heads)
        self.tokens = nn.Parameter(torch.randn(shape) if self.identity_start else torch.rand(shape) / width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.step = TrigonometricStep(width, options)
        if self.identity_start:
            self.strength = nn.Parameter(torch.zeros(width))

    def forward(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """Sets of points (s, l, width), and back in the same shape; `log_area` as for `encode`."""
        return points + self.write_back(points, self.step_tokens(self.encode(points, log_area)))

    def logits(self, points: torch.Tensor) -> torch.Tensor:
        """(…, heads · tokens) how much each point speaks to each token, before the softmax over points."""
        heads, _, size = self.tokens.shape
        weight = torch.matmul(self.tokens, self.key.weight.view(heads, size, -1))
        bias = torch.matmul(self.tokens, self.key.bias.view(heads, size, 1))
        return nn.functional.linear(points, weight.flatten(0, 1), bias.flatten())

    def encode(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """Tokens (s, heads, tokens, width / heads) of each set.

        With the logarithms of the points' areas (s, l), tokens are integrals over the set and do not depend on how
        densely it is sampled; −∞ leaves a point out.
        """
        logits = self.logits(points)
        attention = (logits if log_area is None else logits + log_area[..., None]).softmax(1)
        values = self.value(points)
        n_sets, n_points, _ = points.shape
        heads, n_tokens, size = self.tokens.shape
        attention = attention.view(n_sets, n_points, heads, n_tokens).permute(0, 2, 3, 1)
        values = values.view(n_sets, n_points, heads, size).transpose(1, 2)
        return attention @ values + self.tokens

    def step_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """The latent step on tokens (…, heads, tokens, width / heads)."""
        flat = tokens.transpose(-3, -2).flatten(-2)
        return self.step(flat).unflatten(-1, (self.heads, -1)).transpose(-3, -2)

    def write_back(self, points: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """What the tokens say at each point, (s, l, width): a mean of token values per head."""
        heads, _, size = self.tokens.shape
        queries = self.query(points).unflatten(-1, (heads, size)).transpose(1, 2)
        written = (queries @ tokens.transpose(-2, -1)).softmax(-1) @ tokens
        written = written.transpose(1, 2).flatten(-2)
        return written * self.strength if self.identity_start else written
