"""A network that is exactly the proximal operator of some function, and that function itself."""

from __future__ import annotations

import math

from torch import Tensor, nn

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.restoration.convex import ConvexConvolution, ConvexNetwork
from geomlearn.restoration.newton import minimize_each
from geomlearn.restoration.options import LpnOptions


class LearnedProximal(nn.Module):
    """f = ∇ψ with ψ convex, hence f = prox_R for R(x) = ⟨y, x⟩ − ½‖x‖² − ψ(y) at y = f⁻¹(x) (equations 1 and 2).

    Signals are rows (b, n), in units of the noise that the network is trained with.

    Parameters
    ----------
    n         number of values.
    options   widths, sharpness, α.
    images    whether a signal is a square image, for convolutions.

    Raises
    ------
    ParameterError   images that are not square.

    Use when …   a prior is to be learned that denoises, restores with a guarantee, and can be read as a number.
    Avoid when … the least mean squared error is all that counts: a plain network has fewer constraints.
    Source   Fang, Buchanan & Sulam 2023, arXiv 2310.14344.
    Differs  1. a quadratic with one weight a value stands beside the layers, so that training begins at the best
             linear denoiser. 2. softplus weights instead of cut ones, cutting as an option. 3. `proximal` of t·R for
             0 < t ≤ 1 is another convex problem, so that one network serves all noises up to its own.
    """

    def __init__(self, n: int, options: LpnOptions | None = None, *, images: bool = False) -> None:
        super().__init__()
        self.n, self.options, self.images = n, options or LpnOptions(), images
        if images and math.isqrt(n) ** 2 != n:
            raise ParameterError(f"{n} values are no square image.", "Give square images, or learn without images.")
        self.potential = (ConvexConvolution if images else ConvexNetwork)(n, self.options)

    def forward(self, y: Tensor) -> Tensor:
        """f(y) = ∇ψ(y), (b, n)."""
        self._check(y)
        return self.potential.gradient(y)

    def inverse(self, x: Tensor) -> Tensor:
        """y with f(y) = x: the minimum of ψ(y) − ⟨x, y⟩.

        Raises
        ------
        ParameterError   α = 0: f need not reach every x.
        SolverError      x is too far away.
        """
        self._check(x)
        if self.options.convexity == 0:
            raise ParameterError("R is not finite everywhere when α = 0.", "Train with convexity > 0.")
        return minimize_each(lambda y: self.potential(y) - (x * y).sum(1), x)

    def prior(self, x: Tensor) -> Tensor:
        """R(x) (b,), up to one constant: −log of the density where matching was proximal."""
        return self.prior_at(self.inverse(x))

    def prior_at(self, y: Tensor) -> Tensor:
        """R(f(y)) (b,), which needs no inversion."""
        y = y.detach()
        x = self(y).detach()
        return (y * x).sum(1) - 0.5 * (x**2).sum(1) - self.potential(y).detach()

    def proximal(self, y: Tensor, scale: float = 1.0, start: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """prox of t·R, R there, and u: x = f(u) with t·u + (1 − t) f(u) = y (equation 3).

        Parameters
        ----------
        scale   t: the noise over that of training, squared; for t ≤ 1 the problem is strictly convex.
        start   a guess of u, such as that of the iteration before.

        Raises
        ------
        ParameterError   t is not in (0, 1].
        """
        if not 0 < scale <= 1 + 1e-6:
            raise ParameterError(
                f"The prior knows noise up to its own; {math.sqrt(max(scale, 0)):.3g} times that was asked for.",
                "Learn one at more noise, or say less.",
            )
        self._check(y)
        u = y = y.detach()
        if scale < 1 - 1e-6:
            u = minimize_each(
                lambda v: 0.5 * scale * (v**2).sum(1) + (1 - scale) * self.potential(v) - (y * v).sum(1),
                y if start is None else start,
            )
        return self(u).detach(), self.prior_at(u), u

    def _check(self, x: Tensor) -> None:
        if x.ndim != 2 or x.shape[1] != self.n:
            raise SizeMismatch(f"Signals must be (b, {self.n}); got {tuple(x.shape)}.", "One signal a row.")
