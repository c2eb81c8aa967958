"""DCT-AdamW: Adam in the cosine modes that hold most of each gradient, chosen anew without any decomposition."""

from __future__ import annotations

import math
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
from geomlearn.optimizers.low_rank.dct import in_place_of, strongest
from geomlearn.optimizers.low_rank.projection import mode_rows, projector, restored, restores_by_fft
from geomlearn.optimizers.options import DCTAdamWOptions

# State that counts: load_state_dict would cast such tensors to the parameter's dtype, and bfloat16 has no 257.
_WHOLE = ("modes", "column_steps")


class DCTAdamW(MatrixOptimizer):
    """AdamW whose two running means keep, for each matrix, `rank` columns of its cosine transform.

    With G the gradient (m, n), m ≥ n (else transposed), Q the cosine basis of size n, and E = 0 or the error kept:
      A ← G + E;  S = A Q;  every `update_gap` steps I ← the `rank` columns of S with the largest norm;  a = S_I
      E ← A − a Q_Iᵀ  (residual = "error-feedback")
      where modes stay, columns of m and v stay with them; new modes start from zero
      m ← β₁m + (1−β₁)a,  v ← β₂v + (1−β₂)a²,  u = m̂ / (√v̂ + ε)
      W ← (1 − lr·wd)·W − lr·u Q_Iᵀ    [− lr·sign(A − a Q_Iᵀ) for residual = "signsgd"]

    State per matrix: 2·m·rank numbers and `rank` whole numbers; `error` of W's size with error feedback.

    Units    lr: AdamW's; entries of u Q_Iᵀ have a mean square near rank/n.
    Use when    optimizer memory binds, and the shorter side of the matrices has a meaningful order (frequencies,
                mesh-ordered features), so that cosines of it hold the gradient.
    Avoid when  full AdamW fits: low rank costs accuracy, also in the paper (perplexity 13.7 beside 11.7); or columns
                are unordered, where cosines hold no more than random modes do.
    Source   Modoranu et al. 2025, arXiv 2505.17967, and the ISTA-DASLab release.
    Differs  1. Modes are ranked by ℓ2, for which the contraction holds; ℓ1 as released is `score_p=1`. 2. The rotation
             Q_oldᵀ Q_new of the moments is a mask, modes that stay keeping their columns; it is on by default. 3. One
             basis per size, not per model. 4. `state_reset="per-column-step"` (ours): a mode chosen late otherwise
             steps (1−β₁)/√(1−β₂) = 3.2 times too far at first. 5. Error feedback in the parameter's precision, not 4
             or 8 bits. 6. `scores="sketch"` (ours) ranks modes by 64 sums of rows and costs one look at the gradient.
             7. Products of large matrices in half precision on processors that multiply in it. 8. Matrices of sides
             ≤ rank or ≥ max_dim, complex ones and vectors step by AdamW.
    """

    options_model: ClassVar[type[DCTAdamWOptions]] = DCTAdamWOptions

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; see the base. Sharded parameters are refused."""
        super().add_param_group(param_group)
        if any(map(is_sharded, self.param_groups[-1]["params"])):
            self.param_groups.pop()
            raise HyperparameterError(
                "DCTAdamW cannot step parameters that FSDP2 keeps in shards: modes are of whole matrices.",
                "Use DistributedDataParallel, or Muon, AuON or ROOT.",
            )

    def takes(self, param: Tensor, options: dict[str, Any]) -> bool:
        """Real matrices with a shorter side above `rank` and a longer one below `max_dim`."""
        if param.ndim < 2 or param.is_complex():
            return False
        sides = sorted(matrix_view(param).shape)
        return options["rank"] < sides[0] and sides[1] < options["max_dim"]

    def _step_matrices(self, params: list[Tensor], group: dict[str, Any]) -> None:
        for batch in alike(params, group["foreach"]):
            inputs = [self._input(param, group) for param in batch]
            stack = torch.stack(inputs) if len(inputs) > 1 else inputs[0][None]
            for param in batch:
                self.state[param]["step"] += 1
            # Matrices that started at different steps choose at different times.
            choosing = [(int(self.state[param]["step"]) - 1) % group["update_gap"] == 0 for param in batch]
            rows = mode_rows(stack, group)
            scores, columns = projector(stack, rows, any(choosing), group)
            for index, param in enumerate(batch):
                if choosing[index] and scores is not None:
                    self._choose(param, strongest(scores[index], group["rank"]), len(rows), group)
                modes = self.state[param]["modes"]
                chosen = rows.index_select(0, modes)
                self._apply(param, stack[index], columns(index, modes, chosen), chosen, group)

    def _input(self, param: Tensor, group: dict[str, Any]) -> Tensor:
        """A = G + E as a matrix with at least as many rows as columns, in at least single precision."""
        state = self.state[param]
        tall = tall_view(param)
        if "exp_avg" not in state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = param.new_zeros(tall.shape[0], group["rank"])
            state["exp_avg_sq"] = param.new_zeros(tall.shape[0], group["rank"])
            if group["residual"] == "error-feedback":
                state["error"] = torch.zeros_like(tall)
        gradient = wide(tall_view(gradient_of(param, group)))
        return gradient + wide(state["error"]) if "error" in state else gradient

    def _choose(self, param: Tensor, modes: Tensor, n: int, group: dict[str, Any]) -> None:
        state = self.state[param]
        if group["state_reset"] == "per-column-step" and "column_steps" not in state:
            state["column_steps"] = torch.zeros_like(modes)
        if "modes" in state and group["rotate"]:
            modes, stays = in_place_of(state["modes"], modes, n)
            for key in ("exp_avg", "exp_avg_sq", "column_steps"):
                if key in state:
                    state[key].mul_(stays)
        state["modes"] = modes

    def _apply(self, param: Tensor, whole: Tensor, kept: Tensor, chosen: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        if "column_steps" in state:
            state["column_steps"] += 1
        steps = state["column_steps"].to(kept.dtype) if "column_steps" in state else float(state["step"])
        u = adam_direction(kept, state["exp_avg"], state["exp_avg_sq"], steps, group["betas"], group["eps"])
        if group["residual"] == "drop" and self._descend_in_place(param, u, chosen, group):
            return
        if group["weight_decay"]:
            param.mul_(1 - group["lr"] * group["weight_decay"])
        update = restored(u, state["modes"], chosen, whole.shape[-1], group)
        if group["residual"] != "drop":
            missed = whole - restored(kept, state["modes"], chosen, whole.shape[-1], group)
            if "error" in state:
                state["error"].copy_(missed)
            else:
                update = update + missed.sign()
        if matrix_view(param).shape != tuple(update.shape):
            update = update.T
        if isinstance(group["lr"], Tensor):
            param.sub_(update.reshape(param.shape) * group["lr"].to(param.device))
        else:
            param.sub_(update.reshape(param.shape), alpha=group["lr"])

    @staticmethod
    def _descend_in_place(param: Tensor, u: Tensor, chosen: Tensor, group: dict[str, Any]) -> bool:
        """The whole step W ← (1 − lr·wd)·W − lr·u Q_Iᵀ in one product, where W can be written through; else False."""
        if not (param.dtype == u.dtype == chosen.dtype) or isinstance(group["lr"], Tensor):
            return False
        if not param.is_contiguous() or restores_by_fft(u, chosen, group):
            return False
        matrix = param.view(param.shape[0], -1)
        factors = (u, chosen) if matrix.shape == (len(u), chosen.shape[1]) else (chosen.T, u.T)
        matrix.addmm_(*factors, beta=1 - group["lr"] * group["weight_decay"], alpha=-group["lr"])
        return True

    def state_dict(self) -> dict[str, Any]:
        """As torch's; whole numbers are lists, which survive the casts of loading."""
        saved = super().state_dict()
        saved["state"] = {
            key: {name: value.tolist() if name in _WHOLE else value for name, value in state.items()}
            for key, state in saved["state"].items()
        }
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a saved state, bit for bit."""
        super().load_state_dict(state_dict)
        for param, state in self.state.items():
            for name in _WHOLE:
                if name in state:
                    state[name] = torch.tensor(state[name], dtype=torch.int64, device=param.device)


def adam_direction(
    gradient: Tensor,
    mean: Tensor,
    square: Tensor,
    steps: float | Tensor,
    betas: tuple[float, float],
    eps: float,
) -> Tensor:
    """Adam's m̂/(√v̂ + ε) after moving `mean` and `square` in place; `steps` may differ by column."""
    beta1, beta2 = betas
    if mean.dtype == gradient.dtype:
        first = mean.lerp_(gradient, 1 - beta1)
        second = square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    else:
        first, second = torch.lerp(gradient, wide(mean), beta1), torch.lerp(gradient.square(), wide(square), beta2)
        mean.copy_(first)
        square.copy_(second)
    root = (1 - beta2**steps).sqrt() if isinstance(steps, Tensor) else math.sqrt(1 - beta2**steps)
    return torch.div(first, second.sqrt().add_(eps * root)).mul_(root / (1 - beta1**steps))


def tall_view(tensor: Tensor) -> Tensor:
    """The matrix (size(0), −1), transposed if that has more columns than rows."""
    matrix = matrix_view(tensor)
    return matrix.T if matrix.shape[0] < matrix.shape[1] else matrix
