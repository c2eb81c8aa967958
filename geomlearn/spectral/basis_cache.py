"""Bases kept on disk, found again by the content of the shape and the options."""

from __future__ import annotations

import hashlib
import json

import geomlearn
from geomlearn.core.cache import ArrayCache
from geomlearn.core.errors import GeomError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.options import EigenbasisOptions

CACHE = ArrayCache("bases", 2 * 1024**3)
# Raised when the same options begin to mean other numbers, so that old entries are not found any more.
FORMAT = 2


def basis_key(shape: Shape, options: EigenbasisOptions) -> str:
    """A name for the basis: equal geometry, options and version give an equal one."""
    text = json.dumps([shape.content_hash, options.model_dump(), geomlearn.__version__, FORMAT], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def load_basis(key: str) -> Basis | None:
    """The basis kept under this key, or None."""
    found = CACHE.get(key)
    if found is None:
        return None
    arrays, facts = found
    try:
        return Basis(
            arrays["evals"], arrays["evecs"], arrays["mass"], facts["operator"], facts["boundary"], facts["metadata"]
        )
    except (KeyError, GeomError):
        CACHE.drop(key)
        return None


def store_basis(key: str, basis: Basis) -> None:
    """Keep a basis under this key."""
    arrays = {"evals": basis.evals, "evecs": basis.evecs, "mass": basis.mass}
    facts = {"operator": basis.operator, "boundary": basis.boundary, "metadata": dict(basis.metadata)}
    CACHE.put(key, arrays, facts)
