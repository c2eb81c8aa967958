"""What is read of an HDF5 file; as a program, the same handed through a pipe to the process that asked.

    python -m geomlearn.core.h5_reader FILE PARENT [groups]

A file is read, and nothing it points at: links into other files, data kept in other files, and data put together from
other files are refused.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.core.child_reader import ROOM_BYTES, hand_over

if TYPE_CHECKING:
    import h5py

# Numbers are compressed a few times; constant ones more, and less than this much is not worth a question.
MOST_PACKED = 200
FEW_BYTES = 64 * 1024**2
# MATLAB's structs in structs; and more names than any file of ours has.
_DEEPEST, _MOST_NAMES, _MOST_CELLS = 16, 1_000_000, 10_000


def arrays_of(file: h5py.File, *, groups: bool = False) -> dict[str, h5py.Dataset | np.ndarray]:
    """The datasets at the root: numbers unread, text as arrays of text.

    Parameters
    ----------
    groups   also the datasets in groups, by their path, and what references in the file lead to: MATLAB keeps structs
             and cells so. Cells of ``name`` are called ``name{1}``, the fields of several structs ``name(1)/field``.

    Raises
    ------
    ValueError   one announces far more data than the file holds, or lies in another file.
    """
    import h5py

    found: dict[str, h5py.Dataset | np.ndarray] = {}
    room = FEW_BYTES + MOST_PACKED * Path(file.filename).stat().st_size
    for name, item in _datasets(file, "", _DEEPEST if groups else 0, set()):
        if item.shape is None:
            continue
        if item.external or item.is_virtual:
            raise ValueError(f"the data of {name[:60]} lie in another file, which is not opened")
        room -= item.nbytes
        if room < 0:
            raise ValueError(f"{name[:60]} announces {item.nbytes / 2**30:.1f} GB, more than the file holds")
        if h5py.check_string_dtype(item.dtype) is not None:
            found[name] = np.asarray(item.asstr()[()], dtype=str)
        elif not item.dtype.hasobject and item.dtype.names is None and item.dtype.subdtype is None:
            found[name] = item
    return found


def _datasets(group: h5py.Group, above: str, depth: int, seen: set[int]) -> Iterator[tuple[str, h5py.Dataset]]:
    import h5py

    if len(group) > _MOST_NAMES:
        raise ValueError(f"it holds {len(group)} names in one group")
    for name in group:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise ValueError(f"{name[:60]} is a link into another file, which is not opened")
        if isinstance(link, h5py.HardLink) and not name.startswith("#"):
            # Soft links may lead through other files; names with # are MATLAB's own, reached by references.
            yield from _below(group[name], above + name, depth, seen)


def _below(
    item: h5py.Dataset | h5py.Group, name: str, depth: int, seen: set[int]
) -> Iterator[tuple[str, h5py.Dataset]]:
    """A dataset itself, or those in a group and behind references."""
    import h5py

    address = h5py.h5o.get_info(item.id).addr
    if address in seen:
        return  # groups may hold themselves
    seen.add(address)
    if isinstance(item, h5py.Group):
        if depth:
            yield from _datasets(item, f"{name}/", depth - 1, seen)
    elif isinstance(item, h5py.Dataset) and item.attrs.get("MATLAB_class") != b"char":
        if h5py.check_ref_dtype(item.dtype) is not h5py.Reference:
            yield name, item
        elif depth and item.shape is not None and item.size <= _MOST_CELLS:
            above, _, field = name.rpartition("/")
            is_cell = item.attrs.get("MATLAB_class") == b"cell" or not above
            for i, reference in enumerate(item[()].reshape(-1), 1):
                if reference:
                    called = f"{name}{{{i}}}" if is_cell else f"{above}({i})/{field}"
                    yield from _below(item.file[reference], called, depth - 1, seen)


def root_metadata(file: h5py.File) -> dict[str, Any]:
    """The attributes of the root; JSON text is decoded."""
    return {name: _attribute(value) for name, value in file.attrs.items()}


def _attribute(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (json.JSONDecodeError, RecursionError):
            return value
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def is_matlab(path: Path) -> bool:
    """Whether it is MATLAB's kind of HDF5 file, version 7.3."""
    with path.open("rb") as stream:
        return stream.read(10) == b"MATLAB 7.3"


def main() -> None:
    """The program."""
    import h5py

    with ExitStack() as stack:

        def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
            """The datasets stay open until they are handed over."""
            file = stack.enter_context(h5py.File(path, "r"))
            return arrays_of(file, groups="groups" in sys.argv[3:]), root_metadata(file)

        hand_over(read, ROOM_BYTES)


if __name__ == "__main__":
    main()
