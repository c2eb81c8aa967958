"""What the matrix optimizers share: validation, routing of parameters, the step, AdamW for the rest, state size."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.options import MatrixOptions

# On a CPU stacking pays while a matrix fits the caches; above, the copies cost more than the calls saved.
SMALL = 128 * 128
# What a group may carry beside its options; schedulers write the rates.
_KEYS = (
    "params",
    "kind",
    "use_muon",
    "name",
    "param_names",
    "fallback_scale",
    "initial_lr",
    "max_lr",
    "min_lr",
    "swa_lr",
)
# Largest stack, in numbers: bounds the memory a batched step takes on top of the parameters.
STACK = 2**25


class HyperparameterError(ParameterError, ValueError):
    """A hyper-parameter is out of range; also a ValueError, which torch's own optimizers raise."""


class MatrixOptimizer(torch.optim.Optimizer):
    """Base of optimizers that step matrices their own way and leave vectors and scalars to AdamW.

    Parameters
    ----------
    params   parameters, (name, parameter) pairs, or groups, as for every torch optimizer. A group may carry any option
             of its own, and `kind`: "matrix" or "adamw" for all of it (`use_muon` true or false says the same; `betas`
             and `eps` of an "adamw" group are AdamW's). Without, parameters of two or more dimensions step as matrices
             (size(0), −1), and the others by AdamW at `fallback_lr`, in the same group: what scales the group's `lr`
             scales both. `routing` says which is which.
    lr, **hyperparameters   the fields of `options_model`, each of which a group may override.

    Raises
    ------
    HyperparameterError   a value is out of range, an option unknown, or `fallback="error"` meets a vector.
    """

    options_model: ClassVar[type[MatrixOptions]] = MatrixOptions

    def __init__(self, params: Iterable[Any], lr: float | Tensor | None = None, **hyperparameters: Any) -> None:
        given = hyperparameters if lr is None else {"lr": lr, **hyperparameters}
        super().__init__(params, _validated(self.options_model, given))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; vectors in it step by AdamW, and all of it if its `kind` says so."""
        group = dict(param_group)
        if isinstance(group["params"], set):
            super().add_param_group(group)  # which refuses sets, having no order
            return
        members = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        kind = self._kind(group)
        options = {**self.defaults, **{name: value for name, value in group.items() if name in self.defaults}}
        if kind == "adamw":
            options["lr"] = _first(group.get("lr"), options["fallback_lr"], options["lr"])
            options["weight_decay"] = _first(group.get("weight_decay"), options["fallback_weight_decay"], 0.0)
        options = _validated(self.options_model, options)
        tensors = [_tensor(member) for member in members]
        scale = 1.0
        if kind != "adamw":
            self._check_members(tensors, kind, options)
            if not all(self.takes(tensor, options) for tensor in tensors):
                scale = _fallback_scale(options)
        scale = group.get("fallback_scale", scale)
        super().add_param_group({**group, **options, "params": members, "kind": kind, "fallback_scale": scale})

    def _kind(self, group: dict[str, Any]) -> str:
        """The group's kind, with other optimizers' words for it and its options put into ours."""
        if "use_muon" in group:
            group["kind"] = "matrix" if group.pop("use_muon") else "adamw"
        kind = group.get("kind", "auto")
        if kind not in ("auto", "matrix", "adamw"):
            raise HyperparameterError(f"A group of kind {kind!r} means nothing.", 'Use "matrix" or "adamw".')
        if kind == "adamw":
            for name in ("betas", "eps"):
                if name in group:
                    group[f"fallback_{name}"] = group.pop(name)
        unknown = [name for name in group if name not in self.defaults and name not in _KEYS]
        if unknown:
            near = difflib.get_close_matches(unknown[0], [*self.defaults, "kind"], 1)
            raise HyperparameterError(
                f"{type(self).__name__} has no option called {unknown[0]}.",
                f"Did you mean {near[0]}?" if near else f"It has {', '.join(self.defaults)}.",
            )
        return kind

    def _check_members(self, members: list[Tensor], kind: str, options: dict[str, Any]) -> None:
        # A group of matrices may hold some that a method leaves alone, such as those below its rank, but no vectors.
        strangers = [member for member in members if member.ndim < 2]
        if kind == "auto" and options["fallback"] == "error":
            strangers = [member for member in members if not self.takes(member, options)]
        if strangers and (kind == "matrix" or options["fallback"] == "error"):
            raise HyperparameterError(
                f"{type(self).__name__} steps matrices, and cannot step a parameter of shape "
                f"{tuple(strangers[0].shape)}.",
                'Give it to another optimizer, or use fallback="adamw".',
            )

    def routing(self) -> list[Route]:
        """One row per parameter, in the order of the groups: how it steps, and why."""
        rows = []
        for number, group in enumerate(self.param_groups):
            for index, param in enumerate(group["params"]):
                name = group["param_names"][index] if "param_names" in group else f"group {number}, {index}"
                matrix = group["kind"] != "adamw" and self.takes(param, group)
                rule = f"{param.ndim} dimensions" if matrix or param.ndim < 2 else "this method leaves it alone"
                rule = "its group says so" if group["kind"] == "adamw" else rule
                note = self.note_on(param, group) if matrix else ""
                rows.append(Route(name, tuple(param.shape), "matrix" if matrix else "adamw", rule, note=note))
        return rows

    def note_on(self, param: Tensor, group: dict[str, Any]) -> str:
        """What the method has to say about the step of this matrix."""
        return ""

    def takes(self, param: Tensor, options: dict[str, Any]) -> bool:
        """Whether `param` steps as a matrix; what does not is AdamW's."""
        return param.ndim >= 2

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
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
            matrices = [param for param in params if group["kind"] != "adamw" and self.takes(param, group)]
            if matrices:
                self._step_matrices(matrices, group)
            taken = {id(param) for param in matrices}
            for vectors in (True, False):
                rest = [param for param in params if id(param) not in taken and (param.ndim < 2) is vectors]
                if rest:
                    self._step_adamw(rest, group, _fallback_decay(group, vectors))
        return loss

    def _step_matrices(self, params: list[Tensor], group: dict[str, Any]) -> None:
        raise NotImplementedError

    def _step_adamw(self, params: list[Tensor], group: dict[str, Any], weight_decay: float) -> None:
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
            [param.grad for param in params if param.grad is not None],
            [self.state[param]["exp_avg"] for param in params],
            [self.state[param]["exp_avg_sq"] for param in params],
            [],
            [self.state[param]["step"] for param in params],
            foreach=group["foreach"] and not isinstance(group["lr"], Tensor),
            has_complex=any(param.is_complex() for param in params),
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=group["lr"] if group["fallback_scale"] == 1 else group["lr"] * group["fallback_scale"],
            weight_decay=weight_decay,
            eps=group["fallback_eps"],
            maximize=group["maximize"],
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("kind", "auto")
            group.setdefault("fallback_scale", 1.0)
            for name, value in self.options_model().model_dump().items():
                group.setdefault(name, value)


