"""Filters, their weights and their rounding, learned from pairs of clean and noisy images."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.tuning.bilevel import BilevelProblem


class FieldOfExperts(BilevelProblem):
    """x̂ = argmin_x ½‖x − y‖² + Σ_k e^{θ_k} Σ √((c_k ∗ x)² + e^{2θ_s}),  loss ½‖x̂ − clean‖² per pixel.

    θ holds the n weights, the rounding θ_s, and the n filters c_k, size × size each.

    Parameters
    ----------
    noisy, clean (f, h, w)   pairs of images.
    n, size                  number of filters, and their side.

    Raises
    ------
    SizeMismatch     the images do not fit each other, or the filters them.
    ParameterError   a value is not finite, or there are more filters than size² − 1.
    """

    def __init__(self, noisy: np.ndarray, clean: np.ndarray, n: int = 8, size: int = 3) -> None:
        noisy, clean = (np.atleast_3d(np.asarray(v, float)) for v in (noisy, clean))
        if noisy.shape != clean.shape or min(noisy.shape[1:]) < size or not noisy.size:
            raise SizeMismatch(
                f"Noisy {noisy.shape} and clean {clean.shape} images do not fit.",
                f"Give pairs of {size} pixels or more.",
            )
        if not (np.isfinite(noisy).all() and np.isfinite(clean).all()):
            raise ParameterError("Pairs of images must be finite numbers.", "Leave broken pairs out.")
        if not 1 <= n <= size**2 - 1:
            raise ParameterError(f"{n} filters of {size} × {size} begin alike.", f"Use 1 to {size**2 - 1}.")
        self.noisy, self.clean, self.n, self.size = torch.as_tensor(noisy), torch.as_tensor(clean), n, size

    def theta(self, weight: float = -5.0, rounding: float = -3.0) -> Tensor:
        """Where to begin: waves of the cosine transform without the constant, all of one weight."""
        along = np.cos(np.pi * (np.arange(self.size)[:, None] + 0.5) * np.arange(self.size) / self.size)
        along /= np.linalg.norm(along, axis=0)
        waves = np.einsum("ia,jb->abij", along, along).reshape(-1, self.size, self.size)[1 : self.n + 1]
        return torch.as_tensor(np.concatenate([np.full(self.n, weight), [rounding], waves.ravel()]))

    def lower(self, x: Tensor, theta: Tensor) -> Tensor:
        weights, rounding, filters = self._parts(theta)
        edge = self.size // 2
        # Wrapped around: then a filter's norm bounds that of its convolution.
        wrapped = pad(x[:, None], (edge, self.size - 1 - edge) * 2, mode="circular")
        answers = conv2d(wrapped, filters)
        price = torch.sqrt(answers**2 + torch.exp(2 * rounding)).sum((0, 2, 3))
        return 0.5 * ((x - self.noisy) ** 2).sum() + (torch.exp(weights) * price).sum()

    def upper(self, x: Tensor) -> Tensor:
        return 0.5 * ((x - self.clean) ** 2).sum() / self.noisy.numel()

    def convexity(self, theta: Tensor) -> float:
        return 1.0

    def smoothness(self, theta: Tensor) -> float:
        # ‖c ∗ x‖ ≤ ‖c‖₁ ‖x‖, and √(t² + s²) bends by at most 1/s.
        weights, rounding, filters = self._parts(theta)
        reach = filters.abs().sum((1, 2, 3)) ** 2
        return 1.0 + float((torch.exp(weights) * reach).sum()) * math.exp(-float(rounding))

    @property
    def upper_smoothness(self) -> float:
        return 1.0 / self.noisy.numel()

    def start(self) -> Tensor:
        return self.noisy.clone()

    def _parts(self, theta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n = self.n
        return theta[:n], theta[n], theta[n + 1 :].reshape(n, 1, self.size, self.size)
