"""Priors that come with the program: whatever lies under `assets/restoration`."""

from __future__ import annotations

from pathlib import Path

from geomlearn.core.assets import asset


def shipped_priors() -> dict[str, Path]:
    """Their files, by name."""
    folder = asset("restoration")
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))} if folder.is_dir() else {}
