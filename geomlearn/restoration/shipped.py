"""Priors that come with the program: whatever lies under `assets/restoration`."""

from __future__ import annotations

from pathlib import Path

from geomlearn.core.assets import asset
from geomlearn.core.errors import FormatError

PREFIX = "shipped:"


def shipped_priors() -> dict[str, Path]:
    """Their files, by the word after ``shipped:``."""
    return {path.stem: path for path in sorted(asset("restoration").glob("*.safetensors"))}


def prior_file(spec: str | Path) -> Path:
    """The file behind ``shipped:NAME``; any other path as it is.

    Raises
    ------
    FormatError   no prior of this name is shipped.
    """
    text, known = str(spec), shipped_priors()
    if not text.startswith(PREFIX):
        return Path(spec)
    name = text.removeprefix(PREFIX)
    if name not in known:
        raise FormatError(
            f"No prior called {name or 'nothing'} is shipped.",
            f"Choose one of {', '.join(PREFIX + word for word in known)}.",
        )
    return known[name]
