"""Landmark files: pairs of vertices known to correspond, one pair per line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.incoming import read_text
from geomlearn.matching.io.maps import check_indices, infer_index_base, parse_columns

WRITABLE = (".txt", ".csv")


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Known pairs.

    Attributes
    ----------
    pairs (l, 2)   vertex of A, vertex of B, counted from 0.
    index_base     what the file counts from;  inferred  whether that was guessed;  sentence  how.
    """

    pairs: np.ndarray
    index_base: int
    inferred: bool
    sentence: str


def read_landmarks(path: str | Path, n_a: int, n_b: int, *, index_base: int | None = None) -> Landmarks:
    """Read landmarks from a text or csv file of two columns: vertex of A, vertex of B.

    Parameters
    ----------
    n_a, n_b     vertices of the two shapes.
    index_base   0 or 1; by default what a line ``# index_base: 1`` says, else 1 when an index equals the number of
                 vertices, and 0 otherwise: with so few indices nothing else can be told from them.

    Raises
    ------
    FormatError    the file is missing, or not two columns of integers.
    SizeMismatch   an index is no vertex of its shape.
    """
    path = existing_file(path)
    table, metadata = parse_columns(read_text(path, "Expected two columns of vertex indices."), path.name)
    if table.shape[1] != 2:
        raise FormatError(f"{path.name} has {table.shape[1]} columns.", "Expected two: vertex of A, vertex of B.")
    inferred = False
    if index_base is None and metadata.get("index_base") in ("0", "1"):
        index_base = int(metadata["index_base"])
    if index_base is None:
        inferred = True
        bases = [infer_index_base(table[:, side], n, likely=0) for side, n in ((0, n_a), (1, n_b))]
        index_base, why = (0, "it uses 0") if table.min() <= 0 else max(bases)
        sentence = f"{path.name} seems to count from {index_base}: {why}."
    else:
        sentence = f"{path.name} counts from {index_base}."
    pairs = table - index_base
    for side, n in ((0, n_a), (1, n_b)):
        check_indices(pairs[:, side], n, index_base, f"column {side + 1} of {path.name}")
    return Landmarks(pairs, index_base, inferred, sentence)


def write_landmarks(
    path: str | Path,
    pairs: np.ndarray,
    metadata: Mapping[str, Any] | None = None,
    *,
    index_base: int = 0,
    force: bool = False,
) -> Path:
    """Write known pairs as text that `read_landmarks` takes: vertex of A, vertex of B.

    Parameters
    ----------
    path        .txt with spaces between the columns, .csv with commas and a header.
    pairs       (l, 2) counted from 0.
    metadata    words to text, numbers or lists; as leading lines ``# key: value``.
    index_base  what the file counts from, 0 or 1; stated in the file.

    Raises
    ------
    FormatError    the suffix is neither.
    SizeMismatch   `pairs` is not (l, 2) with l > 0.
    GeomError      the file exists and `force` is false.
    """
    path, pairs = Path(path), np.asarray(pairs)
    if path.suffix.lower() not in WRITABLE:
        raise FormatError(
            f"Landmarks cannot be written as {path.suffix or 'a file without suffix'}.", f"Use {' or '.join(WRITABLE)}."
        )
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) == 0:
        raise SizeMismatch(f"Landmarks have shape {pairs.shape}.", "Give (l, 2) integers: vertex of A, vertex of B.")
    csv = path.suffix.lower() == ".csv"
    details = {**(metadata or {}), "index_base": index_base}
    lines = [f"# {key}: {value}" for key, value in details.items()] + ["a,b"] * csv
    lines += [f"{a}{',' if csv else ' '}{b}" for a, b in (pairs + index_base).tolist()]
    with atomic_path(path, force=force) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
