"""Which parameters of a model step as matrices, and which by AdamW."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any, Literal

from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.signal_paths import LAYERS, followed
from geomlearn.optimizers.base import Route

Choice = Literal["matrix", "adamw", "stack"] | int
_EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)
_MATRICES = (*LAYERS, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_GATES = {nn.LSTM: 4, nn.GRU: 3, nn.RNN: 1, nn.LSTMCell: 4, nn.GRUCell: 3, nn.RNNCell: 1}
# A stack of experts holds matrices; anything thinner (pairs of reals, positions) is not worth their polar factor.
_THINNEST = 8


def routes(
    model: nn.Module, overrides: Mapping[str, Choice] | None = None, probe: Callable[[], object] | None = None
) -> list[Route]:
    """One row per trainable parameter of `model`, in its order.

    Weights of dense, convolutional, recurrent and attention modules are matrices; fused projections (attention's, gates
    of recurrent modules, a dense layer with three times as many outputs as inputs) are cut into theirs. Bare parameters
    of three dimensions are stacks of matrices (experts). Embeddings and whatever shares their weight, layers that read
    the model's inputs or give its outputs, vectors, and all other bare parameters are AdamW's.

    Parameters
    ----------
    overrides   patterns of names and what holds for them: "matrix", "adamw", "stack", or into how many blocks of rows
                a fused matrix is cut. The first that fits decides.
    probe       calls the model on some inputs, so that its first and last layers are seen. Without it they are found
                by tracing, or where a model cannot be traced, by the order of registration.
    """
    outer = _outer(model, probe)
    owners: dict[int, list[tuple[str, nn.Module]]] = {}
    for prefix, module in model.named_modules():
        for own, parameter in module.named_parameters(recurse=False):
            owners.setdefault(id(parameter), []).append((f"{prefix}.{own}" if prefix else own, module))
    rows = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            choice = next((value for key, value in (overrides or {}).items() if fnmatchcase(name, key)), None)
            rows.append(_chosen(name, parameter, choice) or _by_owner(name, parameter, owners[id(parameter)], outer))
    if any(row.kind == "matrix" for row in rows) or not outer:
        return rows
    # A model of nothing but first and last layers has no others to step as matrices.
    return _without_outer(model, rows, owners)


def _without_outer(
    model: nn.Module, rows: Sequence[Route], owners: Mapping[int, list[tuple[str, nn.Module]]]
) -> list[Route]:
    parameters = dict(model.named_parameters())
    again = [_by_owner(row.name, parameters[row.name], owners[id(parameters[row.name])], {}) for row in rows]
    return [old if old.rule == "as asked" else new for old, new in zip(rows, again, strict=True)]


def _chosen(name: str, parameter: Tensor, choice: Choice | None) -> Route | None:
    if choice is None:
        return None
    kind = "adamw" if choice == "adamw" or parameter.ndim < 2 else "matrix"
    parts = choice if isinstance(choice, int) and kind == "matrix" else 1
    return Route(name, tuple(parameter.shape), kind, "as asked", parts, choice == "stack" and kind == "matrix")


def _by_owner(name: str, parameter: Tensor, owners: Sequence[tuple[str, nn.Module]], outer: Mapping[str, str]) -> Route:
    shape = tuple(parameter.shape)
    first, module = owners[0]
    if parameter.ndim < 2:
        return Route(name, shape, "adamw", "fewer than 2 dimensions")
    if any(isinstance(owner, _EMBEDDINGS) for _, owner in owners):
        return Route(name, shape, "adamw", "an embedding" if len(owners) == 1 else "shared with an embedding")
    place = next((outer[path.rpartition(".")[0]] for path, _ in owners if path.rpartition(".")[0] in outer), None)
    if place:
        return Route(name, shape, "adamw", place)
    own = first.rpartition(".")[2]
    if isinstance(module, _MATRICES) and own == "weight":
        fused = isinstance(module, nn.Linear) and shape[0] == 3 * shape[1]
        return Route(name, shape, "matrix", "3 × its inputs: fused" if fused else "a layer", 3 if fused else 1)
    if isinstance(module, nn.MultiheadAttention) and own.endswith("proj_weight"):
        fused = own == "in_proj_weight"
        return Route(name, shape, "matrix", "fused attention" if fused else "attention", 3 if fused else 1)
    if own.startswith("weight_") and type(module) in _GATES:
        return Route(name, shape, "matrix", "a recurrent layer", _GATES[type(module)])
    if parameter.ndim == 3 and shape[0] > 1 and min(shape[1:]) >= _THINNEST and not parameter.is_complex():
        return Route(name, shape, "matrix", "a stack of matrices", stacked=True)
    return Route(name, shape, "adamw", f"a bare parameter of {type(module).__name__}")


def _outer(model: nn.Module, probe: Callable[[], object] | None) -> dict[str, str]:
    """Names of the layers at the model's rim, with the reason."""
    with suppress(ParameterError):
        path = followed(model, probe)
        if path.order:
            return {
                **dict.fromkeys(sorted(path.first), "reads the model's inputs"),
                **dict.fromkeys(sorted(path.last), "gives the model's outputs"),
            }
    layers = [name for name, module in model.named_modules() if isinstance(module, LAYERS)]
    if not layers:
        return {}
    return {layers[0]: "the first layer, as registered", layers[-1]: "the last layer, as registered"}


