"""Where the files that ship beside the code lie, however the package was installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def asset(*parts: str) -> Path:
    """Path of a shipped file or folder, by its place under `assets`."""
    return Path(str(files("geomlearn.assets").joinpath(*parts)))
