"""Points inside triangles, as the partial matching benchmarks of SHREC 2016 write them: face, three weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.incoming import read_text


def nearest_corners(path: str | Path, n_rows: int, faces: np.ndarray | None) -> np.ndarray:
    """(n_rows,) the corner of most weight in each line ``face w1 w2 w3``; faces count from 1 unless a 0 occurs.

    Raises
    ------
    FormatError    the file is missing, or its lines are not of four numbers.
    SizeMismatch   it has another number of lines, or names a face that is not there.
    """
    path = Path(path)
    try:
        rows = [line.split() for line in read_text(path).split("\n")]
        table = np.array([[float(word) for word in row] for row in rows if row])
    except ValueError:
        table = np.zeros((0, 0))
    if table.ndim != 2 or table.shape[1:] != (4,) or not np.isfinite(table).all():
        raise FormatError(f"{path.name} does not hold lines of a face and three weights.", "Check that it is whole.")
    if len(table) != n_rows:
        raise SizeMismatch(f"{path.name} has {len(table)} lines, the source {n_rows} vertices.", "Check the direction.")
    which = np.clip(table[:, 0], -1, 2**53).astype(np.int64)
    which -= int(which.min() > 0)
    if faces is None or (which != np.clip(which, 0, len(faces) - 1)).any():
        held = 0 if faces is None else len(faces)
        what = f"{path.name} names face {int(table[:, 0].max())} of the target, which has {held}."
        raise SizeMismatch(what, "Check that it leads to this shape.")
    return faces[which, table[:, 1:].argmax(axis=1)]
