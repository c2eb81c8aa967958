"""What the matrix optimizers share: validation, routing of parameters, the step, AdamW for the rest, state size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.options import MatrixOptions

# On a CPU stacking pays while a matrix fits the caches; above, the copies cost more than the calls saved.
SMALL = 128 * 128
# Largest stack, in numbers: bounds the memory a batched step takes on top of the parameters.
STACK = 2**25


class HyperparameterError(ParameterError, ValueError):
    """A hyper-parameter is out of range; also a ValueError, which torch's own optimizers raise."""


class MatrixOptimizer(torch.optim.Optimizer):
    """Base of optimizers that step matrices their own way and leave vectors and scalars to AdamW.

    Parameters
    ----------
    params   parameters, (name, parameter) pairs, or groups, as for every torch optimizer. A group may carry any option
             of its own, and `kind`: "matrix" or "adamw" for all of it (`use_muon` true or false says the same).
             Without, parameters of two or more dimensions step as matrices (size(0), −1), and the others form a group
             of their own behind it, so that a scheduler scales both learning rates.
    lr, **hyperparameters   the fields of `options_model`, each of which a group may override.

    Raises
    ------
    HyperparameterError   a value is out of range or unknown, or `fallback="error"` meets a vector.
    """

    options_model: ClassVar[type[MatrixOptions]] = MatrixOptions

    def __init__(self, params: Iterable[Any], lr: float | Tensor | None = None, **hyperparameters: Any) -> None:
        given = hyperparameters if lr is None else {"lr": lr, **hyperparameters}
        super().__init__(params, _validated(self.options_model, given))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; vectors in it become a second group, stepped by AdamW, unless the group says its `kind`."""
        group = dict(param_group)
        if "use_muon" in group:
            group["kind"] = "matrix" if group.pop("use_muon") else "adamw"
        members = group["params"]
        if isinstance(members, set):
            super().add_param_group(group)  # which refuses sets, having no order
            return
        members = [members] if isinstance(members, Tensor) else list(members)
        options = {name: value for name, value in {**self.defaults, **group}.items() if name in self.defaults}
        options = _validated(self.options_model, options)
        kind = group.get("kind", "auto")
        if kind not in ("auto", "matrix", "adamw"):
            raise HyperparameterError(f"A group of kind {kind!r} means nothing.", 'Use "matrix" or "adamw".')
        matrices = [member for member in members if kind != "adamw" and self.takes(_tensor(member), options)]
        vectors = [member for member in members if kind == "adamw" or not self.takes(_tensor(member), options)]
        # A group of matrices may hold some that a method leaves alone, such as those below its rank, but no vectors.
        strangers = [member for member in vectors if kind == "auto" or _tensor(member).ndim < 2]
        if strangers and (kind == "matrix" or (kind == "auto" and options["fallback"] == "error")):
            shape = tuple(_tensor(strangers[0]).shape)
            raise HyperparameterError(
                f"{type(self).__name__} steps matrices, and cannot step a parameter of shape {shape}.",
                'Give it to another optimizer, or use fallback="adamw".',
            )
        if matrices or not members:
            super().add_param_group({**group, **options, "params": matrices, "kind": "matrix"})
        if vectors:
            own = {"lr": "fallback_lr", "weight_decay": "fallback_weight_decay"} if kind == "auto" else {}
            own = {name: options[source] for name, source in own.items() if options[source] is not None}
            super().add_param_group({**group, **options, **own, "params": vectors, "kind": "adamw"})

    def takes(self, param: Tensor, options: dict[str, Any]) -> bool:
        """Whether `param` steps as a matrix; what does not is AdamW's."""
        return param.ndim >= 2

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """One step; `closure` evaluates the loss again and is returned. Gradients are read, never written.

        Raises
        ------
        RuntimeError   a gradient is sparse.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [param for param in group["params"] if param.grad is not None]
            for param in params:
                if param.grad.is_sparse:
                    raise RuntimeError(
                        f"{type(self).__name__} needs dense gradients, and one is sparse. Use sparse=False there."
                    )
            if params and group["kind"] == "adamw":
                self._step_adamw(params, group)
            elif params:
                self._step_matrices(params, group)
        return loss

    def _step_matrices(self, params: list[Tensor], group: dict[str, Any]) -> None:
        raise NotImplementedError

    def _step_adamw(self, params: list[Tensor], group: dict[str, Any]) -> None:
        """torch's own AdamW on `params`, with its state layout."""
        for param in params:
            state = self.state[param]
            if "exp_avg" not in state:
                state["step"] = torch.tensor(0.0)
                state["exp_avg"] = torch.zeros_like(param, memory_format=torch.preserve_format)
                state["exp_avg_sq"] = torch.zeros_like(param, memory_format=torch.preserve_format)
        beta1, beta2 = group["fallback_betas"]
        adamw(
            params,
            [param.grad for param in params],
            [self.state[param]["exp_avg"] for param in params],
            [self.state[param]["exp_avg_sq"] for param in params],
            [],
            [self.state[param]["step"] for param in params],
            foreach=group["foreach"] and not isinstance(group["lr"], Tensor),
            has_complex=any(param.is_complex() for param in params),
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["fallback_eps"],
            maximize=group["maximize"],
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("kind", "matrix")
            for name, value in self.options_model().model_dump().items():
                group.setdefault(name, value)


def matrix_view(tensor: Tensor) -> Tensor:
    """A tensor of two or more dimensions as the matrix (size(0), −1); shares memory where strides allow."""
    return tensor if tensor.ndim == 2 else tensor.flatten(1)


def alike(params: list[Tensor], foreach: bool | None) -> list[list[Tensor]]:
    """Parameters that may step in one batch: of one matrix shape, dtype and device, as far as `foreach` allows."""
    if foreach is False:
        return [[param] for param in params]
    buckets: dict[tuple[Any, ...], list[Tensor]] = defaultdict(list)
    for index, param in enumerate(params):
        alone = foreach is None and not param.is_cuda and param.numel() > SMALL
        buckets[index if alone else (matrix_view(param).shape, param.dtype, param.device)].append(param)
    batches = []
    for bucket in buckets.values():
        most = max(1, STACK // max(bucket[0].numel(), 1))
        batches += [bucket[start : start + most] for start in range(0, len(bucket), most)]
    return batches


def wide(tensor: Tensor) -> Tensor:
    """The tensor in at least single precision."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor


def optimizer_state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """Memory of all tensors in an optimizer's state."""
    tensors = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _tensor(member: Any) -> Any:
    member = member[1] if isinstance(member, tuple) else member
    if not isinstance(member, Tensor):
        raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(member).__name__}")
    return member


def _validated(model: type[MatrixOptions], values: dict[str, Any]) -> dict[str, Any]:
    """All options of `model` by name, checked; a learning rate may be a tensor of one element and stays one."""
    tensors = {name: value for name, value in values.items() if isinstance(value, Tensor)}
    for name, value in tensors.items():
        if name not in ("lr", "fallback_lr") or value.numel() != 1:
            raise HyperparameterError(f"{name} is a tensor of {value.numel()} elements.", "Give one number.")
    try:
        options = model(**{**values, **{name: float(value) for name, value in tensors.items()}})
    except ParameterError as error:
        raise HyperparameterError(error.message, error.hint) from None
    return {**options.model_dump(), **tensors}
