"""Many shapes on the stage: pages, their order, and a collection whose rows lead to the Match desk."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.many.order import ordered
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.model.view.place import placements
from geomlearn.collections.pairs.table import Row, write_table
from geomlearn.shapes.io import write_shape
from tests.model.scenes import octahedron

pytestmark = pytest.mark.window


@pytest.fixture
def many(driver):
    """Thirty octahedra of different sizes."""
    items = [ShapeItem(label=f"s{k:02d}", shape=octahedron(scale=1.0 + (7 * k) % 30)) for k in range(30)]
    driver.app.do(Add(tuple(items)))
    driver.app.look("front")
    driver.frames(3)
    return driver


def seen(app) -> list[str]:
    return [shape.label for shape in ordered(app.scene) if shape.visible]


def test_pages_are_turned_by_the_bar_and_by_keys(many):
    app = many.app
    assert many.sees("pages")
    many.click("a page")
    many.click("a page/12")
    assert len(seen(app)) == 12 and app.scene.stage.page_size == 12
    many.click("next page")
    assert seen(app) == [f"s{k:02d}" for k in range(12, 24)]
    many.key(".")
    assert len(seen(app)) == 6
    many.key("Shift+L")
    many.frames(2)
    assert many.sees("scale bar"), "also where the first shape is on another page"
    many.key(",")
    assert app.scene.stage.page == 1
    many.frames(2)
    stage = many.window.layout().stage
    names = [rect for name, rect in many.window.ui.rects.items() if name.startswith("name ")]
    assert len(names) == 12 and all(stage.contains(*rect.centre) for rect in names)


def test_the_order_is_chosen_and_undone(many):
    app = many.app
    many.click("order")
    many.click("order/area")
    areas = [shape.shape.area for shape in ordered(app.scene)]
    assert areas == sorted(areas)
    places = placements(app.scene)
    rows = sorted(app.scene.shapes, key=lambda one: (-round(places[one.id][1, 3]), places[one.id][0, 3]))
    assert [one.shape.area for one in rows] == areas
    many.key("Ctrl+Z")
    assert app.scene.stage.order == ""


def test_what_is_opened_beyond_a_page_begins_pages(driver, tmp_path):
    paths = [write_shape(tmp_path / f"eight{k:02d}.off", octahedron()) for k in range(26)]
    driver.drop(*paths)
    app = driver.app
    assert len(app.scene.shapes) == 26 and app.scene.stage.page_size == 24
    assert len(seen(app)) == 24
    driver.key(".")
    assert len(seen(app)) == 2


def test_one_shape_alone(many):
    many.app.focus_on(many.app.scene.shapes[4].id)
    many.key("Shift+V")
    assert seen(many.app) == ["s04"]


def test_a_row_of_a_collection_brings_its_pair_and_its_map(driver, tmp_path):
    names = [f"eight{k}" for k in range(3)]
    paths = [str(write_shape(tmp_path / f"{name}.off", octahedron(name))) for name in names]
    out = tmp_path / "maps"
    (out / "store").mkdir(parents=True)
    pairs = [(one, other) for one in names for other in names if one < other]
    rows = [Row(*pair, "learned", "good", 1.0 + k, 0.9, 1.0, "") for k, pair in enumerate(pairs)]
    write_table(out / "table.csv", rows)
    for one, other in pairs:
        np.savetxt(out / f"{one}--{other}.txt", np.arange(6), "%d")
    kept = {"members": list(map(list, zip(names, paths, strict=True))), "suffix": ".txt", "index_base": 0}
    (out / "store" / "run.json").write_text(json.dumps({**kept, "options": {}, "keys": {}}))
    driver.drop(out)
    app = driver.app
    driver.wait()
    assert app.scene.of(CollectionItem) and len(app.scene.shapes) == 3 and app.desk.key == "match"
    driver.frames(3)
    driver.click("map 2")
    driver.wait()
    assert sorted(seen(app)) == ["eight1", "eight2"]
    pair = app.desk.pair(app)
    assert [shape.label for shape in pair] == ["eight1", "eight2"]
    (found,) = app.scene.of(MatchItem)
    assert np.array_equal(found.map_ab, np.arange(6))
    driver.key("Ctrl+Z")
    driver.key("Ctrl+Z")
    assert len(seen(app)) == 3
