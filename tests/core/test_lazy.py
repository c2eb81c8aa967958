"""Names that are imported when they are asked for."""

from __future__ import annotations

import sys
import types

import pytest

from geomlearn.core.lazy import attach


@pytest.fixture
def package(monkeypatch):
    """A package of two names."""
    module = types.ModuleType("made_up")
    monkeypatch.setitem(sys.modules, "made_up", module)
    names = {"Path": "pathlib", "joined": "os.path:join", "decimal": "decimal:"}
    module.__getattr__, module.__dir__, module.__all__ = attach("made_up", names)
    return module


def test_names_lead_to_a_thing_a_renamed_thing_and_a_module(package):
    import decimal
    import os.path
    import pathlib

    assert package.Path is pathlib.Path
    assert package.joined is os.path.join
    assert package.decimal is decimal


def test_what_was_found_is_kept_and_listed(package):
    assert "Path" not in vars(package)
    _ = package.Path
    assert "Path" in vars(package)
    assert package.__all__ == ["Path", "decimal", "joined"]
    assert set(package.__all__) <= set(dir(package))


def test_other_names_are_attribute_errors(package):
    with pytest.raises(AttributeError, match="'made_up' has no attribute 'nothing'"):
        _ = package.nothing
