"""The sharpness of a surrogate's predictions under changes of its weights, kept small while it learns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from geomlearn.regularizers.options import IgniteOptions

Mean = Callable[[], Tensor]


class SurrogateSharpness:
    """Adds λ ρ ∇‖∇_ω h̄‖ to the gradients, h̄ the mean prediction of a batch; to be called before the optimizer's step.

    Parameters
    ----------
    model     the surrogate; its weights come back bit for bit, and whether it trains.
    options   "constrained" is IGNITE: λ grows while ρ n > ε, and falls to 0 while it is not, n = ‖∇_ω h̄‖.
              "penalty" is IGNITE-2: λ stays as it is.
    takes     which weights count, by name; all when None. The bias of the last layer alone makes n ≥ 1.

    Source   Dao et al. 2024, arXiv 2503.04242.
    Differs  1. λ is kept from becoming negative, where it would reward sharpness.
             2. Weights are restored from a copy, and n = 0 is no division by zero.
             3. Both passes are in evaluation mode and see the same random numbers, so that û − u holds no noise.
    """

    def __init__(
        self, model: nn.Module, options: IgniteOptions | None = None, takes: Callable[[str], bool] | None = None
    ) -> None:
        self.model, self.options = model, options or IgniteOptions()
        self.weights = [
            value for name, value in model.named_parameters() if value.requires_grad and (takes is None or takes(name))
        ]
        self.lam, self.norm = self.options.lam, 0.0

    def add_to_grad(self, mean: Mean) -> float:
        """Add the gradient of the penalty to `.grad`, move λ, and return n.

        Parameters
        ----------
        mean   h̄ of the batch, by calling the model anew.
        """
        options = self.options
        with _still(self.model):
            slope, norm = self._slope(mean)
            if norm > 0 and self.lam > 0:
                bend = self._exact(mean) if options.exact else self._bend(mean, slope, norm)
                for weight, part in zip(self.weights, bend, strict=True):
                    part = self.lam * options.rho * part
                    weight.grad = part if weight.grad is None else weight.grad + part
        if options.mode == "constrained":
            self.lam = max(0.0, self.lam + options.lam_lr * (options.rho * norm - options.epsilon))
        self.norm = norm
        return norm

    def gradient(self, mean: Mean) -> list[Tensor]:
        """∇_ω ‖∇_ω h̄‖ by the finite difference (û − u) / r, or exactly."""
        with _still(self.model):
            slope, norm = self._slope(mean)
            return self._exact(mean) if self.options.exact else self._bend(mean, slope, norm)

    def state_dict(self) -> dict[str, Any]:
        """λ, which carries over from step to step."""
        return {"lam": self.lam}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up λ."""
        self.lam = float(state["lam"])

    def _slope(self, mean: Mean) -> tuple[list[Tensor], float]:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            found = torch.autograd.grad(mean(), self.weights, allow_unused=True)
        slope = [torch.zeros_like(w) if g is None else g for w, g in zip(self.weights, found, strict=True)]
        return slope, float(torch.linalg.vector_norm(torch.stack([g.norm() for g in slope])))

    @torch.no_grad()
    def _bend(self, mean: Mean, slope: list[Tensor], norm: float) -> list[Tensor]:
        kept = [weight.clone() for weight in self.weights]
        try:
            for weight, part in zip(self.weights, slope, strict=True):
                weight.add_(part, alpha=self.options.r / norm)
            moved, _ = self._slope(mean)
        finally:
            for weight, value in zip(self.weights, kept, strict=True):
                weight.copy_(value)
        return [(there - here) / self.options.r for there, here in zip(moved, slope, strict=True)]

    def _exact(self, mean: Mean) -> list[Tensor]:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            found = torch.autograd.grad(mean(), self.weights, create_graph=True, allow_unused=True)
            norm = torch.stack([g.square().sum() for g in found if g is not None]).sum().sqrt()
            if not norm.requires_grad:
                return [torch.zeros_like(weight) for weight in self.weights]
            bend = torch.autograd.grad(norm, self.weights, allow_unused=True)
        return [torch.zeros_like(w) if g is None else g for w, g in zip(self.weights, bend, strict=True)]


@contextmanager
def _still(model: nn.Module) -> Iterator[None]:
    """Inside, nothing of the model is random or counts along."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
