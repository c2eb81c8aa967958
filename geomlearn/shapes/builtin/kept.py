"""Generated shapes kept on disk, since a creature takes seconds to make and milliseconds to read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from geomlearn.core.cache import ArrayCache
from geomlearn.core.errors import GeomError
from geomlearn.shapes.shape import Shape

CACHE = ArrayCache("shapes", 256 * 1024**2)


def kept(name: str, n_vertices: int, seed: int, make: Callable[[], Shape]) -> Shape:
    """The shape kept under these three, or what `make` returns, kept from now on.

    Raises
    ------
    GeomError   whatever `make` raises; nothing is kept then.
    """
    key = _key(name, n_vertices, seed)
    found = CACHE.get(key)
    if found is not None:
        with suppress(KeyError, GeomError):
            return Shape(found[0]["vertices"], found[0]["faces"], name=name)
    shape = make()
    CACHE.put(key, {"vertices": shape.vertices, "faces": shape.faces})
    return shape


def _key(name: str, n_vertices: int, seed: int) -> str:
    return hashlib.blake2b(repr((name, n_vertices, seed, _recipe())).encode(), digest_size=16).hexdigest()


@cache
def _recipe() -> str:
    """Digest of the generators' own source: a changed recipe never finds what the old one made."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
