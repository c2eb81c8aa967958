"""Draw the pictures of the pages of methods: `python docs/pictures/draw.py [KEY…]`, all of them without words.

A room is a file, a picture a function called like its method, whose docstring is the caption. What is kept is small, in
`docs/methods/pictures`.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "methods" / "pictures"
WIDTH, COLORS = 900, 96

Drawing = Callable[[Path], None]


@cache
def drawings() -> dict[str, Drawing]:
    """What draws the picture of each method, by its key."""
    found = {}
    for file in sorted(HERE.glob("of_*.py")):
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, thing in vars(module).items():
            if inspect.isfunction(thing) and thing.__module__ == file.stem and not name.startswith("_"):
                found[name.replace("_", "-")] = thing
    return found


def caption(drawing: Drawing) -> str:
    """The sentence below a picture."""
    return " ".join(inspect.getdoc(drawing).split())


def keep(path: Path, kept: Path) -> None:
    """The same picture, narrower and with fewer colours."""
    from PIL import Image

    picture = Image.open(path).convert("RGB")
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)
    kept.parent.mkdir(exist_ok=True)
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(kept, optimize=True)


def main(keys: list[str]) -> int:
    """Draw what is asked for; how many could not be drawn."""
    every, failed = drawings(), 0
    for key in keys or every:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{key}.png"
            try:
                every[key](path)
                keep(path, KEPT / path.name)
            except Exception:
                traceback.print_exc()
                failed += 1
                continue
        print(key, flush=True)
    return failed


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main(sys.argv[1:]))
