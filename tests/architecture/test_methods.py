"""The table of methods is true: every row leads somewhere, is tested, is measured, and has a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import available
from geomlearn.app.cli.main import main
from geomlearn.core.methods import METHODS
from geomlearn.core.options import Options
from geomlearn.operators.models.table import MODELS, model_named

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    *(
        "laplacian",
        "eigenbasis",
        "descriptor",
        "geodesic",
        "matching",
        "refinement",
        "transport",
        "score",
        "equation",
        "sequence",
    ),
    *("optimizer", "regularizer", "alignment", "initialization", "operator"),
    *("placement", "regression", "calibration", "sparse", "dictionary", "restoration", "tuning", "collection"),
    *("adaptation", "compression", "attention", "design"),
}

each_row = pytest.mark.parametrize("row", METHODS, ids=lambda row: row.key)


def test_there_are_methods_and_their_keys_are_unique():
    keys = [(row.kind, row.key) for row in METHODS]
    assert METHODS
    assert len(set(keys)) == len(keys)


@each_row
def test_the_target_is_a_documented_callable(row):
    target = row.resolve()
    assert callable(target)
    assert target.__doc__


@each_row
def test_the_kind_is_one_of_those_the_table_explains(row):
    assert row.kind in KINDS


@each_row
def test_the_networks_that_it_is_can_be_trained_by_its_name(row):
    for kind, target in row.networks:
        found = [model for model in MODELS if model.method is row and model.kind == kind]
        assert [model.target for model in found] == [target]
        assert model_named(found[0].key) is found[0]
        assert callable(found[0].resolve())
        assert found[0].key.startswith(row.key)


@each_row
def test_options_survive_json(row):
    model = row.resolve_options()
    if model is None:
        return
    assert issubclass(model, Options)
    options = model()
    assert model.model_validate_json(options.model_dump_json()) == options


@each_row
def test_a_test_file_mirrors_the_module_or_its_room(row):
    module = row.target.partition(":")[0]
    *rooms, stem = module.split(".")
    rooms = rooms[1:]
    folder = ROOT / "tests" / Path(*rooms)
    nearby = [*folder.rglob(f"test_{stem}*.py"), *folder.parent.glob(f"test_{stem}*.py")]
    # Rivals under one interface are tested by one file that imports them all.
    together = [path for path in folder.glob("test_*.py") if f"from {module} import" in path.read_text()]
    assert nearby or together, f"no test of {module} below {folder.relative_to(ROOT)}"


@each_row
def test_the_benchmark_exists(row):
    room, name = row.benchmark.split()
    assert (room, name) in available(), f"python -m benchmarks {row.benchmark}"


@each_row
def test_the_page_exists_and_shows_the_row(row):
    page = ROOT / row.page
    assert page.is_file()
    assert f"```{{method}} {row.key}\n" in page.read_text()


def test_the_documentation_lists_exactly_these_methods(capsys):
    assert main(["methods", "--markdown"]) == 0
    printed = capsys.readouterr().out
    part = re.search(
        r"<!-- begin methods[^\n]*-->\n(.*?)<!-- end methods -->",
        (ROOT / "docs" / "methods" / "index.md").read_text(),
        re.DOTALL,
    )
    assert part is not None
    assert part[1] == printed, "run `python .ci/readme.py`"
