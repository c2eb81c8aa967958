"""Low-rank adaptation and its kin: a product that starts at zero, at the top singular triples, or beside magnitudes."""

from __future__ import annotations

import math

import torch
from torch import nn

from geomlearn.operators.adaptation.low_rank.change import LowRankChange, WeightChange
from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm


class Lora(LowRankChange):
    """W + scale · B A with B = 0 at the start.

    Source   Hu et al. 2021, arXiv 2106.09685.
    Differs  Complex spectral weights get one product per mode.
    """

    def __init__(self, form: MatrixForm, rank: int, scale: float = 1.0) -> None:
        super().__init__(form, rank, scale)
        m, n = form.size
        self.A, self.B = self.factor(self.rank, n), self.factor(m, self.rank)

    def start(self, weight: torch.Tensor) -> None:
        """A uniform as a fresh linear layer's weight, by the global generator; B stays zero."""
        bound = 1 / math.sqrt(self.form.size[1])
        nn.init.uniform_(self.A, -bound, bound)

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """scale · B A in the shape of the weight."""
        return self.form.weight(self.scale * (self.plain(self.B) @ self.plain(self.A)))


class Dora(Lora):
    """Magnitudes of the rows and their directions apart; the directions change by a low rank.

    W' = magnitude · (W + scale · B A) / ‖W + scale · B A‖ per output, the norm held constant in the gradient.

    Source   Liu et al. 2024, arXiv 2402.09353, equation 5 and section 4.3.
    """

    def __init__(self, form: MatrixForm, rank: int, scale: float = 1.0) -> None:
        super().__init__(form, rank, scale)
        self.magnitude = nn.Parameter(torch.zeros(*form.stack, form.size[0]))

    @torch.no_grad()
    def start(self, weight: torch.Tensor) -> None:
        """As LoRA, with the magnitudes that the rows have."""
        super().start(weight)
        self.magnitude.copy_(self.form.matrix(weight).norm(dim=-1))

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """W' − W in the shape of the weight."""
        matrix = self.form.matrix(weight)
        moved = matrix + self.scale * (self.plain(self.B) @ self.plain(self.A))
        norm = moved.detach().norm(dim=-1, keepdim=True).clamp_min(torch.finfo(weight.dtype).tiny)
        return self.form.weight((self.magnitude[..., None] / norm) * moved - matrix)


class Pissa(Lora):
    """W + scale · (B A − B₀ A₀), where B₀ A₀ is the part of the largest singular values and the start of B A.

    What is kept frozen is W − scale · B₀ A₀; the difference to the original is what a file holds.

    Source   Meng, Wang & Zhang 2024, arXiv 2404.02948.
    """

    A_start: torch.Tensor
    B_start: torch.Tensor

    def __init__(self, form: MatrixForm, rank: int, scale: float = 1.0) -> None:
        super().__init__(form, rank, scale)
        self.register_buffer("A_start", torch.zeros_like(self.A))
        self.register_buffer("B_start", torch.zeros_like(self.B))

    @torch.no_grad()
    def start(self, weight: torch.Tensor) -> None:
        """B = U √σ and A = √σ Vᴴ."""
        left, sigma, right = self.singular(weight)
        root = sigma.sqrt()
        self.A.copy_(self.stored(root[..., None] * right.mH))
        self.B.copy_(self.stored(left * root[..., None, :]))
        self.A_start.copy_(self.A)
        self.B_start.copy_(self.B)

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """scale · (B A − B₀ A₀) in the shape of the weight; exactly zero at the start."""
        now, before = self.plain(self.B) @ self.plain(self.A), self.plain(self.B_start) @ self.plain(self.A_start)
        return self.form.weight(self.scale * (now - before))


class Full(WeightChange):
    """Every number of the weight, as its difference to the original."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.change = nn.Parameter(torch.zeros(shape))

    def start(self, weight: torch.Tensor) -> None:
        """The change is zero."""

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """The change."""
        return self.change.to(weight.dtype)
