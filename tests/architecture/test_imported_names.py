"""What benchmarks, tutorials and pictures import of the packages is there, though only people run them."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("geomlearn", "benchmarks")
FILES = sorted(
    path for room in ("benchmarks", "docs") for path in (ROOT / room).rglob("*.py") if "_build" not in path.parts
)


def imported(path: Path) -> list[tuple[str, str]]:
    """Each module of ours with a name that a file takes from it."""
    statements = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in statements if node.level == 0 and (node.module or "").split(".")[0] in OURS]
    return [(node.module, alias.name) for node in ours for alias in node.names]


def is_there(module: str, name: str) -> bool:
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        return error.name.split(".")[0] not in OURS  # a rival that is not installed
    return hasattr(found, name) or find_spec(f"{module}.{name}") is not None


@pytest.mark.parametrize("room", sorted({path.relative_to(ROOT).parts[:2] for path in FILES}), ids="/".join)
def test_every_name_that_is_imported_is_there(room):
    wanted = {pair for path in FILES if path.relative_to(ROOT).parts[:2] == room for pair in imported(path)}
    assert not [f"{module}.{name}" for module, name in sorted(wanted) if not is_there(module, name)]
