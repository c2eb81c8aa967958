"""Packages that import their names when asked: every name leads somewhere, and type checkers see the same table."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def stubs():
    spec = importlib.util.spec_from_file_location("stubs", ROOT / ".ci" / "stubs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = stubs().tables()
each_package = pytest.mark.parametrize("package", TABLES, ids=lambda path: str(path.relative_to(ROOT)))


def test_packages_were_found():
    assert {ROOT / "geomlearn", ROOT / "operators", ROOT / "geomlearn" / "optimizers"} <= set(TABLES)


@each_package
def test_the_stub_is_that_of_the_table(package):
    assert (package / "__init__.pyi").read_text() == stubs().stub(TABLES[package], package), "run `.ci/stubs.py`"


@each_package
def test_every_name_leads_to_something_documented(package):
    words = package.relative_to(ROOT).parts
    module = import_module(".".join(words if words[0] == "geomlearn" else ("geomlearn", *words)))
    assert module.__all__ == sorted(TABLES[package])
    for name in module.__all__:
        assert getattr(module, name).__doc__
