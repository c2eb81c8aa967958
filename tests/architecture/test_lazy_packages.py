"""Packages that import their names when asked: every name leads somewhere, and type checkers see the same table."""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
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


def module_of(package):
    words = package.relative_to(ROOT).parts
    return import_module(".".join(words if words[0] == "geomlearn" else ("geomlearn", *words)))


def unshaped(value):
    """Whether arrays or tensors go in or come out and no docstring has a shape such as (n, 3) or (*grid, c)."""
    if not callable(value) or isinstance(value, type(inspect)):
        return False
    calls = [
        getattr(value, name)
        for name in ("forward", "fit", "__call__")
        if inspect.isclass(value) and hasattr(value, name)
    ]
    signature = str(inspect.signature(calls[0] if hasattr(value, "forward") else value))
    text = " ".join(inspect.getdoc(one) or "" for one in (value, *calls))
    return bool(re.search("ndarray|Tensor", signature)) and not re.search(r"\((…|\*?[A-Za-z0-9_]+)[,)…]", text)


@each_package
def test_arrays_have_their_shapes_in_the_docstring(package):
    module = module_of(package)
    assert [name for name in module.__all__ if unshaped(getattr(module, name))] == []


def test_an_array_without_a_shape_is_noticed():
    def shaped(values: np.ndarray) -> None:
        """Values (n,) of something."""

    def bare(values: np.ndarray) -> None:
        """Values of something."""

    assert (unshaped(shaped), unshaped(bare)) == (False, True)


@each_package
def test_every_name_leads_to_something_documented(package):
    module = module_of(package)
    assert module.__all__ == sorted(TABLES[package])
    for name in module.__all__:
        assert getattr(module, name).__doc__


@each_package
def test_a_name_is_the_same_whether_or_not_a_submodule_of_that_name_was_imported_before(package):
    words = package.relative_to(ROOT).parts
    module = ".".join(words if words[0] == "geomlearn" else ("geomlearn", *words))
    table = TABLES[package]
    names = [name for name, target in table.items() if target.partition(":")[0] == f"{module}.{name}"]
    code = f"""
import importlib, types
for name in {names}:
    importlib.import_module("{module}." + name)
package = importlib.import_module("{module}")
wrong = [name for name in {names} if isinstance(getattr(package, name), types.ModuleType)]
assert not wrong, wrong
"""
    rooms = {name for name, target in table.items() if target.endswith(":")}
    if set(names) - rooms:
        subprocess.run([sys.executable, "-c", code], check=True)
