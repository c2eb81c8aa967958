"""Optimal transport whose plan has at most k nonzeros in each column: soft maps with few candidates."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "SparseTransportOptions": "options",
    "SparsePlan": "plan",
    "sparse_transport": "transport",
    "soft_map": "soft_maps",
    "likely_places": "likely",
    "SparseTransportLayer": "layer",
}
__all__ = [*_PLACES]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
