"""Optimizers that keep one running mean of the gradient and step along a function of it."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from geomlearn.optimizers.base import MatrixOptimizer, alike, matrix_view, wide
from geomlearn.optimizers.newton_schulz import step_scale
from geomlearn.optimizers.options import MomentumOptions


class MomentumOptimizer(MatrixOptimizer):
    """W ← (1 − lr·wd)·W − lr·scale·f(G), with G the mean of the gradients or its Nesterov look-ahead.

    State per matrix: `momentum_buffer`, in the parameter's shape and dtype; half of Adam's memory.
    """

    options_model: ClassVar[type[MomentumOptions]] = MomentumOptions

    def direction(self, mean: Tensor, group: dict[str, Any]) -> Tensor:
        """The step f(G) of each matrix in the stack G (b, m, n), or of one (m, n), which must be left as it is."""
        raise NotImplementedError

    def scale(self, rows: int, columns: int, group: dict[str, Any]) -> float:
        """How much longer than the learning rate a step along f(G) is."""
        return step_scale(rows, columns, group["lr_scale"])

    def _step_matrices(self, params: list[Tensor], group: dict[str, Any]) -> None:
        for batch in alike(params, group["foreach"]):
            means = [self._mean(param, group) for param in batch]
            if len(means) == 1:
                changes: tuple[Tensor, ...] = (self.direction(means[0], group),)
            else:
                changes = self.direction(torch.stack(means), group).unbind()
            scale = self.scale(*means[0].shape, group)
            for param, change in zip(batch, changes, strict=True):
                descend(param, change.reshape(param.shape), group["lr"], scale, group["weight_decay"])

    def _mean(self, param: Tensor, group: dict[str, Any]) -> Tensor:
        state = self.state[param]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(param, memory_format=torch.preserve_format)
        gradient = -param.grad if group["maximize"] else param.grad
        return matrix_view(running_mean(gradient, state["momentum_buffer"], group["momentum"], group["nesterov"]))


def running_mean(gradient: Tensor, buffer: Tensor, momentum: float, nesterov: bool) -> Tensor:
    """Move `buffer` (in place) to μM + (1−μ)g and return it, or (1−μ)g + μM for Nesterov; half precision widened."""
    gradient = wide(gradient)
    if gradient.dtype is buffer.dtype:
        mean = buffer.lerp_(gradient, 1 - momentum)
    else:
        mean = torch.lerp(wide(buffer), gradient, 1 - momentum)
        buffer.copy_(mean)
    return torch.lerp(gradient, mean, momentum) if nesterov else mean


def descend(param: Tensor, change: Tensor, lr: float | Tensor, scale: float, weight_decay: float) -> None:
    """Shrink `param` by 1 − lr·wd, then move it by −lr·scale·change; `lr` may be a tensor, and is then never read."""
    if weight_decay:
        param.mul_(1 - lr * weight_decay)
    if isinstance(lr, Tensor):
        param.sub_(change * (lr.to(change.device) * scale))
    else:
        param.sub_(change, alpha=lr * scale)
