"""Where things that are dear to compute are kept between runs.

The environment variable ``GEOMLEARN_CACHE`` moves all caches to another folder; its value ``off`` turns them off. A
cache is a convenience: a damaged, full or unwritable one is treated as empty.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import GeomError

VARIABLE = "GEOMLEARN_CACHE"


def cache_folder(kind: str) -> Path | None:
    """The folder for one kind of cached things, which need not exist yet; None when caching is off."""
    setting = os.environ.get(VARIABLE, "")
    if setting.lower() == "off":
        return None
    if setting:
        return Path(setting).expanduser() / kind
    from platformdirs import user_cache_path

    return user_cache_path("geomlearn", appauthor=False) / kind


@dataclass(frozen=True)
class ArrayCache:
    """Named arrays kept by key; what was used longest ago goes first.

    Attributes
    ----------
    kind            names the folder.
    capacity_bytes  the folder never holds more; a single entry never more than a quarter of it.
    """

    kind: str
    capacity_bytes: int

    def get(self, key: str) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Arrays and metadata kept under this key, or None; a damaged entry is removed."""
        from geomlearn.core.arrays import read_arrays

        path = self._path(key)
        if path is None or not path.is_file():
            return None
        try:
            found = read_arrays(path)
            path.touch()
        except (OSError, GeomError):
            self.drop(key)
            return None
        return found

    def put(self, key: str, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any] | None = None) -> None:
        """Keep these under `key`."""
        from geomlearn.core.arrays import write_arrays

        path = self._path(key)
        if path is None or sum(array.nbytes for array in arrays.values()) > self.capacity_bytes // 4:
            return
        with suppress(OSError, GeomError):
            write_arrays(path, arrays, metadata or {}, force=True)
            self._trim(path.parent)

    def drop(self, key: str) -> None:
        """Forget one entry, as when its content turns out not to be what the key promised."""
        path = self._path(key)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path | None:
        folder = cache_folder(self.kind)
        return None if folder is None else folder / f"{key}.npz"

    def _trim(self, folder: Path) -> None:
        entries = []
        for path in folder.glob("*.npz"):
            # Another process may remove it meanwhile.
            with suppress(OSError):
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.capacity_bytes:
                return
            with suppress(OSError):
                path.unlink()
            total -= size
