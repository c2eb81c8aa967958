"""Optimizers that keep one running mean of the gradient and step along a function of it."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from geomlearn.optimizers.base import (
    HyperparameterError,
    MatrixOptimizer,
    alike,
    gradient_of,
    is_sharded,
    matrix_view,
    wide,
)
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

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; see the base. Rows must divide into its `parts`."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for param in group["params"]:
            rows = param.shape[-2 if group["stacked"] else 0] if self.takes(param, group) else 0
            if group["kind"] != "adamw" and rows % group["parts"]:
                self.param_groups.pop()
                raise HyperparameterError(
                    f"A parameter of shape {tuple(param.shape)} does not divide into {group['parts']} blocks of rows.",
                    "Give such parameters a group of their own.",
                )

    def _step_matrices(self, params: list[Tensor], group: dict[str, Any]) -> None:
        for param in filter(is_sharded, params):
            self._step_sharded(param, group)
        for batch in alike([param for param in params if not is_sharded(param)], group["foreach"]):
            means = [pieces(self._mean(param, group), group) for param in batch]
            if len(means) == 1:
                changes: tuple[Tensor, ...] = (self.direction(means[0], group),)
            else:
                changes = self.direction(torch.stack(means), group).unbind()
            scale = self.scale(means[0].shape[-2], means[0].shape[-1], group)
            for param, change in zip(batch, changes, strict=True):
                descend(param, change.reshape(param.shape), group["lr"], scale, group["weight_decay"])

    def _step_sharded(self, param: Any, group: dict[str, Any]) -> None:
        """A parameter that FSDP2 keeps in shards: f is of the whole mean, of which every process keeps its shard."""
        whole: Any = self._mean(param, group)
        mean = pieces(whole.full_tensor(), group)
        change = self.direction(mean, group).reshape(param.shape)
        spread = type(param).from_local(change, param.device_mesh, run_check=False)
        shard = spread.redistribute(param.device_mesh, param.placements)
        descend(param, shard, group["lr"], self.scale(mean.shape[-2], mean.shape[-1], group), group["weight_decay"])

    def _mean(self, param: Tensor, group: dict[str, Any]) -> Tensor:
        state = self.state[param]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(param, memory_format=torch.preserve_format)
        return running_mean(gradient_of(param, group), state["momentum_buffer"], group["momentum"], group["nesterov"])


def pieces(tensor: Tensor, group: dict[str, Any]) -> Tensor:
    """The matrices (…, m, n) that a parameter is made of: one (size(0), −1), a stack, or equal blocks of rows."""
    matrices = tensor.flatten(0, -3) if group["stacked"] and tensor.ndim > 2 else matrix_view(tensor)
    return matrices if group["parts"] == 1 else matrices.unflatten(-2, (group["parts"], -1))


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
