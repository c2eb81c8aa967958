#!/usr/bin/env python3
"""Bring what programs print about themselves in step with the documentation.

python .ci/readme.py                     the table of methods in docs/methods/index.md
python .ci/readme.py ROOM_NAME < OUTPUT  also benchmarks/measured/ROOM_NAME.md, from what the commands it names printed
"""

import io
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

from geomlearn.app.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
HEADING_OF_A_TABLE = re.compile(r"\|(\s*:?-+:?\s*\|)+")


def replace(file: Path, part: str, content: str) -> None:
    """Put new content between the markers of `part` in a file."""
    if not file.is_file():
        raise SystemExit(f"{file} is missing: begin it with a title, the commands, and the two markers of {part}.")
    pattern = rf"(<!-- begin {part}\b[^\n]*-->\n).*?(<!-- end {part} -->)"
    new, count = re.subn(pattern, lambda found: f"{found[1]}{content}{found[2]}", file.read_text(), flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{file.name} has {count} parts called {part}, expected one.")
    file.write_text(new)


def methods() -> str:
    """The table of methods in Markdown."""
    out = io.StringIO()
    with redirect_stdout(out):
        main(["methods", "--markdown"])
    return out.getvalue()


def readable(output: str) -> str:
    """What a benchmark printed, as Markdown: its tables as tables, or all of it in a fence where it printed none.

    No line changes. Blank ones part a table from the sentences that touch it, which would else become its rows, and
    those below it from each other.
    """
    lines = output.strip("\n").splitlines()
    if not any(HEADING_OF_A_TABLE.fullmatch(line) for line in lines):
        return "\n".join(["```", *lines, "```", ""])
    parted, below = [""], False
    for line, previous in zip(lines, ["", *lines], strict=False):
        row, was_row = line.startswith("|"), previous.startswith("|")
        below = bool(line) and (below or was_row) and not row
        if line and previous and (below or row != was_row):
            parted.append("")
        parted.append(line)
    return "\n".join([*parted, "", ""])


if __name__ == "__main__":
    replace(ROOT / "docs" / "methods" / "index.md", "methods", methods())
    for name in sys.argv[1:2]:
        replace(ROOT / "benchmarks" / "measured" / f"{name}.md", f"benchmark:{name}", readable(sys.stdin.read()))
