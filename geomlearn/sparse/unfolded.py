"""ISTA and IHT cut after T layers, with one learned step size each."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.weights import fitting, read_weights, write_weights
from geomlearn.sparse.options import UnfoldedOptions

_FORMAT = "geomlearn-unfolded"


class UnfoldedSolver(nn.Module):
    """T layers of a proximal gradient iteration; their T steps α_t are all its parameters.

    v = x + α_t Aᵀ(y − A x);  x ← sign(v) max(|v| − α_t λ, 0)  (ista, equation 1)
                              x ← v·1{|v| > √(2 α_t λ)}         (iht, equation 2), from x = 0.

    Parameters
    ----------
    operator (m, n)   A, which stays fixed.
    options           algorithm, λ, number of layers; the rest is for training.

    Attributes
    ----------
    fingerprint       of A: learned steps belong to its spectrum and are refused for another.

    Raises
    ------
    ParameterError    A holds values that are not finite, or nothing but zeros.

    Use when …   the same operator meets many measurements (sensors that stay where they are) and time per solve counts.
    Avoid when … the operator changes from case to case: run the plain iteration to its end.
    Source   Nagahisa, Hayakawa & Iiguni 2025, arXiv 2509.01331.
    Differs  1. α = softplus(β), from 1/‖A‖². 2. For iht α ≥ .05/‖A‖²: a vanishing step would switch the threshold off.
             3. `forward` takes extra layers at 1/‖A‖², a safe tail after the last learned one.
    """

    lipschitz: Tensor
    operator: Tensor

    def __init__(self, operator: np.ndarray | Tensor, options: UnfoldedOptions | None = None) -> None:
        super().__init__()
        self.options = options or UnfoldedOptions()
        matrix = torch.as_tensor(np.asarray(operator)).clone()
        matrix = matrix if matrix.dtype in (torch.float32, torch.float64) else matrix.to(torch.float64)
        if matrix.ndim != 2 or not bool(torch.isfinite(matrix).all()) or not bool(matrix.any()):
            raise ParameterError(
                f"An operator is a finite matrix (m, n) that is not all zero; got {tuple(matrix.shape)}.",
                "Check how it was built.",
            )
        self.register_buffer("operator", matrix)
        self.register_buffer("lipschitz", torch.linalg.matrix_norm(matrix, 2) ** 2)
        start = torch.log(torch.expm1(1 / self.lipschitz))
        self.beta = nn.Parameter(start.repeat(self.options.n_layers))
        self.fingerprint = hashlib.sha256(matrix.double().numpy().tobytes()).hexdigest()

    def steps(self) -> Tensor:
        """(T,) step sizes."""
        steps = softplus(self.beta)
        return steps.clamp(min=0.05 / float(self.lipschitz)) if self.options.algorithm == "iht" else steps

    def forward(self, measured: Tensor, n_layers: int | None = None, *, tail: int = 0) -> Tensor:
        """Codes (b, n) of measurements (b, m).

        Parameters
        ----------
        n_layers   only the first so many layers; the error is not monotone in it.
        tail       plain iterations at 1/‖A‖² afterwards.

        Raises
        ------
        SizeMismatch   measurements have another length than the operator has rows.
        """
        if measured.ndim != 2 or measured.shape[1] != len(self.operator):
            raise SizeMismatch(
                f"Measurements must be (b, {len(self.operator)}); got {tuple(measured.shape)}.",
                "One measurement a row.",
            )
        codes = measured.new_zeros(len(measured), self.operator.shape[1])
        for step in self.steps()[: self.options.n_layers if n_layers is None else n_layers]:
            codes = self.layer(codes, measured, step)
        for _ in range(tail):
            codes = self.layer(codes, measured, 1 / self.lipschitz)
        return codes

    def layer(self, codes: Tensor, measured: Tensor, step: Tensor) -> Tensor:
        """One iteration with a given step."""
        moved = codes + step * (measured - codes @ self.operator.mT) @ self.operator
        if self.options.algorithm == "ista":
            return moved.sign() * (moved.abs() - step * self.options.weight).clamp(min=0)
        return moved * (moved.abs() > torch.sqrt(2 * step * self.options.weight))

    def objective(self, codes: Tensor, measured: Tensor) -> Tensor:
        """(b,) ½‖y − A x‖² + λ‖x‖₁, or with ‖x‖₀ for iht."""
        data = 0.5 * ((measured - codes @ self.operator.mT) ** 2).sum(1)
        price = codes.abs().sum(1) if self.options.algorithm == "ista" else (codes != 0).sum(1)
        return data + self.options.weight * price

    def solve(self, measured: np.ndarray, operator: np.ndarray | None = None, *, tail: int = 0) -> np.ndarray:
        """Codes (b, n) of arrays; with `operator` it is checked to be the one that was trained for.

        Raises
        ------
        ParameterError   another operator, or measurements that are not finite.
        """
        if operator is not None and fingerprint(operator) != self.fingerprint:
            raise ParameterError(
                "These steps were learned for another operator.", "Train for this one, or use the plain iteration."
            )
        values = np.atleast_2d(np.asarray(measured, float))
        if not np.isfinite(values).all():
            raise ParameterError("Measurements hold values that are not finite.", "Leave those sensors out.")
        with torch.no_grad():
            return self(torch.as_tensor(values).to(self.operator.dtype), tail=tail).double().numpy()

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write steps and operator with their options; see `load`."""
        tensors = {"beta": self.beta, "operator": self.operator}
        return write_weights(path, _FORMAT, tensors, {"options": self.options.model_dump()}, force=force)

    @classmethod
    def load(cls, path: str | Path) -> UnfoldedSolver:
        """The solver of a file that `save` wrote.

        Raises
        ------
        FormatError   it holds none.
        """
        tensors, header = read_weights(path, _FORMAT, "unfolded solver", "geomlearn sense unfold")
        with fitting(path):
            solver = cls(tensors["operator"], UnfoldedOptions(**header["options"]))
            solver.load_state_dict({"beta": tensors["beta"]}, strict=False)
        return solver


def fingerprint(operator: np.ndarray) -> str:
    """What tells operators apart: the digest of their entries."""
    return hashlib.sha256(np.ascontiguousarray(operator, np.float64).tobytes()).hexdigest()
