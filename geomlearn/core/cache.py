"""Where things that are dear to compute are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "GEOMLEARN_CACHE"


def cache_folder(kind: str) -> Path | None:
    """The folder for one kind of cached things; it need not exist yet.

    The environment variable ``GEOMLEARN_CACHE`` moves all of them to another folder; its value ``off`` turns caching
    off, and the answer is then None.
    """
    setting = os.environ.get(VARIABLE, "")
    if setting.lower() == "off":
        return None
    if setting:
        return Path(setting).expanduser() / kind
    from platformdirs import user_cache_path

    return user_cache_path("geomlearn", appauthor=False) / kind
