"""HDF5 files: written with checksums throughout, and read so that a damaged one ends in a sentence.

Parts without checksums, as older layouts have them, can when damaged send the library round in circles or bring it
down. Files with such parts are read in a process of their own, `geomlearn.core.h5_reader`, which can be ended.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.child_reader import read_in_child
from geomlearn.core.h5_reader import arrays_of, is_matlab, root_metadata

# What parts without a checksum begin with.
_UNCHECKED = (b"TREE", b"HEAP", b"SNOD", b"GCOL")


def write_h5(path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any]) -> None:
    """Arrays as datasets, metadata as attributes of the root: numbers and text as such, anything else as JSON text."""
    import h5py

    # This layout has checksums everywhere but in the heap where text of open length goes.
    with h5py.File(path, "w", libver=("v108", "v108")) as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array)
        for name, value in metadata.items():
            if isinstance(value, int | float):
                file.attrs[name] = value
                continue
            text = (value if isinstance(value, str) else json.dumps(value)).encode()
            file.attrs.create(name, text, dtype=h5py.string_dtype("utf-8", max(len(text), 1)))


def read_h5(path: Path, *, groups: bool = False) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The datasets at the root and its attributes; with `groups`, and of MATLAB's files, also those below, by path.

    Raises
    ------
    FormatError               the file is damaged so that reading it would not end, or would end everything.
    OSError, RuntimeError, …  whatever else h5py finds wrong.
    """
    groups = groups or is_matlab(path)
    if _has_unchecked_parts(path):
        return _read_in_child(path, groups=groups)
    import h5py

    with h5py.File(path, "r") as file:
        return {name: item[()] for name, item in arrays_of(file, groups=groups).items()}, root_metadata(file)


def _has_unchecked_parts(path: Path) -> bool:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(mark) >= 0 for mark in _UNCHECKED)


def _read_in_child(path: Path, *, groups: bool) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    words = ["groups"] if groups else []
    return read_in_child(path, "geomlearn.core.h5_reader", "the HDF5 library", *words)
