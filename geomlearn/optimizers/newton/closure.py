"""Gradient-normalized Newton as a torch optimizer of whole batches, by closure like LBFGS."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator
from torch import Tensor

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.base import HyperparameterError
from geomlearn.optimizers.newton.gradient_normalized import Point, gns_step
from geomlearn.optimizers.newton.systems import Hessian, Metric
from geomlearn.optimizers.options import GradientNormalizedOptions

Kind = Literal["exact", "gauss-newton", "fisher", "zero"]


class GradientNormalizedNewton(torch.optim.Optimizer):
    """x ← x − (H + ‖g‖/γ)⁻¹ g with a γ that doubles when the step held what it promised, and halves until one does.

    ``step(closure)`` takes one accepted step. Frozen parameters stay where they are. The closure evaluates the whole
    batch and does not call ``backward``:
    it returns the loss ("exact", "zero"), the residuals r of ½‖r‖² ("gauss-newton"), or one loss per sample, whose
    mean is minimized ("fisher").

    Units    γ: a length in the space of all parameters together.
    Use when    a few thousand parameters at most are fitted to a whole batch: heads, registrations, small residual
                problems; `solver="cholesky"` where the Hessian itself fits and products are slower.
    Avoid when  batches are drawn at random: two looks at one point must agree (a warning says when they do not).
    Source   Semenov, Jaggi & Doikov 2025, arXiv 2506.13710; see `gns_minimize` for what differs.
    """

    def __init__(self, params: Iterable[Any], gamma0: float = 1.0, hessian: Kind = "exact", **options: Any) -> None:
        if hessian not in ("exact", "gauss-newton", "fisher", "zero"):
            raise HyperparameterError(f"hessian = {hessian!r} is none of exact, gauss-newton, fisher, zero.")
        try:
            chosen = GradientNormalizedOptions(gamma0=gamma0, **{"solver": "cg", **options})
        except ParameterError as error:
            raise HyperparameterError(error.message, error.hint) from None
        if chosen.solver == "rank1":
            raise HyperparameterError("rank1 needs the vector of `gns_minimize`.", "Use cholesky or cg here.")
        super().__init__(params, {"hessian": hessian, **chosen.model_dump()})
        if len(self.param_groups) != 1:
            raise HyperparameterError("One group holds all parameters: they share γ.", "Give one list.")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One accepted step; returns the loss before it. Where no step helps, nothing moves and `stalled` is set.

        Raises
        ------
        HyperparameterError   there is no closure, it calls ``backward``, what it returns does not fit `hessian`, or no
                              parameter is trainable.
        ParameterError        the loss or its gradient is not finite where the step starts.
        """
        if closure is None:
            raise HyperparameterError("A closure is needed: steps are tried before they are taken.")
        group = self.param_groups[0]
        params = [param for param in group["params"] if param.requires_grad]
        if not params:
            raise HyperparameterError("All parameters are frozen.", "Unfreeze a layer.")
        state = self.state[group["params"][0]]
        options = GradientNormalizedOptions(**{name: group[name] for name in GradientNormalizedOptions.model_fields})

        def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
            _write(params, x)
            loss, gradient, _ = self._look(closure, params, False)
            return loss, gradient

        start = _read(params)
        loss, gradient, hessian = self._look(closure, params, True)
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            raise ParameterError(
                "The loss or its gradient is not finite where the step starts.", "Look at the data, or start elsewhere."
            )
        if not state:
            state.update(gamma=group["gamma0"], n_iter=0, n_solves=0, stalled=False)
            again, *_ = self._look(closure, params, False)
            if abs(again - loss) > 1e-6 * abs(loss):
                warnings.warn(
                    "Two looks at one point gave different losses: gradient-normalized Newton needs the whole batch "
                    "and no dropout.",
                    stacklevel=3,
                )
        try:
            found = gns_step(Point(start, loss, gradient), hessian, state["gamma"], evaluate, Metric(), options)
        except BaseException:
            _write(params, start)
            raise
        _write(params, found.point.x)
        state["gamma"] = float(found.next_gamma) if found.accepted else state["gamma"]
        state["n_iter"] += int(found.accepted)
        state["n_solves"] += int(found.trials)
        state["stalled"] = not found.accepted
        return torch.tensor(loss, dtype=torch.promote_types(params[0].dtype, torch.float32))

    def _look(
        self, closure: Callable[[], Tensor], params: list[Tensor], with_hessian: bool
    ) -> tuple[float, np.ndarray, Hessian]:
        group = self.param_groups[0]
        kind = group["hessian"]
        with torch.enable_grad():
            output = _forward(closure, params)
            scalar = kind in ("exact", "zero")
            if (output.ndim != 0) is scalar:
                raise HyperparameterError(
                    f"hessian={kind!r} needs a closure that returns {'the loss' if scalar else 'a vector'}; this one "
                    f"returned shape {tuple(output.shape)}."
                )
            loss = output if scalar else output.square().sum() / 2 if kind == "gauss-newton" else output.mean()
            twice = with_hessian and kind == "exact"
            keep = twice or (with_hessian and not scalar)
            gradients = _filled(
                params, torch.autograd.grad(loss, params, create_graph=twice, retain_graph=keep, allow_unused=True)
            )
            gradient = torch.cat([part.reshape(-1) for part in gradients])
            hessian = self._hessian(kind, output, gradient, params, group) if with_hessian and kind != "zero" else None
        return float(loss.detach()), gradient.detach().double().cpu().numpy(), hessian

    @staticmethod
    def _hessian(kind: Kind, output: Tensor, gradient: Tensor, params: list[Tensor], group: dict[str, Any]) -> Hessian:
        if kind == "exact" and group["solver"] == "cg":
            start = [param.detach().clone() for param in params]

            def product(vector: np.ndarray) -> np.ndarray:
                # Trials move the parameters; the graph of the gradient belongs to where they started.
                for param, value in zip(params, start, strict=True):
                    param.data.copy_(value)
                direction = torch.as_tensor(vector.ravel(), dtype=gradient.dtype, device=gradient.device)
                image = torch.autograd.grad(gradient, params, direction, retain_graph=True, allow_unused=True)
                return torch.cat([p.reshape(-1) for p in _filled(params, image)]).double().cpu().numpy()

            return LinearOperator((len(gradient), len(gradient)), matvec=product, dtype=float)
        rows = (gradient if kind == "exact" else output.reshape(-1)).contiguous()
        jacobian = _jacobian(rows, params)
        if kind == "exact":
            return (jacobian + jacobian.T) / 2
        jacobian = jacobian / len(rows) ** 0.5 if kind == "fisher" else jacobian
        if group["solver"] == "cg":
            return LinearOperator(
                (len(gradient),) * 2, matvec=lambda v: jacobian.T @ (jacobian @ v.ravel()), dtype=float
            )
        return jacobian.T @ jacobian


