"""Correspondence files: lists of vertex indices as text, or arrays with metadata."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import holds_arrays, read_arrays, write_arrays
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.incoming import read_text

TEXT_SUFFIXES = (".txt", ".map", ".vts", ".csv")
ARRAY_SUFFIXES = (".npz", ".mat", ".h5", ".hdf5")
WRITABLE = (*TEXT_SUFFIXES, ".npy", *ARRAY_SUFFIXES)
# In files of partial maps, a vertex without an image.
NO_IMAGE = -1
# Names other programs give the array, besides ours.
_NAMES = ("map_ab", "map", "p2p", "matches", "array", "T", "corr", "vts")


@dataclass(frozen=True, eq=False)
class MapFile:
    """A map read from a file.

    Attributes
    ----------
    map_ab (n_a,)   indices on the target, counted from 0 whatever the file does.
    index_base      what the file counts from, 0 or 1;  inferred  whether that was guessed;  sentence  how.
    metadata        what the file says about itself.
    """

    map_ab: np.ndarray
    index_base: int
    inferred: bool
    sentence: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def write_map(
    path: str | os.PathLike[str],
    map_ab: np.ndarray,
    metadata: Mapping[str, Any] | None = None,
    *,
    index_base: int = 0,
    plain: bool = False,
    force: bool = False,
) -> Path:
    """Write a map: entry i is the vertex of the target for vertex i of the source.

    Parameters
    ----------
    map_ab      indices on the target; -1 where there is no image, which is written as -1 whatever the index base.
    path        .txt .map .vts hold one index per line, .csv two columns with a header; .npz .mat .h5 arrays named
                ``map_ab``, and ``has_image`` where some vertex has none; .npy the bare array, which has no room for
                metadata.
    metadata    words to text, numbers or lists; in text files as leading lines ``# key: value``.
    index_base  0, or 1 for MATLAB and most .vts lists.
    plain       leave the comment lines out.

    Raises
    ------
    FormatError     the suffix is none of these.
    ParameterError  the index base is neither 0 nor 1.
    GeomError       the file exists and `force` is false.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if index_base not in (0, 1):
        raise ParameterError(f"Indices cannot start from {index_base}.", "Count from 0 or from 1.")
    if suffix not in WRITABLE:
        raise FormatError(f"A map cannot be written as {suffix or 'a file without suffix'}.", _known())
    values = np.asarray(map_ab, np.int64)
    values = np.where(values < 0, NO_IMAGE, values + index_base)
    details = {**(metadata or {}), "index_base": index_base}
    if suffix in ARRAY_SUFFIXES:
        arrays = {"map_ab": values}
        if (values == NO_IMAGE).any():
            arrays["has_image"] = values != NO_IMAGE
        return write_arrays(path, arrays, details, force=force)
    with atomic_path(path, force=force) as temporary:
        if suffix == ".npy":
            np.save(temporary, values)
        else:
            temporary.write_text(_text(values, details, index_base, suffix, plain), encoding="utf-8")
    return path


def read_map(
    path: str | Path,
    *,
    n_source: int | None = None,
    n_target: int | None = None,
    index_base: int | None = None,
    unmatched: bool = False,
) -> MapFile:
    """Read a map; the content decides the format.

    Parameters
    ----------
    n_source, n_target  vertices of the two shapes when known: entries are checked against them.
    index_base          0 or 1; by default what the file's metadata says, else inferred from its smallest and largest
                        entry. Where both bases fit it is 1 for .vts and .mat, and 0 elsewhere
                        unless vertex 1 is used, vertex 0 is not, and the last one is not either.
    unmatched           take -1 and NaN, and 0 where the list counts from 1, for vertices without an image, which are
                        -1 in the map; else they are refused.

    Raises
    ------
    FormatError    the file is missing or damaged, or holds no list of integers.
    SizeMismatch   it has not `n_source` entries, or an entry is beyond `n_target`.
    """
    path = existing_file(path)
    values, metadata = _values(path)
    without = values == NO_IMAGE if unmatched else np.zeros(len(values), bool)
    if without.all():
        raise SizeMismatch(f"{path.name} gives no vertex an image.", "Check that it is the right file.")
    if n_source is not None and len(values) != n_source:
        raise SizeMismatch(
            f"{path.name} has {len(values)} entries, the source {n_source} vertices.",
            "Check that the map starts on this shape: its direction may be the other one.",
        )
    stated = metadata.get("index_base")
    inferred, sentence = False, f"{path.name} counts from {index_base}, as you said."
    if index_base is None and stated in (0, 1):
        index_base, sentence = int(stated), f"{path.name} says that it counts from {stated}."
    elif index_base is None:
        inferred = True
        known = values[~without]
        if unmatched and known.min() == 0 and n_target is not None and known.max() == n_target:
            without |= values == 0  # in a list that counts from 1
            known = values[~without]
        likely = 1 if path.suffix.lower() in (".vts", ".mat") else None
        index_base, why = infer_index_base(known, n_target, likely=likely)
        sentence = f"{path.name} seems to count from {index_base}: {why}."
    elif unmatched and index_base == 1:
        without |= values == 0
    values = values - index_base
    check_indices(values[~without], n_target, index_base, path.name)
    values[without] = NO_IMAGE
    return MapFile(values, index_base, inferred, sentence, metadata)


