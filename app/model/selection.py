"""Sets of vertices: typed, brushed, grown."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from geomlearn.core.arrays import write_arrays
from geomlearn.core.errors import ParameterError
from geomlearn.core.files import atomic_path
from geomlearn.shapes.shape import Shape

_RANGE = re.compile(r"(\d+)(?:\s*[-:]\s*(\d+))?")


def parse_indices(text: str, n_vertices: int) -> tuple[int, ...]:
    """Ascending vertex indices from "3, 10-20 44:46"; ranges include both ends.

    Raises
    ------
    ParameterError   a part is no number, or no such vertex exists.
    """
    chosen: set[int] = set()
    for part in re.split(r"[,;\s]+", re.sub(r"\s*([-:])\s*", r"\1", text.strip())):
        if not part:
            continue
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ParameterError(f"{part!r} is no vertex and no range of vertices.", 'Write like "3, 10-20".')
        first = int(match[1])
        last = int(match[2] or first)
        if max(first, last) >= n_vertices:
            raise ParameterError(
                f"There is no vertex {max(first, last)}: the shape has {n_vertices}.", f"Use 0 to {n_vertices - 1}."
            )
        chosen.update(range(min(first, last), max(first, last) + 1))
    return tuple(sorted(chosen))


def format_indices(indices: tuple[int, ...]) -> str:
    """The shortest text that `parse_indices` reads back."""
    parts: list[list[int]] = []
    for index in indices:
        if parts and index == parts[-1][1] + 1:
            parts[-1][1] = index
        else:
            parts.append([index, index])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def ball(points: np.ndarray, centre: np.ndarray, radius: float) -> tuple[int, ...]:
    """Indices of the points (n, 3) within `radius` of `centre` (3,): one dab of the brush."""
    return tuple(np.flatnonzero(np.linalg.norm(points - centre, axis=1) <= radius).tolist())


def grown(shape: Shape, indices: tuple[int, ...]) -> tuple[int, ...]:
    """The set with every neighbour along a face added; unchanged on a cloud, which has no neighbours."""
    inside = np.zeros(shape.n_vertices, bool)
    inside[list(indices)] = True
    touched = shape.faces[inside[shape.faces].any(axis=1)]
    inside[touched] = True
    return tuple(np.flatnonzero(inside).tolist())


def inverted(shape: Shape, indices: tuple[int, ...]) -> tuple[int, ...]:
    """Every vertex that is not in the set."""
    inside = np.ones(shape.n_vertices, bool)
    inside[list(indices)] = False
    return tuple(np.flatnonzero(inside).tolist())


def write_selection(path: Path, indices: tuple[int, ...], n_vertices: int, *, force: bool = False) -> Path:
    """Write vertex indices, counted from 0: a column as txt, an array as npy, with the size of the shape as npz.

    Raises
    ------
    GeomError   the file exists and `force` is false, or cannot be written.
    """
    chosen = np.array(indices, int)
    if path.suffix.lower() == ".npz":
        return write_arrays(path, {"indices": chosen}, {"n_vertices": n_vertices, "index_base": 0}, force=force)
    with atomic_path(path, force=force) as temporary:
        if path.suffix.lower() == ".npy":
            np.save(temporary, chosen)
        else:
            temporary.write_text("".join(f"{index}\n" for index in indices), encoding="utf-8")
    return path
