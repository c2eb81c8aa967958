"""Map sets on disk: a folder for each split, in it one file per category."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.core.folders import files_in


def category_path(folder: Path, split: str, number: int) -> Path:
    """Where the maps of a category are kept."""
    return folder / split / f"{number:05d}.npz"


def write_maps(path: Path, maps: np.ndarray, facts: Mapping[str, Any]) -> None:
    """Keep maps (m, k, k) in half precision: four digits are more than a triangulation leaves true."""
    write_arrays(path, {"maps": maps.astype(np.float16)}, facts)


def read_maps(folder: str | Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """The maps (m, k, k) float32 of a split, and the number of the category (m,) each belongs to.

    Raises
    ------
    FormatError    there are none, or a file is damaged.
    SizeMismatch   files differ in the number of modes.
    """
    paths = [path for path in files_in(Path(folder) / split) if path.suffix == ".npz"]
    if not paths:
        raise FormatError(f"{folder} holds no maps to {split} on.", "Generate them, or give another folder.")
    parts = []
    for path in paths:
        arrays, _ = read_arrays(path)
        maps = arrays.get("maps")
        if maps is None or maps.ndim != 3 or maps.shape[1] != maps.shape[2] or not np.isfinite(maps).all():
            raise FormatError(f"{path.name} holds no square matrices called maps.", "Generate the folder again.")
        parts.append(maps.astype(np.float32))
    if len({part.shape[1] for part in parts}) > 1:
        raise SizeMismatch(f"The maps in {folder} have different sizes.", "Keep maps of one k in one folder.")
    category = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate(parts), category
