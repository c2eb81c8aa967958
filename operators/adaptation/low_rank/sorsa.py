"""The top singular triples of a weight, trained as they are and kept orthonormal by a penalty."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.adaptation.low_rank.change import LowRankChange
from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm


class Sorsa(LowRankChange):
    """W + scale · (U diag(s) Vᴴ − U₀ diag(s₀) V₀ᴴ), the start being the largest singular triples of W.

    What is kept frozen is the residual W − scale · U₀ diag(s₀) V₀ᴴ; a file holds the difference to W.

    Source   Cao 2024, arXiv 2409.00055.
    Differs  1. The residual is not stored: the original is, so that taking the change away restores every bit.
             2. Kernels are reshaped, and complex spectral weights have one decomposition per mode.
    """

    U_start: torch.Tensor
    s_start: torch.Tensor
    V_start: torch.Tensor

    def __init__(self, form: MatrixForm, rank: int, scale: float = 1.0) -> None:
        super().__init__(form, rank, scale)
        m, n = form.size
        self.U, self.V = self.factor(m, self.rank), self.factor(n, self.rank)
        self.s = nn.Parameter(torch.zeros(*form.stack, self.rank))
        for name in ("U", "s", "V"):
            self.register_buffer(f"{name}_start", torch.zeros_like(getattr(self, name)))

    @torch.no_grad()
    def start(self, weight: torch.Tensor) -> None:
        """The largest singular triples of the weight."""
        left, sigma, right = self.singular(weight)
        self.U.copy_(self.stored(left))
        self.V.copy_(self.stored(right))
        self.s.copy_(sigma)
        for name in ("U", "s", "V"):
            getattr(self, f"{name}_start").copy_(getattr(self, name))

    def product(self) -> torch.Tensor:
        """U diag(s) Vᴴ as it is now, (…, m, n)."""
        return (self.plain(self.U) * self.s[..., None, :]) @ self.plain(self.V).mH

    def residual(self, weight: torch.Tensor) -> torch.Tensor:
        """What of the weight is kept frozen, as a matrix (…, m, n)."""
        return self.form.matrix(weight) - self.scale * self._product_at_start()

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """scale · (U diag(s) Vᴴ − U₀ diag(s₀) V₀ᴴ) in the shape of the weight; exactly zero at the start."""
        return self.form.weight(self.scale * (self.product() - self._product_at_start()))

    def penalty(self) -> torch.Tensor:
        """Mean of ‖UᴴU − I‖_F and ‖VᴴV − I‖_F, over the stack as well."""
        norms = [orthonormality(self.plain(factor)) for factor in (self.U, self.V)]
        return torch.stack([norm.mean() for norm in norms]).mean()

    def _product_at_start(self) -> torch.Tensor:
        return (self.plain(self.U_start) * self.s_start[..., None, :]) @ self.plain(self.V_start).mH


def orthonormality(columns: torch.Tensor, *, squared: bool = False) -> torch.Tensor:
    """‖UᴴU − I‖_F, not squared unless asked for, of one matrix (m, r) or of each in a stack.

    Its gradient is 2 U G / ‖G‖_F with G = UᴴU − I; zero where U is orthonormal.
    """
    gram = columns.mH @ columns
    gap = torch.linalg.matrix_norm(gram - torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device))
    return gap**2 if squared else gap


def penalty(model: nn.Module) -> torch.Tensor:
    """Mean over all adapted weights of the model; a stack of matrices counts as one."""
    terms = [module.penalty() for module in model.modules() if isinstance(module, Sorsa)]
    return torch.stack(terms).mean()
