"""The shape of the tree: what a reader may rely on before opening a file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for package in ("geomlearn", "operators", "app") for path in (ROOT / package).rglob("*.py"))


def test_no_file_has_400_lines():
    long = {str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text().splitlines())) >= 400}
    assert not long


def test_every_module_says_what_it_is():
    silent = [str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    unfinished = [str(path.relative_to(ROOT)) for path in SOURCES if marks.search(path.read_text())]
    assert not unfinished


def test_public_functions_and_classes_are_documented():
    bare = []
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            # A function of one statement may speak for itself.
            if public and not ast.get_docstring(node) and (isinstance(node, ast.ClassDef) or len(node.body) > 1):
                bare.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert not bare


def test_users_meet_no_assert_and_no_bare_except():
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assert) or (isinstance(node, ast.ExceptHandler) and node.type is None):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found
