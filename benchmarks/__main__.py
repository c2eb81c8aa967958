"""`python -m benchmarks ROOM NAME …`: run one measured comparison; without words, list what there is."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent


def available() -> list[tuple[str, str]]:
    """Every (room, name) that can be run."""
    files = sorted(path for path in HERE.glob("*/*.py") if not path.stem.startswith("_"))
    return [(path.parent.name, path.stem) for path in files if '\nif __name__ == "__main__":\n' in path.read_text()]


def main(words: list[str]) -> int:
    """Run `benchmarks/ROOM/NAME.py` with the remaining words as its arguments."""
    room, name, *rest = [*words, "", ""]
    if (room, name.replace("-", "_")) not in available():
        print("python -m benchmarks ROOM NAME, one of:", *(f"  {a} {b}" for a, b in available()), sep="\n")
        return 2
    sys.argv = [f"benchmarks {room} {name}", *rest[:-2]]
    runpy.run_module(f"benchmarks.{room}.{name.replace('-', '_')}", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
