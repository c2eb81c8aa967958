"""The token network in torch, for training; `model` runs it on arrays."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from geomlearn.collections.retrieval.heads import CLIP, head_shapes
from geomlearn.collections.retrieval.options import HeadOptions

_ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": torch.relu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
}


class Head(nn.Module):
    """`heads.project`; matrices start as Xavier does, the path around as a truncated identity."""

    def __init__(self, width: int, options: HeadOptions) -> None:
        super().__init__()
        self.options = options
        self.weights = nn.ParameterDict()
        for name, shape in head_shapes(options, width).items():
            weight = torch.empty(shape)
            nn.init.xavier_uniform_(weight)
            self.weights[name] = nn.Parameter(torch.eye(*shape) if name == "around" else weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights, options = self.weights, self.options
        act = _ACTIVATIONS[options.activation]
        if "up" not in weights:
            return x @ weights["down"]
        inside = x @ weights["up"]
        inside = inside * act(x @ weights["gate"]) if options.kind == "glu" else act(inside)
        if options.residual:
            inside = inside + x @ weights["around"]
        for i in range(options.depth - 2 if options.kind == "ffn" else 0):
            deeper = act(inside @ weights[f"inner{i}"])
            inside = deeper + inside if options.residual else deeper
        return inside @ weights["down"]


class TokenNet(nn.Module):
    """From inputs of tokens (…, d) in their own units to unit vectors (…, k): standardised, two layers, a head."""

    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(self, mean: torch.Tensor, spread: torch.Tensor, width: int, head: HeadOptions) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.first = nn.Linear(len(mean), width)
        self.second = nn.Linear(width, width)
        self.head = Head(width, head)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.projected(self.standard(inputs))

    def standard(self, inputs: torch.Tensor) -> torch.Tensor:
        return ((inputs - self.mean) / self.spread).clamp(-CLIP, CLIP)

    def projected(self, standard: torch.Tensor) -> torch.Tensor:
        values = functional.gelu(self.first(standard))
        return functional.normalize(self.head(values + functional.gelu(self.second(values))), dim=-1)


def maxsim_matrix(queries: torch.Tensor, documents: torch.Tensor) -> torch.Tensor:
    """(b, n) Σ_i max_j q_i · d_j of queries (b, m, k) and documents (n, t, k)."""
    (b, m, k), (n, t, _) = queries.shape, documents.shape
    found = queries.reshape(b * m, k) @ documents.reshape(n * t, k).T
    return found.reshape(b, m, n, t).amax(dim=3).sum(dim=1)
