"""The pictures that an example writes are the pictures of its page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

_SHOWN = (".png", ".svg")


def scraper(block: Any, variables: dict[str, Any], configuration: dict[str, Any]) -> str:
    """Move what the block just wrote, into the folder it runs in, to where the gallery keeps its pictures."""
    from sphinx_gallery.scrapers import figure_rst

    written = sorted((p for p in Path.cwd().iterdir() if p.suffix in _SHOWN), key=lambda p: p.stat().st_mtime)
    places = []
    for path, place in zip(written, variables["image_path_iterator"], strict=False):
        target = Path(place).with_suffix(path.suffix)
        shutil.move(path, target)
        places.append(str(target))
    return figure_rst(places, configuration["src_dir"])
