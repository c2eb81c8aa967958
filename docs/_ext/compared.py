"""The pictures of examples beside kept small ones: what has changed in a way that an eye would see is a warning.

Pictures are compared as means over blocks, so that another OpenGL, a line a pixel further or a font make no difference,
and a shape that is missing, turned, cropped or coloured otherwise does. `DOCS_REFERENCES=keep sphinx-build …` keeps new
ones.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util import logging

SIZE = (48, 36)
"""Blocks across and down."""
MEAN, MOST = 6.0, 90.0
"""How far, of 255, colours may be off on average, and in the 1 % of blocks that are off most."""

_log = logging.getLogger(__name__)


def blocks(path: Path) -> Image.Image:
    """A picture as the mean colours of its blocks, on white."""
    picture = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB").resize(SIZE, Image.Resampling.BOX)


def difference(made: Image.Image, kept: Image.Image) -> tuple[float, float]:
    """Mean over the blocks, and their 99 % quantile, of the largest difference in a colour."""
    off = np.abs(np.asarray(made, float) - np.asarray(kept.convert("RGB"), float)).max(axis=-1)
    return float(off.mean()), float(np.quantile(off, 0.99))


def compare(app: Sphinx, failure: Exception | None) -> None:
    """Warn of each picture that differs from the kept one, has none, or is no longer made."""
    if failure is not None:
        return
    kept = Path(app.srcdir) / "_references"
    folders = [Path(app.srcdir) / name / "images" for name in app.config.sphinx_gallery_conf["gallery_dirs"]]
    made = {path.stem: path for folder in folders for path in sorted(folder.glob("sphx_glr_*.png"))}
    if os.environ.get("DOCS_REFERENCES") == "keep":
        _keep(made, kept)
    elif made:
        whole = "DOCS_EXAMPLES" not in os.environ
        for complaint in complaints(made, kept, whole=whole):
            _log.warning(complaint, type="pictures")


def complaints(made: dict[str, Path], kept: Path, *, whole: bool = True) -> list[str]:
    """A sentence for each picture that is not as it was kept, or, of a whole build, that was not made."""
    missing = sorted(_names(kept) - made.keys()) if whole else []
    found = [f"{name} is kept in {kept.name}, but no example makes it." for name in missing]
    for name, path in made.items():
        if name not in _names(kept):
            found.append(f"{name} has no kept picture: look at it, then build with DOCS_REFERENCES=keep.")
            continue
        mean, most = difference(blocks(path), Image.open(kept / f"{name}.png"))
        if mean > MEAN or most > MOST:
            found.append(f"{name} looks otherwise than it did: colours are off by {mean:.1f} of 255, up to {most:.0f}.")
    return found


def _names(kept: Path) -> set[str]:
    return {path.stem for path in kept.glob("*.png")}


def _keep(made: dict[str, Path], kept: Path) -> None:
    kept.mkdir(exist_ok=True)
    for name in _names(kept) - made.keys():
        (kept / f"{name}.png").unlink()
    for name, path in made.items():
        blocks(path).save(kept / f"{name}.png", optimize=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Compare when all is made."""
    app.connect("build-finished", compare)
    return {"parallel_read_safe": True}
