"""Which parameters of a model step as matrices, and which by AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from geomlearn.core.errors import ParameterError

EXCLUDED = ("embed", "head", "norm")


@dataclass(frozen=True)
class Route:
    """Where one parameter goes, and by which rule."""

    name: str
    shape: tuple[int, ...]
    kind: str
    rule: str


def routes(model: nn.Module, exclude: Sequence[str] = EXCLUDED, min_ndim: int = 2) -> list[Route]:
    """One row per trainable parameter of `model`, in its order.

    Parameters
    ----------
    exclude    parts of names whose parameters step by AdamW whatever their shape.
    min_ndim   fewest dimensions of a parameter that steps as a matrix (size(0), −1).
    """
    rows = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        part = next((part for part in exclude if part in name.lower()), None)
        if parameter.ndim < min_ndim:
            kind, rule = "adamw", f"fewer than {min_ndim} dimensions"
        elif part:
            kind, rule = "adamw", f"its name has {part!r}"
        else:
            kind, rule = "matrix", f"{parameter.ndim} dimensions"
        rows.append(Route(name, tuple(parameter.shape), kind, rule))
    return rows


def matrix_param_groups(
    model: nn.Module,
    matrix_lr: float,
    other_lr: float | None = None,
    exclude: Sequence[str] = EXCLUDED,
    min_ndim: int = 2,
) -> list[dict[str, Any]]:
    """Groups for a matrix optimizer: matrices with `matrix_lr`, the rest by AdamW with `other_lr` (the same if absent).

    Raises
    ------
    ParameterError   nothing in `model` is trainable.
    """
    rows = routes(model, exclude, min_ndim)
    if not rows:
        raise ParameterError("The model has no trainable parameters.", "Unfreeze a layer.")
    parameters = dict(model.named_parameters())
    rates = {"matrix": matrix_lr, "adamw": matrix_lr if other_lr is None else other_lr}
    groups = []
    for kind, rate in rates.items():
        members = [(row.name, parameters[row.name]) for row in rows if row.kind == kind]
        if members:
            groups.append({"params": members, "kind": kind, "lr": rate})
    return groups


def routing_table(rows: Sequence[Route]) -> str:
    """The routes as a text table: name, shape, kind, rule."""
    cells = [("parameter", "shape", "stepped by", "because")]
    cells += [(row.name, "×".join(map(str, row.shape)) or "scalar", row.kind, row.rule) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    padded = [[cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)] for row in cells]
    return "\n".join("  ".join(row) for row in padded)
