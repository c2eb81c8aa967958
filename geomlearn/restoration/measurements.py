"""What was measured of a signal: everything, a part, a blur, a few sensors; each a linear map with its adjoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Measurement:
    """A and Aᵀ on rows of coordinates.

    Attributes
    ----------
    forward, adjoint   (b, n) → (b, m) and back.
    norm               ‖AᵀA‖, not from below.
    n                  number of coordinates.
    """

    forward: Callable[[Tensor], Tensor]
    adjoint: Callable[[Tensor], Tensor]
    norm: float
    n: int


def of_matrix(matrix: np.ndarray | Tensor) -> Measurement:
    """The map of a matrix (m, n).

    Raises
    ------
    ParameterError   it is not finite, or all zero: nothing would be measured.
    """
    a = torch.as_tensor(np.asarray(matrix)).double()
    if a.ndim != 2 or not a.numel() or not bool(torch.isfinite(a).all()) or not bool(a.any()):
        raise ParameterError("Nothing is measured, or not in finite numbers.", "Look at the mask or the sensors.")
    norm = float(torch.linalg.matrix_norm(a, 2)) ** 2
    return Measurement(lambda x: x @ a.mT, lambda y: y @ a, norm * (1 + 1e-12), a.shape[1])


def of_functions(
    forward: Callable[[Tensor], Tensor], adjoint: Callable[[Tensor], Tensor], n: int, norm: float
) -> Measurement:
    """A map given by functions; `norm` bounds ‖AᵀA‖.

    Raises
    ------
    ParameterError   the adjoint is not one.
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, n, generator=generator, dtype=torch.float64)
    image = forward(x)
    y = torch.randn(image.shape, generator=generator, dtype=torch.float64)
    if abs(float((image * y).sum() - (x * adjoint(y)).sum())) > 1e-8 * float(image.norm() * y.norm() + 1):
        raise ParameterError("The adjoint does not belong to the map.", "⟨Ax, y⟩ must be ⟨x, Aᵀy⟩.")
    return Measurement(forward, adjoint, norm, n)


def of_known(known: np.ndarray) -> Measurement:
    """The values at some places of a signal, (n,) true where they are known.

    Raises
    ------
    ParameterError   none is.
    """
    if not known.any():
        raise ParameterError("No value of the signal is known.", "A mask must leave something.")
    share = torch.as_tensor(known).double()
    return Measurement(lambda x: x * share, lambda y: y * share, 1.0, len(known))


def of_blur(side: int, width: float) -> Measurement:
    """A Gaussian blur of square images, mirrored at the edges; `width` in pixels."""
    places = np.arange(side)
    # The half-sample cosine transform diagonalises mirrored blurs, which keeps the map symmetric.
    waves = np.cos(np.pi * (places[:, None] + 0.5) * places[None, :] / side)
    waves /= np.linalg.norm(waves, axis=0)
    along = torch.as_tensor(waves @ np.diag(np.exp(-0.5 * (np.pi * width * places / side) ** 2)) @ waves.T)

    def blur(x: Tensor) -> Tensor:
        return (along @ x.reshape(-1, side, side) @ along).reshape(len(x), -1)

    return of_functions(blur, blur, side * side, 1.0)
