"""What lives on a template, on every shape of a collection that was matched with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.collections.pairs.matched import Matched
from geomlearn.collections.transfer.carry import Carried, Road, Way, carry, carry_labels
from geomlearn.collections.transfer.values import write_values
from geomlearn.core.errors import GeomError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress


def carry_to_all(
    found: Matched,
    template: str,
    values: np.ndarray,
    out: Path,
    *,
    labels: bool,
    way: Way = "nearest",
    suffix: str = ".txt",
    force: bool = False,
    progress: Progress = SILENT,
) -> list[dict[str, Any]]:
    """Write ``out/NAME.txt`` for each shape; both maps of a pair being known, values are pulled by the exact one.

    Returns
    -------
    A row per shape: name, verdict of its map, output, n_filled, mean confidence of labels, reason where it failed.

    Raises
    ------
    SizeMismatch   there is not one value a vertex of the template.
    """
    goal = found.store.shape(found.keys[template], template)
    if len(values) != goal.n_vertices:
        raise SizeMismatch(
            f"{len(values)} values for the {goal.n_vertices} vertices of {template}.",
            "Give one a vertex of the template.",
        )
    rows: list[dict[str, Any]] = []
    wanted = [row for row in found.rows if row.target == template]
    for number, row in enumerate(wanted):
        progress(number / len(wanted), row.source)
        told: dict[str, Any] = {"name": row.source, "verdict": row.verdict, "reason": row.reason}
        if row.verdict != "failed":
            path = out / f"{row.source}{suffix}"
            told |= _guarded(partial(_carried, found, row.source, template, values, labels, way), path, force)
        rows.append(told)
    return rows


def _carried(found: Matched, name: str, template: str, values: np.ndarray, labels: bool, way: Way) -> Carried:
    start, goal = (found.store.shape(found.keys[one], one) for one in (template, name))
    back, ahead = found.maps(name, template)
    road = Road(start, goal, back, ahead)
    return carry_labels(values, road, way) if labels else carry(values, road, way)


def _guarded(work: Callable[[], Carried], path: Path, force: bool) -> dict[str, Any]:
    try:
        carried = work()
        write_values(path, carried, force=force)
    except GeomError as error:
        return {"reason": str(error), "verdict": "failed"}
    told: dict[str, Any] = {"output": str(path), "n_filled": carried.n_filled, "reason": ""}
    if carried.confidence is not None:
        told["confidence"] = float(carried.confidence.mean())
    return told
