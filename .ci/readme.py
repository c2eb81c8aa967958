#!/usr/bin/env python3
"""Bring the generated parts of README.md in step.

python .ci/readme.py                     the table of methods
python .ci/readme.py NAME < OUTPUT       also the part benchmark:NAME, from what benchmarks/NAME.py printed
"""

import io
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

from app.cli.main import main

README = Path(__file__).resolve().parents[1] / "README.md"


def replaced(text: str, part: str, content: str) -> str:
    """`text` with new content between the markers of `part`."""
    pattern = rf"(<!-- begin {part}\b[^\n]*-->\n).*?(<!-- end {part} -->)"
    new, count = re.subn(pattern, lambda found: f"{found[1]}{content.strip()}\n{found[2]}", text, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"README.md has {count} parts called {part}, expected one.")
    return new


def methods() -> str:
    """The table of methods in Markdown."""
    out = io.StringIO()
    with redirect_stdout(out):
        main(["methods", "--markdown"])
    return out.getvalue()


if __name__ == "__main__":
    text = replaced(README.read_text(), "methods", methods())
    for name in sys.argv[1:2]:
        text = replaced(text, f"benchmark:{name}", f"```\n{sys.stdin.read().strip()}\n```")
    README.write_text(text)
