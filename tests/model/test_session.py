"""A session folder gives the same scene back, and a bad one a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geomlearn.app.model.commands import change, restage
from geomlearn.app.model.computed import BasisItem, BookmarkItem, FieldItem, SelectionItem, ValuesItem
from geomlearn.app.model.files.codec import TYPES
from geomlearn.app.model.files.session import Session, is_session, read_session, write_session
from geomlearn.app.model.forms import ShapeModelItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import Item, Layer
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.matching.matches import LandmarksItem, MatchItem
from geomlearn.app.model.measuring.items import ProbesItem
from geomlearn.app.model.measuring.measures import distance_item, measure
from geomlearn.app.model.sensing.items import ReadingsItem
from geomlearn.app.model.sensing.sensing import sensors_item
from geomlearn.app.model.texts import Script
from geomlearn.core.errors import SessionError
from tests.model.scenes import pair_scene


def full_scene():
    scene, first, second = pair_scene()
    basis = scene.of(BasisItem)[0]
    scene = change(first.id, layer=Layer(source=basis.id, column=2, scale="fixed", limits=(-1.0, 1.0))).apply(scene)
    scene = restage(layout="overlay", up="z").apply(scene)
    at = np.array([[0], [3]])
    sensors = sensors_item(basis, 2, [0, 3], np.ones(2), "sensors", parameters={"law": "rdpp"})
    read = {"corners": at, "shares": np.ones((2, 1)), "values": np.eye(2), "sensors": sensors.id}
    table = {"specs": ("a.off", "b.off"), "sources": (0,), "targets": (1,), "verdicts": ("good",)}
    table |= {"errors": np.array([2.5]), "files": ("out/a--b.txt",)}
    return scene.put(
        [
            sensors,
            ReadingsItem(label="readings", owner=sensors.owner, **read),
            ShapeModelItem(label="model", owner=first.id, displacements=np.ones((1, 6, 3)), shares=np.ones(1)),
            ValuesItem(label="area", owner=first.id, values=np.ones((1, 6)), names=("area",)),
            LandmarksItem(label="marks", shape_a=first.id, shape_b=second.id, pairs=((0, 1), (2, -1))),
            SelectionItem(label="head", owner=first.id, indices=(0, 3)),
            VectorsItem(label="normals", owner=first.id, values=np.ones((6, 3))),
            CurvesItem(label="edges", owner=first.id, points=np.ones((2, 3)), edges=np.array([[0, 1]])),
            distance_item(first, 0, 1, measure(first.shape, 0, 1)),
            ProbesItem(label="probes", owner=first.id, vertices=(2, 5)),
            CollectionItem(label="maps", folder="out", **table),
            BookmarkItem(label="front", camera="{}"),
        ]
    )


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f), getattr(b, f)) for f in a.__dataclass_fields__)
    if isinstance(a, dict) or hasattr(a, "items"):
        return set(a) == set(b) and all(same(a[key], b[key]) for key in a)
    return a == b


def test_the_same_scene_comes_back(tmp_path):
    scene = full_scene()
    view = {"camera": '{"fov": 45}', "desk": "spectrum"}
    write_session(tmp_path / "day", Session(scene, view, ("Open cat",), Script("geomlearn view cat.off", "x = 1")))
    read = read_session(tmp_path / "day")
    assert list(read.scene.items) == list(scene.items)
    assert all(same(item, read.scene[item.id]) for item in scene)
    assert (read.scene.stage, read.view, read.log) == (scene.stage, view, ("Open cat",))
    assert is_session(tmp_path / "day") and is_session(tmp_path / "day" / "session.json")
    assert read.script == Script("geomlearn view cat.off", "x = 1")
    assert "x = 1" in (tmp_path / "day" / "script.sh").read_text()


def test_every_kind_of_item_can_be_saved():
    saved = {item.kind for item in full_scene()}
    known = {cls.kind for cls in TYPES.values() if issubclass(cls, Item)}
    assert saved == known, "a new item type needs a place in this test and in the codec"


def test_saving_again_writes_only_what_is_new_and_forgets_what_is_gone(tmp_path):
    scene = full_scene()
    folder = write_session(tmp_path / "day", Session(scene))
    stamps = {path.name: path.stat().st_mtime_ns for path in (folder / "arrays").iterdir()}
    field, match = scene.of(FieldItem)[0], scene.of(MatchItem)[0]
    write_session(folder, Session(scene.without(field.id).put([match.replace(label="better")])))
    again = {path.name: path.stat().st_mtime_ns for path in (folder / "arrays").iterdir()}
    assert len(again) == len(stamps) - 1
    assert all(stamps[name] == stamp for name, stamp in again.items())


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(SessionError, match="holds no session"):
        write_session(tmp_path, Session(full_scene()))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def damage_version(content):
    content["version"] = 99


def damage_type(content):
    content["items"][0]["item"]["type"] = "Popen"


def damage_field(content):
    del content["items"][0]["item"]["label"]


def damage_path(content):
    content["items"][0]["arrays"] = "../../secret.npz"


def damage_items(content):
    content["items"] = 7


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (damage_version, "newer version"),
        (damage_type, "Popen"),
        (damage_field, "incomplete"),
        (damage_path, "secret.npz"),
        (damage_items, "damaged"),
    ],
)
def test_a_damaged_session_is_a_sentence(tmp_path, damage, part):
    folder = write_session(tmp_path / "day", Session(full_scene()))
    content = json.loads((folder / "session.json").read_text())
    damage(content)
    (folder / "session.json").write_text(json.dumps(content))
    with pytest.raises(SessionError, match=part) as caught:
        read_session(folder)
    assert str(tmp_path.parent / "secret.npz") not in str(caught.value), "a name in the file may not lead outside"


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"format": "other"}'])
def test_a_file_that_is_no_session_is_a_sentence(tmp_path, text):
    (tmp_path / "session.json").write_text(text)
    with pytest.raises(SessionError):
        read_session(tmp_path)


def test_an_interrupted_save_leaves_the_old_session_whole(tmp_path, monkeypatch):
    scene = full_scene()
    folder = write_session(tmp_path / "day", Session(scene))
    monkeypatch.setattr("geomlearn.app.model.files.session._json", lambda content: 1 / 0)
    shorter = scene.without(scene.of(FieldItem)[0].id)
    with pytest.raises(ZeroDivisionError):
        write_session(folder, Session(shorter))
    assert len(list(read_session(folder).scene)) == len(list(scene))
