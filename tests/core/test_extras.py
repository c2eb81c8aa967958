"""The table of extras is that of pyproject.toml, and what is missing is said with the extra's name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from geomlearn.core.errors import DeviceError
from geomlearn.core.extras import EXTRAS, Extra, require

PROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())["project"]


def test_the_table_and_the_project_know_the_same_extras():
    assert sorted(row.name for row in EXTRAS) == sorted(PROJECT["optional-dependencies"])


def test_nothing_is_both_an_extra_and_always_there():
    always = {line.split(">")[0].split("<")[0] for line in PROJECT["dependencies"]}
    extra = {line.split(">")[0] for lines in PROJECT["optional-dependencies"].values() for line in lines}
    assert not always & extra


def test_what_is_missing_is_a_sentence_with_the_extra(monkeypatch):
    row = Extra("made-up", "something", ("a_module_that_is_not_there", "json"))
    monkeypatch.setattr("geomlearn.core.extras.EXTRAS", (row,))
    assert row.missing == ("a_module_that_is_not_there",)
    assert require("json", "made-up").dumps([]) == "[]"
    with pytest.raises(DeviceError, match="Something needs a_module_that_is_not_there") as caught:
        require("a_module_that_is_not_there", "made-up")
    assert 'pip install "geomlearn[made-up]"' in caught.value.hint
