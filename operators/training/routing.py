"""Who steps what: the way of each parameter through the optimizer, for people and for the run's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from torch import nn, optim

from geomlearn.core.files import atomic_path
from geomlearn.optimizers.base import MatrixOptimizer, Route
from geomlearn.optimizers.parameter_groups import routes, routing_table

ROUTING = "routing.txt"
_MOST_NAMED = 3


def routing_of(model: nn.Module, optimizer: optim.Optimizer, probe: Callable[[], object] | None) -> list[Route]:
    """One row per parameter of an optimizer of matrices, with the reason; none for other optimizers.

    The optimizer has the last word: what a method leaves alone, such as matrices below its rank, is AdamW's.
    """
    if not isinstance(optimizer, MatrixOptimizer):
        return []
    planned = {row.name: row for row in routes(model, probe=probe)}
    stepped = {row.name: row for row in optimizer.routing()}
    rows = []
    for name, row in planned.items():
        own = stepped[name]
        rule = row.rule if own.kind == row.kind else own.rule
        rows.append(replace(row, kind=own.kind, rule=rule, note=own.note))
    return rows


def in_words(rows: Sequence[Route], name: str) -> str:
    """`muon: blocks.0.weight, blocks.1.weight; AdamW: the other 5 parameters`."""
    matrices = [row.name for row in rows if row.kind == "matrix"]
    more = f" and {len(matrices) - _MOST_NAMED} more" if len(matrices) > _MOST_NAMED else ""
    return f"{name}: {', '.join(matrices[:_MOST_NAMED]) or 'none'}{more}; AdamW: the other {len(rows) - len(matrices)}"


def write_routing(folder: Path, rows: Sequence[Route]) -> None:
    """The whole table into a run's folder."""
    if rows:
        with atomic_path(folder / ROUTING, force=True) as path:
            path.write_text(f"{routing_table(rows)}\n", encoding="utf-8")
