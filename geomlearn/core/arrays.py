"""Named arrays with metadata in one file: npz, mat, h5. Basis, map and field files are all of this kind.

Metadata is a flat mapping from words to text, numbers or JSON-able values. It lies beside the numbers: in an npz under
the key ``metadata`` as JSON text, in a mat file as the text field ``metadata``, in h5 as attributes of the root.
"""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from geomlearn.core.announced import check_npy, check_npz, old_headers
from geomlearn.core.announced_matlab import check_mat
from geomlearn.core.child_reader import read_in_child
from geomlearn.core.errors import FormatError
from geomlearn.core.files import atomic_path, existing_file
from geomlearn.core.h5 import read_h5, write_h5

Arrays = Mapping[str, np.ndarray]
Metadata = Mapping[str, Any]


def write_arrays(path: str | os.PathLike[str], arrays: Arrays, metadata: Metadata, *, force: bool = False) -> Path:
    """Write named arrays and their metadata; the suffix (.npz, .mat, .h5) chooses the format.

    Raises
    ------
    FormatError   the suffix is none of these.
    GeomError     the file exists and `force` is false.
    """
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise FormatError(f"Arrays cannot be written as {path.suffix or 'a file without suffix'}.", _KNOWN)
    with atomic_path(path, force=force) as temporary:
        write(temporary, arrays, metadata)
    return path


def read_arrays(path: str | Path, *, groups: bool = False) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The named arrays and the metadata of a file; the content decides the format, never the suffix.

    A bare .npy file gives one array called ``array``. With `groups` of HDF5 files also those in groups, by their path.

    Raises
    ------
    FormatError   the file is missing, damaged, or none of npz, npy, mat, h5; or it would need a pickle to load.
    """
    path = existing_file(path)
    with path.open("rb") as stream:
        head = stream.read(128)
    for matches, read in _READERS:
        if matches(head):
            try:
                arrays, metadata = read_h5(path, groups=True) if groups and read is read_h5 else read(path)
            except FormatError:
                raise
            except (zipfile.BadZipFile, zlib.error) as error:
                reason = "its compressed part is damaged or cut short"
                raise FormatError(f"{path.name} cannot be read: {reason}.", "Export it again.") from error
            except _DAMAGE as error:
                # Some of these quote the file's own bytes, at any length.
                reason = "".join(c if c.isprintable() else " " for c in str(error)[:120]).rstrip(". ")
                raise FormatError(f"{path.name} is damaged: {reason}.", "Export it again.") from error
            except MemoryError as error:
                raise FormatError(f"{path.name} announces more data than memory holds.", "Export it again.") from error
            if not isinstance(metadata, dict):
                raise FormatError(f"{path.name} is damaged: its metadata have no names.", "Export it again.")
            return arrays, metadata
    raise FormatError(f"{path.name} holds no arrays: it is none of npz, npy, mat, h5.", _KNOWN)


_KNOWN = "Use .npz, .mat or .h5."
# What numpy, scipy and h5py raise on truncated or altered files.
_DAMAGE = (
    *(OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, ArithmeticError, NotImplementedError),
    *(RuntimeError, struct.error, TokenError),
)


def _write_npz(path: Path, arrays: Arrays, metadata: Metadata) -> None:
    with path.open("wb") as stream:
        # Not compressed: floating-point numbers shrink by a few per cent and take twenty times as long.
        named: dict[str, Any] = {**arrays, "metadata": np.array(json.dumps(metadata))}
        np.savez(stream, **named)


def _write_mat(path: Path, arrays: Arrays, metadata: Metadata) -> None:
    from scipy.io import savemat

    # Compressed for the checksum that comes with it: a file cut short is noticed.
    savemat(path, {**arrays, "metadata": json.dumps(metadata)}, do_compression=True, oned_as="column")


def holds_arrays(head: bytes) -> bool:
    """Whether a file that begins so, 128 bytes or all it has, is one that `read_arrays` takes."""
    return any(matches(head) for matches, _ in _READERS)


def is_matlab(head: bytes) -> bool:
    """Whether a file that begins so is MATLAB's, of version 5 and later by its first words, of 4 by its first array."""
    if head[:6] == b"MATLAB":
        return True
    if len(head) < 21:
        return False
    for order in "<>":
        kind, n_rows, n_columns, is_complex, n_letters = struct.unpack_from(f"{order}5i", head)
        # Byte order, a zero, the type of the numbers, and full, text or sparse, as digits; then sizes and a name.
        digits = kind // 1000 == (order == ">") and kind // 100 % 10 == 0 and kind // 10 % 10 < 6 and kind % 10 < 3
        name = head[20 : 20 + min(max(n_letters, 1), 64)]
        if kind >= 0 and digits and min(n_rows, n_columns) >= 0 and is_complex in (0, 1) and 1 < n_letters <= 64:
            return name[:1].isalpha() and name.rstrip(b"\0").replace(b"_", b"").isalnum()
    return False


def _read_npz(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    check_npz(path)
    # The stream is ours, so that it is closed when numpy gives up on a damaged file.
    with path.open("rb") as stream, old_headers(), np.load(stream, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    text = arrays.pop("metadata", None)
    return arrays, json.loads(str(text)) if text is not None else {}


def _read_npy(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    check_npy(path)
    with old_headers():
        return {"array": np.load(path, allow_pickle=False)}, {}


def _read_mat(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Fields of structs are called ``struct/field``."""
    check_mat(path)
    arrays, metadata = read_in_child(path, "geomlearn.core.mat_reader", "SciPy's reader of MATLAB files")
    return {name: _plain(value) for name, value in arrays.items()}, metadata


def _plain(value: Any) -> Any:
    """Column vectors, which is all MATLAB has, become flat."""
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1:
        return value[:, 0]
    return value


def _read_mat73(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """MATLAB 7.3 files are h5 files whose arrays lie column by column; fields of structs as in older ones."""
    arrays, _ = read_h5(path)
    return {name: _plain(value.T) for name, value in arrays.items()}, {}


_WRITERS: dict[str, Callable[[Path, Arrays, Metadata], None]] = {
    ".npz": _write_npz,
    ".mat": _write_mat,
    ".h5": write_h5,
    ".hdf5": write_h5,
}
_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[Path], tuple[dict[str, np.ndarray], dict[str, Any]]]], ...] = (
    (lambda head: head[:4] == b"PK\x03\x04", _read_npz),
    (lambda head: head[:6] == b"\x93NUMPY", _read_npy),
    (lambda head: head[:8] == b"\x89HDF\r\n\x1a\n", read_h5),
    (lambda head: head[:10] == b"MATLAB 7.3", _read_mat73),
    (is_matlab, _read_mat),
)
