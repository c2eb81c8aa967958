"""The documentation shows what it promises: a picture a method, compared pictures, counted lines, every public name."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import geomlearn as gl
from geomlearn.core.methods import METHODS

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = sorted([*(DOCS / "gallery").glob("*.py"), *(DOCS / "tutorials").glob("*.py")])
ROOMS = (
    *("operators", "operators.adaptation", "operators.design", "optimizers", "regularizers", "initialization"),
    *("sensing", "sparse", "collections", "tuning"),
)


# Methods whose page has no picture yet.
WITHOUT_PICTURE = {"lsm-points", "map-network"}


@pytest.fixture(autouse=True)
def _extensions_are_found(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    monkeypatch.syspath_prepend(str(DOCS / "pictures"))


@pytest.mark.parametrize("row", METHODS, ids=lambda row: row.key)
def test_a_method_says_its_equation_and_when_to_use_it_and_when_not(row):
    assert row.equation
    assert row.use
    assert row.avoid
    assert "Avoid" not in row.use


def test_each_kept_picture_has_the_code_that_draws_it_and_a_caption():
    draw = importlib.import_module("draw")
    keys = {path.stem for path in (DOCS / "methods" / "pictures").glob("*.png")}
    assert keys <= draw.drawings().keys()
    assert all(len(draw.caption(draw.drawings()[key])) > 20 for key in keys)


def test_every_method_has_a_picture_but_those_that_are_named():
    kept = {path.stem for path in (DOCS / "methods" / "pictures").glob("*.png")}
    assert {row.key for row in METHODS} - kept == WITHOUT_PICTURE


def picture(folder: Path, name: str, array: np.ndarray) -> Path:
    path = folder / f"{name}.png"
    Image.fromarray(array.astype(np.uint8)).save(path)
    return path


def ball(shift: int = 0) -> np.ndarray:
    y, x = np.mgrid[0:360, 0:480]
    inside = (x - 240 - shift) ** 2 + (y - 180) ** 2 < 110**2
    return np.where(inside[..., None], (200, 90, 40), 255)


def changed(array: np.ndarray, how: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    ways = {
        "nothing": lambda: array,
        "another edge": lambda: ball(1),
        "noise": lambda: np.clip(array + rng.normal(0, 6, array.shape), 0, 255),
        "moved": lambda: ball(40),
        "empty": lambda: np.full_like(array, 255),
        "other colours": lambda: array[..., ::-1],
        "cropped": lambda: np.roll(np.where(np.arange(360)[:, None, None] < 200, array, 255), 0),
    }
    return ways[how]()


@pytest.mark.parametrize(
    ("how", "noticed"),
    [
        *(("nothing", False), ("another edge", False), ("noise", False)),
        *(("moved", True), ("empty", True), ("other colours", True), ("cropped", True)),
    ],
)
def test_pictures_are_compared_as_an_eye_would(tmp_path, how, noticed):
    compared = importlib.import_module("compared")
    kept = tmp_path / "kept"
    kept.mkdir()
    compared.blocks(picture(tmp_path, "a", ball())).save(kept / "a.png")
    made = picture(tmp_path, "b", changed(ball(), how))
    assert bool(compared.complaints({"a": made}, kept)) == noticed


def test_a_picture_that_is_new_or_gone_is_noticed(tmp_path):
    compared = importlib.import_module("compared")
    compared.blocks(picture(tmp_path, "a", ball())).save(tmp_path / "gone.png")
    (tmp_path / "kept").mkdir()
    (tmp_path / "gone.png").rename(tmp_path / "kept" / "gone.png")
    found = compared.complaints({"new": tmp_path / "a.png"}, tmp_path / "kept")
    assert [line.split()[0] for line in found] == ["gone", "new"]
    assert len(compared.complaints({}, tmp_path / "kept", whole=False)) == 0


def test_examples_that_run_beside_each_other_write_different_files():
    pictures = importlib.import_module("pictures")
    for folder in ("gallery", "tutorials"):
        names = [name for path in EXAMPLES if path.parent.name == folder for name in pictures.named(path.read_text())]
        assert len(names) == len(set(names)) > 5


def test_every_picture_of_an_example_is_kept():
    pictures = importlib.import_module("pictures")
    made = {
        f"sphx_glr_{path.stem}_{number:03d}"
        for path in EXAMPLES
        for number, _ in enumerate(pictures.named(path.read_text()), 1)
    }
    assert made == {path.stem for path in (DOCS / "_references").glob("*.png")}


def test_lines_of_a_first_result_are_those_of_the_programs():
    page = (DOCS / "start" / "first-result.md").read_text()
    table = {
        cells[1].strip(): cells[2:-1] for cells in (line.split("|") for line in page.splitlines()) if len(cells) > 6
    }
    row = [cell.strip() for cell in table["lines to a map and a carried function"]]
    counted = [lines(f"with_{name}") for name in ("pyfmaps", "geomfum")]
    assert row[0] == str(lines("with_geomlearn") - 1)
    assert row[1:3] == [str(count) for count in counted]
    assert table["and to a picture in a file"][0].strip() == str(lines("with_geomlearn"))
    basis = [cell.strip() for cell in table["lines to a basis"]]
    assert basis[2:4] == [str(lines("basis_with_geomfum")), str(lines("with_lapy"))]


def lines(name: str) -> int:
    text = (DOCS / "start" / "first_result" / f"{name}.py").read_text()
    return len([line for line in text.splitlines() if line.strip()])


def listed() -> dict[str, set[str]]:
    """Names that the API reference lists, by module."""
    found: dict[str, set[str]] = {}
    for page in (DOCS / "api").glob("*.rst"):
        module = ""
        for line in page.read_text().splitlines():
            if line.startswith(".. currentmodule::"):
                module = line.split()[-1]
            elif re.fullmatch(r"   \w+", line):
                found.setdefault(module, set()).add(line.strip())
    return found


@pytest.mark.parametrize("module", ["geomlearn", *(f"geomlearn.{room}" for room in ROOMS)])
def test_the_reference_lists_every_public_name(module):
    found = importlib.import_module(module)
    # What the short API lists too has its place there.
    short = {name for name in gl.__all__ if module != "geomlearn" and getattr(found, name, None) is getattr(gl, name)}
    names = set(found.__all__) - short
    rooms = {name for name in names if module == "geomlearn" and isinstance(getattr(gl, name), ModuleType)}
    assert listed()[module] == names - rooms
