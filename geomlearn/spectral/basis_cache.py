"""Bases kept on disk, found again by the content of the shape and the options.

The environment variable ``GEOMLEARN_CACHE`` moves the cache to another folder, or turns it off with the value ``off``.
The folder never holds more than `CAPACITY` bytes: what was used longest ago goes first. The cache is a convenience: a
damaged or unwritable one is treated as empty.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import numpy as np

import geomlearn
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.options import EigenbasisOptions

VARIABLE = "GEOMLEARN_CACHE"
CAPACITY = 2 * 1024**3
# Raised when the same options begin to mean other numbers, so that old entries are not found any more.
FORMAT = 1


def folder() -> Path | None:
    """Where bases are kept, or None when the cache is off."""
    setting = os.environ.get(VARIABLE, "")
    if setting.lower() == "off":
        return None
    if setting:
        return Path(setting).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("geomlearn", appauthor=False)) / "bases"


def key(shape: Shape, options: EigenbasisOptions) -> str:
    """A name for the basis: equal geometry, options and version give an equal one."""
    text = json.dumps([shape.content_hash, options.model_dump(), geomlearn.__version__, FORMAT], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def load(name: str) -> Basis | None:
    """The basis kept under this key, or None; a damaged entry is removed."""
    path = _path(name)
    if path is None or not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            metadata = json.loads(str(file["metadata"]))
            basis = Basis(
                file["evals"], file["evecs"], file["mass"], str(file["operator"]), str(file["boundary"]), metadata
            )
        os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, GeomError):
        _remove(path)
        return None
    return basis


def store(name: str, basis: Basis) -> None:
    """Keep a basis under this key; a full disk or a read-only folder is no error."""
    path = _path(name)
    if path is None or basis.evecs.nbytes > CAPACITY // 4:
        return
    try:
        with atomic_path(path, force=True) as temporary, temporary.open("wb") as stream:
            np.savez(
                stream,
                evals=basis.evals,
                evecs=basis.evecs,
                mass=basis.mass,
                operator=np.array(basis.operator),
                boundary=np.array(basis.boundary),
                metadata=np.array(json.dumps(dict(basis.metadata))),
            )
    except (OSError, GeomError):
        return
    _trim(path.parent)


def clear() -> int:
    """Remove every entry; returns how many there were."""
    where = folder()
    entries = list(where.glob("*.npz")) if where is not None and where.is_dir() else []
    for entry in entries:
        _remove(entry)
    return len(entries)


def _path(name: str) -> Path | None:
    where = folder()
    return None if where is None else where / f"{name}.npz"


def _trim(where: Path) -> None:
    entries = []
    for path in where.glob("*.npz"):
        try:
            status = path.stat()
        except OSError:  # another process removed it meanwhile
            continue
        entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= CAPACITY:
            return
        _remove(path)
        total -= size


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
