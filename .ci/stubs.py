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
    rows, renamed = [], []
    for name, target in names.items():
        module, colon, attribute = target.partition(":")
        if colon and not attribute:  # the module itself, by another name or its own
            module, _, attribute = module.rpartition(".")
            renamed += [f"{name} = {attribute}"] if name != attribute else []
        rows.append((module, attribute or name, name))
    for module, attribute, name in sorted(rows):
        # A module by another name stands for itself below: checkers take `as` for private where the names differ.
        kept = attribute if f"{name} = {attribute}" in renamed else name
        lines.append(f"from {module} import {attribute} as {kept}")
    lines += ["", *renamed] if renamed else []
    return "\n".join([*lines, *(["", "__version__: str"] if package.name == "geomlearn" else []), ""])


if __name__ == "__main__":
    for package, names in tables().items():
        (package / "__init__.pyi").write_text(stub(names, package))
