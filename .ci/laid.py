"""Run a command beside the three packages laid as they are installed: `python .ci/laid.py lint-imports`.

The checkout keeps `operators` and `app` beside `geomlearn`; tools that read a package from its folder want them inside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(command: list[str]) -> int:
    """The command's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        laid = Path(folder)
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "geomlearn", laid / "geomlearn", ignore=skip)
        for room in ("operators", "app", "assets"):
            shutil.copytree(ROOT / room, laid / "geomlearn" / room, ignore=skip)
        shutil.copy(ROOT / "pyproject.toml", laid)
        return subprocess.run(command, cwd=laid, env={**os.environ, "PYTHONPATH": folder}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
