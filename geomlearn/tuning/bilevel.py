"""A bilevel problem: a loss of the solution of another problem, whose knobs are to be learned."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError


class BilevelProblem(ABC):
    """min_θ g(x̂(θ)),  x̂(θ) = argmin_x h(x, θ), with h(·, θ) smooth and strongly convex.

    Subclasses give h, g and their constants; gradients and second derivatives come from autograd, in float64.

    Attributes
    ----------
    convex_upper      whether g is convex.
    quadratic_lower   whether h is quadratic in x with a Hessian that θ does not move and J constant in x: then
                      the bound of the hypergradient needs no estimated constants.
    """

    convex_upper: bool = True
    quadratic_lower: bool = False

    @abstractmethod
    def lower(self, x: Tensor, theta: Tensor) -> Tensor:
        """h(x, θ), a scalar."""

    @abstractmethod
    def upper(self, x: Tensor) -> Tensor:
        """g(x), a scalar."""

    @abstractmethod
    def convexity(self, theta: Tensor) -> float:
        """μ(θ) > 0: h(·, θ) is at least so strongly convex."""

    @abstractmethod
    def smoothness(self, theta: Tensor) -> float:
        """L(θ): a Lipschitz constant of ∇_x h(·, θ)."""

    @property
    @abstractmethod
    def upper_smoothness(self) -> float:
        """L_g: a Lipschitz constant of ∇g."""

    @abstractmethod
    def start(self) -> Tensor:
        """A point (n,) or of any shape where the lower solve begins."""

    def lower_gradient(self, x: Tensor, theta: Tensor) -> Tensor:
        """∇_x h."""
        x = x.detach().requires_grad_()
        return torch.autograd.grad(self.lower(x, theta.detach()), x)[0]

    def upper_gradient(self, x: Tensor) -> tuple[float, Tensor]:
        """g and ∇g."""
        x = x.detach().requires_grad_()
        value = self.upper(x)
        return float(value.detach()), torch.autograd.grad(value, x)[0]

    def hessian_product(self, x: Tensor, theta: Tensor, v: Tensor) -> Tensor:
        """∇²_xx h · v."""
        x = x.detach().requires_grad_()
        gradient = torch.autograd.grad(self.lower(x, theta.detach()), x, create_graph=True)[0]
        return torch.autograd.grad(gradient, x, v)[0]

    def cross_product(self, x: Tensor, theta: Tensor, v: Tensor) -> Tensor:
        """Jᵀ v, J = ∇²_xθ h."""
        x, theta = x.detach().requires_grad_(), theta.detach().requires_grad_()
        gradient = torch.autograd.grad(self.lower(x, theta), x, create_graph=True)[0]
        found = torch.autograd.grad(gradient, theta, v, allow_unused=True)[0]
        return torch.zeros_like(theta) if found is None else found

    def cross_norm(self, x: Tensor, theta: Tensor, iterations: int = 12) -> float:
        """An estimate of ‖J‖ from above: power iteration on JᵀJ, then a tenth more."""
        generator = torch.Generator().manual_seed(0)
        v = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        size = 0.0
        for _ in range(iterations):
            v = v / v.norm()
            image = self.cross_product(x, theta, v)
            size = float(image.norm())
            if size == 0:
                return 0.0
            v = self._cross_forward(x, theta, image / image.norm())
        return 1.1 * size

    def _cross_forward(self, x: Tensor, theta: Tensor, direction: Tensor) -> Tensor:
        """J · direction, by forward over reverse."""
        x = x.detach()

        def gradient(knobs: Tensor) -> Tensor:
            return torch.func.grad(self.lower)(x, knobs)

        return torch.func.jvp(gradient, (theta.detach(),), (direction,))[1]

    def checked(self, theta: Tensor) -> Tensor:
        """θ as float64.

        Raises
        ------
        ParameterError   θ is not finite, or the lower problem is not strongly convex there.
        """
        theta = torch.as_tensor(theta, dtype=torch.float64).clone()
        if not bool(torch.isfinite(theta).all()):
            raise ParameterError("The first hyperparameters are not finite.", "Give numbers.")
        mu, smooth = self.convexity(theta), self.smoothness(theta)
        if not 0 < mu <= smooth < float("inf"):
            raise ParameterError(
                f"The lower problem is not smooth and strongly convex (μ = {mu:.3g}, L = {smooth:.3g}).",
                "Add a quadratic term, or smooth the penalty.",
            )
        return theta