@dataclass(frozen=True)
class Route:
    """Where one parameter goes, and by which rule.

    Attributes
    ----------
    kind      "matrix" or "adamw".
    parts     blocks of rows that are matrices of their own;  stacked: a stack of matrices along the first axes.
    note      what the method adds for this shape, such as whose coefficients it takes.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    rule: str
    parts: int = 1
    stacked: bool = False
    note: str = ""


def matrix_view(tensor: Tensor) -> Tensor:
    """A tensor of two or more dimensions as the matrix (size(0), −1); shares memory where strides allow."""
    return tensor if tensor.ndim == 2 else tensor.flatten(1)


def gradient_of(param: Tensor, group: dict[str, Any]) -> Tensor:
    """What a parameter moves against: its gradient, turned where the loss is to grow."""
    if param.grad is None:
        raise RuntimeError("A parameter without a gradient cannot step.")
    return -param.grad if group["maximize"] else param.grad


def is_sharded(tensor: Tensor) -> bool:
    """Whether this is one of FSDP2's parameters, of which each process holds a part."""
    return hasattr(tensor, "device_mesh")


def alike(params: list[Tensor], foreach: bool | None) -> list[list[Tensor]]:
    """Parameters that may step in one batch: of one matrix shape, dtype and device, as far as `foreach` allows."""
    if foreach is False:
        return [[param] for param in params]
    buckets: dict[Hashable, list[Tensor]] = defaultdict(list)
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


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _fallback_scale(options: dict[str, Any]) -> float:
    """AdamW's learning rate over that of the matrices: a scheduler knows of one rate per group."""
    given, lr = options["fallback_lr"], float(options["lr"])
    if given is None or float(given) == lr:
        return 1.0
    if lr == 0:
        raise HyperparameterError(
            "fallback_lr cannot be kept beside lr = 0.", 'Give vectors a group of their own, with kind="adamw".'
        )
    return float(given) / lr


def _fallback_decay(group: dict[str, Any], vectors: bool) -> float:
    if group["kind"] == "adamw":
        return group["weight_decay"]
    if group["fallback_weight_decay"] is not None:
        return group["fallback_weight_decay"]
    return 0.0 if vectors else group["weight_decay"]


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
