"""Pages of many shapes, their order, and the table of a collection."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.history import History
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.language import do
from geomlearn.app.model.many.items import CollectionItem, read_collection
from geomlearn.app.model.many.order import ordered, score
from geomlearn.app.model.many.pages import Turn, n_pages
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import placements
from geomlearn.core.errors import FormatError, ParameterError
from tests.model.scenes import octahedron


def many(n: int = 50) -> Scene:
    """Octahedra of different sizes; each but the last shows its number."""
    items = [
        ShapeItem(label=f"s{k:02d}", shape=octahedron(scale=1.0 + (7 * k) % n), source=f"s{k:02d}.off")
        for k in range(n)
    ]
    values = [
        ValuesItem(label=f"v{k}", owner=one.id, values=np.full((1, 6), float((3 * k) % n)), names=("v",))
        for k, one in enumerate(items[:-1])
    ]
    painted = [one.replace(layer=Layer(source=v.id)) for one, v in zip(items, values, strict=False)]
    return Scene().put([*painted, items[-1], *values])


def seen(scene: Scene) -> list[str]:
    return [shape.label for shape in ordered(scene) if shape.visible]


def test_each_shape_is_on_exactly_one_page():
    scene = Turn({"page_size": 24}).apply(many())
    assert n_pages(scene) == 3
    pages = [seen(Turn({"page": page}).apply(scene)) for page in range(3)]
    assert [len(page) for page in pages] == [24, 24, 2]
    assert sorted(label for page in pages for label in page) == [shape.label for shape in scene.shapes]
    assert seen(Turn({"page": 99}).apply(scene)) == pages[-1], "beyond the end is the last"
    assert len(seen(Turn({"page_size": 0}).apply(scene))) == 50


@pytest.mark.parametrize(("order", "key"), [("name", "label"), ("area", "area"), ("value", "v"), ("-value", "v")])
def test_the_stage_stands_in_the_order_asked_for(order, key):
    scene = Turn({"order": order}).apply(many())
    shapes = ordered(scene)
    places = placements(scene)
    rows = sorted(shapes, key=lambda one: (-round(places[one.id][1, 3], 6), places[one.id][0, 3]))
    assert [one.id for one in rows] == [one.id for one in shapes], "from left to right, row after row"
    if key == "label":
        assert [one.label for one in shapes] == sorted(one.label for one in shapes)
    else:
        scores = [score(scene, one) for one in shapes]
        assert scores[-1] is None if key == "v" else scores[-1] is not None
        known = [number for number in scores if number is not None]
        assert known == sorted(known, reverse=order.startswith("-"))


def test_turning_is_undone_and_its_lines_do_the_same():
    history = History(many())
    for step in (Turn({"page_size": 6, "order": "-value"}), Turn({"page": 2})):
        line = step.script(history.scene).python.splitlines()[-1]
        said = eval(line.removeprefix("scene = do(scene, ").removesuffix(")"))
        again = do(history.scene, said)
        assert seen(again) == seen(history.do(step))
    scene = do(history.scene, "only s03 s07")
    assert sorted(seen(scene)) == ["s03", "s07"]
    history.undo()
    history.undo()
    assert len(seen(history.scene)) == 50
    with pytest.raises(ParameterError, match="no order"):
        do(scene, "stage order=beauty")


def test_a_finished_run_is_read_as_a_table(tmp_path):
    from geomlearn.collections.pairs.table import Row, write_table

    rows = [
        Row("a", "b", "learned", "good", 2.5, 0.9, 1.0, ""),
        Row("b", "a", "learned", "failed", None, None, 1.0, "x"),
    ]
    write_table(tmp_path / "table.csv", rows)
    (tmp_path / "store").mkdir()
    kept = {
        "members": [["a", "/x/a.off"], ["b", "/x/b.off"]],
        "suffix": ".txt",
        "index_base": 0,
        "options": {},
        "keys": {},
    }
    (tmp_path / "store" / "run.json").write_text(json.dumps(kept))
    item = read_collection(str(tmp_path))
    assert (item.specs, item.sources, item.targets) == (("/x/a.off", "/x/b.off"), (0, 1), (1, 0))
    assert item.files[0] == str(tmp_path / "a--b.txt") and item.verdicts == ("good", "failed")
    assert item.mean_error("/x/a.off") == 2.5 and np.isnan(item.mean_error("/x/c.off"))
    with pytest.raises(FormatError, match="no finished maps"):
        read_collection(str(tmp_path / "store"))


def test_shapes_can_stand_by_how_badly_they_match():
    scene = many(3)
    table = CollectionItem(
        label="maps",
        folder="out",
        specs=("s00.off", "s01.off", "s02.off"),
        sources=(0, 1),
        targets=(1, 2),
        verdicts=("good", "bad"),
        errors=np.array([1.0, 9.0]),
        files=("", ""),
    )
    scene = Turn({"order": "-error"}).apply(scene.put([table]))
    assert [shape.label for shape in ordered(scene)] == ["s02", "s01", "s00"]
