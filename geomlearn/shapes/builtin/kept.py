"""Generated shapes kept on disk, since a creature takes seconds to make and milliseconds to read.

The folder never holds more than `CAPACITY` bytes: what was used longest ago goes first. A damaged or unwritable cache
is treated as empty.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

from geomlearn.core.cache import cache_folder
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path
from geomlearn.shapes.shape import Shape

CAPACITY = 256 * 1024**2


def kept(name: str, n_vertices: int, seed: int, make: Callable[[], Shape]) -> Shape:
    """The shape kept under these three, or what `make` returns, kept from now on.

    Raises
    ------
    GeomError   whatever `make` raises; nothing is kept then.
    """
    folder = cache_folder("shapes")
    if folder is None:
        return make()
    path = folder / f"{_key(name, n_vertices, seed)}.npz"
    shape = _read(path, name)
    if shape is None:
        shape = make()
        _write(path, shape)
    return shape


def _read(path: Path, name: str) -> Shape | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            shape = Shape(file["vertices"], file["faces"], name=name)
        path.touch()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, GeomError):
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return None
    return shape


def _write(path: Path, shape: Shape) -> None:
    try:
        with atomic_path(path, force=True) as temporary, temporary.open("wb") as stream:
            np.savez(stream, vertices=shape.vertices, faces=shape.faces)
    except (OSError, GeomError):
        # A full disk or a read-only folder only costs time.
        return
    _trim(path.parent)


def _trim(folder: Path) -> None:
    entries = []
    for path in folder.glob("*.npz"):
        # Another process may remove it meanwhile.
        with suppress(OSError):
            status = path.stat()
            entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= CAPACITY:
            return
        with suppress(OSError):
            path.unlink()
        total -= size


def _key(name: str, n_vertices: int, seed: int) -> str:
    return hashlib.blake2b(repr((name, n_vertices, seed, _recipe())).encode(), digest_size=16).hexdigest()


@cache
def _recipe() -> str:
    """Digest of the generators' own source: a changed recipe never finds what the old one made."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
