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
             2. All heads go through one product: tokens are laid into a block-diagonal matrix, so that no array of
                points is ever turned around.
             3. Biases meet tokens instead of points: a bias of values passes through the mean, one of keys shifts all
                points alike, which softmax does not see, so it is never learned and only kept for the count.
             4. `start="identity"` begins with y = x and centred queries; published starts move the field by 20 %.
    """

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
        logits, values, queries = self._projected(points)
        spread = self._spread(self.step(self._gathered(logits, values, log_area)))
        written = self._shares(queries, spread).flatten(2) @ spread
        return points + (written * self.strength if self.identity_start else written)

    def shares(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """(s, l, tokens, heads) how much of each token a point reads back; they add up to one over the tokens."""
        logits, values, queries = self._projected(points)
        return self._shares(queries, self._spread(self.step(self._gathered(logits, values, log_area))))

    def encode(self, points: torch.Tensor, log_area: torch.Tensor | None = None) -> torch.Tensor:
        """Tokens (s, tokens, width) of each set, before the step; the heads lie one after the other in the width.

        With the logarithms of the points' areas (s, l), tokens are integrals over the set and do not depend on how
        densely it is sampled; −∞ leaves a point out.
        """
        logits, values, _ = self._projected(points)
        return self._gathered(logits, values, log_area)

    def _projected(self, points: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(s, l, tokens · heads) how points speak to tokens, and values and queries (s, l, width); no biases yet."""
        heads, n_tokens, size = self.tokens.shape
        key_weight = self.tokens @ self.key.weight.view(heads, size, -1)
        weight = torch.cat([key_weight.transpose(0, 1).flatten(0, 1), self.value.weight, self.query.weight])
        width = heads * size
        return nn.functional.linear(points, weight).split([n_tokens * heads, width, width], -1)

    def _gathered(self, logits: torch.Tensor, values: torch.Tensor, log_area: torch.Tensor | None) -> torch.Tensor:
        attention = (logits if log_area is None else logits + log_area[..., None]).softmax(1)
        every = (attention.transpose(1, 2) @ values).unflatten(1, (-1, self.heads)).unflatten(-1, (self.heads, -1))
        # Each head of a token is to take its own channels only.
        own = every.diagonal(dim1=2, dim2=3).transpose(-2, -1).flatten(-2)
        return own + self.tokens.transpose(0, 1).flatten(1) + self.value.bias

    def _shares(self, queries: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
        shift = (spread @ self.query.bias)[:, None]
        return torch.baddbmm(shift, queries, spread.transpose(1, 2)).unflatten(-1, (-1, self.heads)).softmax(2)

    def _spread(self, tokens: torch.Tensor) -> torch.Tensor:
        """(s, tokens · heads, width) each head of each token in its own channels, zero in the others."""
        heads = tokens.unflatten(-1, (self.heads, -1))
        return torch.diag_embed(heads.transpose(-2, -1), dim1=2, dim2=3).flatten(-2).flatten(1, 2)
