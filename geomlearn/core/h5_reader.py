"""What is read of an HDF5 file; as a program, the same handed through a pipe to the process that asked.

    python -m geomlearn.core.h5_reader FILE [groups]

writes the line ``ready``, a line of JSON with the metadata and each array's name, shape and dtype, and then the bytes
of the arrays, one after the other, a slab at a time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    import h5py

SLAB_BYTES = 16 * 1024**2
# The child may take this much memory beyond its slabs; a damaged list can grow until nothing is left.
ROOM_BYTES = 2 * 1024**3
# Nothing that is compressed unfolds further, and less than this much is not worth a question.
DEFLATE_MOST = 1100
FEW_BYTES = 64 * 1024**2


def arrays_of(file: h5py.File, *, groups: bool = False) -> dict[str, h5py.Dataset | np.ndarray]:
    """The datasets at the root: numbers unread, text as arrays of text. References are left out.

    Parameters
    ----------
    groups   also the datasets in groups, by their path; links that lead elsewhere are not followed.

    Raises
    ------
    ValueError   one announces far more data than the file holds.
    """
    import h5py

    found: dict[str, h5py.Dataset | np.ndarray] = {}
    for name, item in _below(file) if groups else file.items():
        if not isinstance(item, h5py.Dataset) or item.shape is None:
            continue
        if item.nbytes > FEW_BYTES + DEFLATE_MOST * item.id.get_storage_size():
            raise ValueError(f"{name} announces {item.nbytes / 2**30:.1f} GB, more than the file holds")
        if h5py.check_string_dtype(item.dtype) is not None:
            found[name] = np.asarray(item.asstr()[()], dtype=str)
        elif not item.dtype.hasobject and item.dtype.names is None and item.dtype.subdtype is None:
            found[name] = item
    return found


def _below(file: h5py.File) -> list[tuple[str, h5py.Dataset]]:
    import h5py

    items: list[tuple[str, h5py.Dataset]] = []

    def keep(name: str, item: h5py.Group | h5py.Dataset) -> None:
        # Names that begin so are MATLAB's own tables.
        if isinstance(item, h5py.Dataset) and not name.startswith("#"):
            items.append((name, item))

    # Unlike items(), this follows no link out of the file, and sees every object once.
    file.visititems(keep)
    return items


def root_metadata(file: h5py.File) -> dict[str, Any]:
    """The attributes of the root; JSON text is decoded."""
    return {name: _attribute(value) for name, value in file.attrs.items()}


def _attribute(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def _slabs(item: h5py.Dataset | np.ndarray) -> Iterator[np.ndarray]:
    if item.ndim == 0 or item.nbytes <= SLAB_BYTES:
        yield np.ascontiguousarray(item[()])
        return
    step = max(1, SLAB_BYTES * len(item) // item.nbytes)
    for start in range(0, len(item), step):
        yield np.ascontiguousarray(item[start : start + step])


def send(path: Path, out: BinaryIO, *, groups: bool = False) -> None:
    """Hand the file over as the module says."""
    import h5py

    out.write(b"ready\n")
    out.flush()
    with h5py.File(path, "r") as file:
        arrays = arrays_of(file, groups=groups)
        plan = [(name, item.shape, item.dtype.str) for name, item in arrays.items()]
        out.write(json.dumps({"metadata": root_metadata(file), "arrays": plan}, default=str).encode() + b"\n")
        for item in arrays.values():
            for slab in _slabs(item):
                out.write(memoryview(slab.reshape(-1).view(np.uint8)))
                out.flush()


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (ROOM_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))


if __name__ == "__main__":
    _limit_memory()
    try:
        send(Path(sys.argv[1]), sys.stdout.buffer, groups="groups" in sys.argv[2:])
    except MemoryError:
        sys.exit("it announces more data than memory holds")
    except Exception as error:
        # Whatever it is, the other side says it in a sentence.
        sys.exit(str(error))
