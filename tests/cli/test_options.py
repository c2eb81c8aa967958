"""What option models say about themselves in words."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from pydantic import Field

from geomlearn.app.cli.options import described
from geomlearn.core.options import Options


class Inner(Options):
    depth: int = Field(2, ge=1, le=9, description="How deep.")


class Outer(Options):
    width: float | None = Field(None, gt=0, description="How wide.", json_schema_extra={"unit": "length"})
    kind: Literal["a", "b"] = Field("a", description="Which.")
    sizes: tuple[int, ...] = Field((1, 2), description="All of them.")
    fast: bool = Field(True, description="Hurry.")
    name: str = Field("", description="A name.")
    inner: Inner = Field(Inner(), description="Nested.")


@pytest.mark.parametrize(
    ("name", "default", "extent", "unit"),
    [
        ("width", "chosen", "> 0", "length"),
        ("kind", "a", "a, b", ""),
        ("sizes", "1 2", "", ""),
        ("fast", "yes", "", ""),
        ("name", "none", "", ""),
        ("inner.depth", "2", "1 … 9", ""),
    ],
)
def test_default_range_and_unit_in_words(name, default, extent, unit):
    row = next(row for row in described(Outer) if row["name"] == name)
    assert (row["default"], row["range"], row["unit"]) == (default, extent, unit)


def test_help_shows_range_and_unit_of_a_flag(geomlearn):
    text = " ".join(geomlearn("solve", "heat", "--help").out.replace("│", " ").split())
    assert "(> 0 length²/time)" in text
    assert "-k INT How many modes to compute. (1 … 5000 modes) [default: 128]" in " ".join(
        geomlearn("basis", "--help").out.replace("│", " ").split()
    )


@pytest.mark.parametrize(
    ("verb", "panels"),
    [
        (["match"], ["Options of the method", "--method diffumatch", "Refinement by ZoomOut", "Many shapes", "Common"]),
        (["train", "fno"], ["Options of fno", "Options of training", "Training in detail", "Common"]),
        (["solve", "heat"], ["Options of heat", "Where it starts", "Common"]),
        (["render"], ["Parameters", "Colours", "Viewpoint", "The file", "Common"]),
    ],
)
def test_help_ranks_flags_by_what_matters_and_no_group_is_long(geomlearn, verb, panels):
    shown = geomlearn(*verb, "--help").out
    places = [shown.index(f"─ {title} ─") for title in panels]
    assert places == sorted(places)
    for panel in shown.split("╭─ ")[1:]:
        flags = [line for line in panel.splitlines() if re.match(r"│ (\*  |   )?--", line)]
        assert len(flags) <= 12, panel.splitlines()[0]
    if verb == ["match"]:
        first = shown[places[0] : places[1]]
        assert 0 < first.index("--method") < first.index("--k-end") < first.index("--seed")
