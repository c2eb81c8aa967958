"""The pictures that an example writes are the pictures of its page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

_NAMED = re.compile(r'"([\w-]+\.(?:png|svg))"')


def scraper(block: Any, variables: dict[str, Any], configuration: dict[str, Any]) -> str:
    """Move what the block wrote to where the gallery keeps its pictures.

    Examples that run beside each other share a folder: a block's pictures are those that its code names.
    """
    from sphinx_gallery.scrapers import figure_rst

    written = [Path(name) for name in named(block[1]) if Path(name).is_file()]
    places = []
    for path, place in zip(written, variables["image_path_iterator"], strict=False):
        target = Path(place).with_suffix(path.suffix)
        shutil.move(path, target)
        places.append(str(target))
    return figure_rst(places, configuration["src_dir"])


def named(code: str) -> list[str]:
    """The files of pictures that code names, each once."""
    return list(dict.fromkeys(_NAMED.findall(code)))
