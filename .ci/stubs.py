#!/usr/bin/env python3
"""Write the types of lazily imported names: an `__init__.pyi` beside every `__init__.py` that calls `attach`."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def tables() -> dict[Path, dict[str, str]]:
    """The table of strings of every lazy package, by its folder."""
    found = {}
    for path in sorted(p for room in ("geomlearn", "operators", "app") for p in (ROOT / room).rglob("__init__.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "attach":
                found[path.parent] = ast.literal_eval(node.args[1])
    return found


def stub(names: dict[str, str], package: Path) -> str:
    """What a type checker reads in place of the table."""
    lines = ['"""Types of the names that `__init__.py` imports when they are asked for."""', ""]
    for name, target in sorted(names.items(), key=lambda item: (item[1].partition(":")[0], item[0])):
        module, _, attribute = target.partition(":")
        lines.append(f"from {module} import {attribute or name} as {name}")
    return "\n".join([*lines, *(["", "__version__: str"] if package.name == "geomlearn" else []), ""])


if __name__ == "__main__":
    for package, names in tables().items():
        (package / "__init__.pyi").write_text(stub(names, package))
