"""Few numbers for a field: penalties that make codes sparse, dictionaries, and solvers with learned steps."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "OnlineOrthogonalDictionary": "online_dictionary",
    "PENALTIES": "penalties",
    "SparseDictionary": "dictionary",
    "UnfoldedSolver": "unfolded",
    "debiased": "codes",
    "DiskPatches": "patches",
    "disk_patches": "patches",
    "penalty": "penalties",
    "sparse_codes": "codes",
    "train_unfolded": "unfolded_training",
    "weight_for_activity": "codes",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return __all__