def _forward(closure: Callable[[], Tensor], params: list[Tensor]) -> Tensor:
    """What the closure returns, and a sentence where it has used up the graph by ``backward``."""
    kept = [param.grad for param in params]
    for param in params:
        param.grad = None
    output = closure()
    if any(param.grad is not None for param in params):
        raise HyperparameterError(
            "The closure calls backward(): the derivatives it takes are not those of a Newton step.",
            "Return the loss alone, without backward() and zero_grad().",
        )
    for param, gradient in zip(params, kept, strict=True):
        param.grad = gradient
    return output


def _jacobian(rows: Tensor, params: list[Tensor]) -> np.ndarray:
    """(len(rows), d) derivatives of each entry of `rows`."""
    if not rows.requires_grad:
        return np.zeros((len(rows), sum(param.numel() for param in params)))
    identity = torch.eye(len(rows), dtype=rows.dtype, device=rows.device)
    parts = torch.autograd.grad(rows, params, identity, is_grads_batched=True, allow_unused=True)
    blocks = [
        rows.new_zeros(len(rows), param.numel()) if part is None else part.reshape(len(rows), -1)
        for param, part in zip(params, parts, strict=True)
    ]
    return torch.cat(blocks, 1).double().cpu().numpy()


def _filled(params: list[Tensor], parts: tuple[Tensor | None, ...]) -> list[Tensor]:
    return [torch.zeros_like(param) if part is None else part for param, part in zip(params, parts, strict=True)]


def _read(params: list[Tensor]) -> np.ndarray:
    kept = torch.cat([param.detach().reshape(-1) for param in params])
    return (kept if kept.dtype is torch.float64 else kept.float()).cpu().numpy()


def _write(params: list[Tensor], x: np.ndarray) -> None:
    at = 0
    values = torch.as_tensor(x)
    for param in params:
        # Through data: a trial must not invalidate the graph that Hessian products are taken from.
        param.data.copy_(values[at : at + param.numel()].reshape(param.shape))
        at += param.numel()