def infer_index_base(values: np.ndarray, n_target: int | None, likely: int | None = None) -> tuple[int, str]:
    """0 or 1, and why; `likely` decides where both fit."""
    low, high = int(values.min()), int(values.max())
    if low <= 0:
        return 0, f"its smallest entry is {low}"
    if n_target is not None and high >= n_target:
        return 1, f"its largest entry is {high} of {n_target}"
    if likely is not None:
        return likely, "both fit, and files of this kind do"
    if low == 1 and (n_target is None or high < n_target - 1):
        return 1, "it uses 1 and never 0"
    return 0, "both fit"


def check_indices(values: np.ndarray, n_target: int | None, index_base: int, name: str) -> None:
    """Refuse indices (counted from 0) below 0 or from `n_target` on, in one sentence."""
    bad = values < 0
    if n_target is not None:
        bad |= values >= n_target
    if bad.any():
        entry = int(np.flatnonzero(bad)[0])
        there = f"; its shape has {n_target} vertices" if n_target is not None else ""
        raise SizeMismatch(
            f"Entry {entry} of {name} is {values.ravel()[entry] + index_base}, no vertex counted from {index_base}"
            f"{there}.",
            "Check which shape it leads to, or give the index base.",
        )


def parse_columns(text: str, name: str) -> tuple[np.ndarray, dict[str, str]]:
    """The table of integers (rows, columns) in a text, and its ``# key: value`` lines.

    Columns are separated by commas, semicolons, tabs or spaces; a first line of words is a header.

    Raises
    ------
    FormatError   a line is not integers, lines have different lengths, or there are none.
    """
    metadata: dict[str, str] = {}
    rows: list[list[int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip().lstrip("\ufeff")
        if content[:1] in ("#", "%", "/"):
            key, colon, value = content.lstrip("#%/ ").partition(":")
            if colon:
                metadata[key.strip()] = value.strip()
            continue
        words = content.replace(",", " ").replace(";", " ").replace('"', " ").split()
        if not words:
            continue
        try:
            row = [_integer(word) for word in words]
        except ValueError:
            if not rows and all(not word.strip('"')[:1].isdigit() for word in words):
                continue
            raise FormatError(f"Line {number} of {name} is no list of integers: {content[:40]!r}.", _TEXT) from None
        if rows and len(row) != len(rows[0]):
            raise FormatError(f"Line {number} of {name} has {len(row)} columns, line 1 {len(rows[0])}.", _TEXT)
        rows.append(row)
    if not rows:
        raise FormatError(f"{name} holds no indices.", _TEXT)
    return np.array(rows, np.int64), metadata


_TEXT = "Expected one vertex index per line."


def _integer(word: str) -> int:
    """MATLAB and spreadsheets write integers as 1.0000e+00 too."""
    value = float(word)
    if value != value:  # NaN
        return NO_IMAGE
    if not value.is_integer() or abs(value) > 2**53:
        raise ValueError(word)
    return int(value)


def _values(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    with path.open("rb") as stream:
        binary = holds_arrays(stream.read(128))
    if binary:
        arrays, metadata = read_arrays(path)
        name = next((name for name in _NAMES if name in arrays), None)
        if name is None and len(arrays) == 1:
            name = next(iter(arrays))
        if name is None:
            raise FormatError(f"{path.name} holds {', '.join(arrays) or 'nothing'}, but no map_ab.", "Is it a map?")
        return _as_list(np.asarray(arrays[name]), path.name), metadata
    text = read_text(path, _known())
    table, metadata = parse_columns(text, path.name)
    return _column(table, path.name), _typed(metadata)


def _as_list(array: np.ndarray, name: str) -> np.ndarray:
    flat = array.ravel() if max(array.shape, default=0) == array.size else None
    if flat is None or flat.size == 0 or flat.dtype.kind not in "iuf":
        raise FormatError(f"The array in {name} has shape {array.shape} and type {array.dtype}.", "Expected integers.")
    if flat.dtype.kind == "f":
        flat = np.where(np.isnan(flat), NO_IMAGE, flat)
    if flat.dtype.kind == "f" and not (np.isfinite(flat) & (flat == np.round(flat)) & (np.abs(flat) < 2**53)).all():
        raise FormatError(f"The array in {name} holds numbers that are no integers.", "Is it a point map?")
    return flat.astype(np.int64)


def _column(table: np.ndarray, name: str) -> np.ndarray:
    """The targets in order of the sources, from one column, or from source and target columns in any order."""
    if table.shape[1] == 1:
        return table[:, 0]
    if table.shape[1] != 2:
        raise FormatError(f"{name} has {table.shape[1]} columns.", "Expected one, or source and target.")
    order = np.argsort(table[:, 0], kind="stable")
    sources = table[order, 0]
    if not np.array_equal(sources - sources[0], np.arange(len(sources))) or sources[0] not in (0, 1):
        raise FormatError(f"The first column of {name} does not list every source vertex once.", "Is it a full map?")
    return table[order, 1]


def _text(values: np.ndarray, metadata: Mapping[str, Any], index_base: int, suffix: str, plain: bool) -> str:
    lines = [] if plain else [f"# {key}: {_one_line(value)}" for key, value in metadata.items()]
    if suffix == ".csv":
        lines.append("source,target")
        lines += [f"{i},{value}" for i, value in enumerate(values.tolist(), index_base)]
    else:
        lines += [str(value) for value in values.tolist()]
    return "\n".join(lines) + "\n"


def _one_line(value: Any) -> str:
    import json

    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value)


def _typed(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Numbers, lists and mappings as such again; the rest stays text."""
    import json

    typed: dict[str, Any] = {}
    for key, value in metadata.items():
        try:
            typed[key] = json.loads(value)
        except json.JSONDecodeError:
            typed[key] = value
    return typed


def _known() -> str:
    return f"Use one of {' '.join(WRITABLE)}."
