"""Trained operators adapted to new samples: low-rank changes, their files, and several of them as one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_TARGETS = {
    "Adapter": "attach",
    "AdaptationOptions": "options",
    "MergeOptions": "options",
    "adapt": "learning",
    "Condition": "orthogonal.condition",
    "OrthogonalOptions": "orthogonal.options",
    "attach": "attach",
    "attach_conditions": "orthogonal.condition",
    "crosstalk": "orthogonal.crosstalk",
    "load_conditions": "orthogonal.condition_files",
    "merge_conditions": "orthogonal.condition",
    "put_on": "adapted",
    "save_conditions": "orthogonal.condition_files",
    "take_off": "adapted",
    "detach": "attach",
    "disabled": "attach",
    "drift": "drift",
    "load_adapted": "adapted",
    "load_adapter": "adapter_files",
    "merge": "merging",
    "orthonormality": "sorsa",
    "read_peft_folder": "peft_folder",
    "save_adapter": "adapter_files",
    "write_peft_folder": "peft_folder",
}

__all__ = sorted(_TARGETS)


def __getattr__(name: str) -> Any:
    if name not in _TARGETS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # A module and the function in it may share their name: the function is what is asked for.
    value = getattr(import_module(f"{__name__}.{_TARGETS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