def matrix_param_groups(
    model: nn.Module,
    matrix_lr: float,
    other_lr: float | None = None,
    overrides: Mapping[str, Choice] | None = None,
    *,
    probe: Callable[[], object] | None = None,
    own_groups: Iterable[Mapping[str, Any]] | None = None,
    vector_decay: float = 0.0,
    split: bool = True,
) -> list[dict[str, Any]]:
    """Groups for a matrix optimizer: matrices with `matrix_lr`, the rest by AdamW with `other_lr` (the same if absent).

    Parameters
    ----------
    own_groups     groups that the model asks for, made for `matrix_lr`: their rates and decay are kept, those of what
                   AdamW steps multiplied by other_lr/matrix_lr.
    vector_decay   decay of vectors and scalars; biases and norms have none.
    split          whether the optimizer can cut fused matrices and stacks; otherwise stacks are AdamW's.

    Raises
    ------
    ParameterError   nothing in `model` is trainable.
    """
    rows = routes(model, overrides, probe)
    if not rows:
        raise ParameterError("The model has no trainable parameters.", "Unfreeze a layer.")
    parameters = dict(model.named_parameters())
    base: dict[int, dict[str, Any]] = {}
    for own in own_groups or ():
        kept = {name: value for name, value in own.items() if name != "params"}
        base |= {id(parameter): kept for parameter in own["params"]}
    ratio = 1.0 if other_lr is None else other_lr / matrix_lr
    groups: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row.kind != "matrix"):
        parameter = parameters[row.name]
        kind = row.kind if split or not row.stacked else "adamw"
        cut = {"parts": row.parts, "stacked": row.stacked} if kind == "matrix" and split else {}
        own = base.get(id(parameter), {"lr": matrix_lr})
        group = {**own, "kind": kind, "lr": own["lr"] * (1 if kind == "matrix" else ratio), **cut}
        if parameter.ndim < 2:
            group["weight_decay"] = min(vector_decay, own.get("weight_decay", vector_decay))
        key = tuple(sorted((name, repr(value)) for name, value in group.items()))
        groups.setdefault(key, {"params": [], **group})["params"].append((row.name, parameter))
    return list(groups.values())


def routing_table(rows: Sequence[Route]) -> str:
    """The routes as a text table: name, shape, kind, rule."""
    cells = [("parameter", "shape", "stepped by", "because")]
    for row in rows:
        kind = f"{row.kind}, {row.parts} parts" if row.parts > 1 else "matrices" if row.stacked else row.kind
        rule = f"{row.rule}; {row.note}" if row.note else row.rule
        cells.append((row.name, "×".join(map(str, row.shape)) or "scalar", kind, rule))
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    padded = [[cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)] for row in cells]
    return "\n".join("  ".join(row) for row in padded)
