"""Many shapes at once: groups among them, and what drives them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Groups": "subspace_clustering",
    "Sufficient": "sufficient_directions",
    "cluster_subspaces": "subspace_clustering",
    "covariance_matrix": "frechet_covariance",
    "permutation_p_values": "frechet_covariance",
    "find_directions": "sufficient_directions",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return __all__
