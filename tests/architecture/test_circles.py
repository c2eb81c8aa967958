"""No module waits for itself: what is imported while modules load has no circle."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def name_of(path: Path) -> str:
    """The installed name of a file."""
    words = [*path.relative_to(ROOT).with_suffix("").parts]
    words = words[:-1] if words[-1] == "__init__" else words
    return ".".join(words if words[0] == "geomlearn" else ["geomlearn", *words])


MODULES = {name_of(path): path for room in ("geomlearn", "operators", "app") for path in (ROOT / room).rglob("*.py")}


def at_load(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that run when a module loads: not those of functions, nor those for type checkers alone."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            found += at_load(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            found += at_load([*node.body, *getattr(node, "orelse", [])])
        else:
            found.append(node)
    return found


def imported(path: Path) -> set[str]:
    """Modules of ours that a file imports as it loads."""
    found = set()
    for node in at_load(ast.parse(path.read_text()).body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or {node.module}
    return found & MODULES.keys()


def in_order(graph: dict[str, set[str]]) -> list[str]:
    return list(TopologicalSorter(graph).static_order())


def test_no_module_waits_for_itself():
    # `import geomlearn` names the package for its version, which is set before anything else is imported.
    graph = {name: imported(path) - {name, "geomlearn"} for name, path in MODULES.items()}
    assert len(in_order(graph)) == len(MODULES)


def test_a_circle_is_noticed():
    with pytest.raises(CycleError):
        in_order({"a": {"b"}, "b": {"c"}, "c": {"a"}})
