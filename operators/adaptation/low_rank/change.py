"""What all changes of a weight share: they are added to it, can be silenced, and know how much they have to learn."""

from __future__ import annotations

import torch
from torch import nn

from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm


class WeightChange(nn.Module):
    """W ↦ W + difference(W), or W itself, bit for bit, while `enabled` is false."""

    def __init__(self) -> None:
        super().__init__()
        self.enabled = True

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The weight with its change."""
        return weight + self.difference(weight) if self.enabled else weight

    def difference(self, weight: torch.Tensor) -> torch.Tensor:
        """What is added to the weight."""
        raise NotImplementedError


class LowRankChange(WeightChange):
    """A change of low rank of a matrix, or of every matrix of a stack.

    Parameters
    ----------
    form    how the weight is read as a matrix.
    rank    at most the smaller side of the matrix is taken.
    scale   the change is multiplied by it.
    """

    def __init__(self, form: MatrixForm, rank: int, scale: float = 1.0) -> None:
        super().__init__()
        self.form, self.scale = form, scale
        self.rank = min(rank, *form.size)

    def factor(self, rows: int, columns: int) -> nn.Parameter:
        """A matrix of zeros to learn; complex ones are stored as pairs of real numbers."""
        pair = (2,) if self.form.spectral else ()
        return nn.Parameter(torch.zeros(*self.form.stack, rows, columns, *pair))

    def plain(self, factor: torch.Tensor) -> torch.Tensor:
        """The matrices in a stored factor."""
        return torch.view_as_complex(factor.contiguous()) if self.form.spectral else factor

    def stored(self, matrix: torch.Tensor) -> torch.Tensor:
        """A matrix as it is stored."""
        return torch.view_as_real(matrix.resolve_conj().contiguous()) if self.form.spectral else matrix

    def singular(self, weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """U (…, m, r), σ (…, r) and V (…, n, r) of the largest singular values, found in double precision."""
        matrix = self.form.matrix(weight.detach())
        double = torch.complex128 if matrix.is_complex() else torch.float64
        left, sigma, right = torch.linalg.svd(matrix.cpu().to(double), full_matrices=False)
        r = self.rank
        left, sigma, right = left[..., :r], sigma[..., :r], right[..., :r, :].mH
        return left.to(matrix), sigma.to(matrix.real if matrix.is_complex() else matrix), right.to(matrix)
