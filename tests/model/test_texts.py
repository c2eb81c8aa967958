"""The command language says every change, and reads back what it wrote."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.app.model.commands import Remove, change, restage
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import Layer
from geomlearn.app.model.language import do
from geomlearn.app.model.scene import Scene
from geomlearn.core.errors import ParameterError
from tests.model.scenes import pair_scene, shape_item


def spoken(scene, command):
    """What running the copied Python makes of the scene."""
    names = {"scene": scene}
    exec(command.script(scene).python, names)  # the point of the test: what is copied must run
    return names["scene"]


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: change(a.id, visible=False),
        lambda a, b: change(a.id, edges=True, opacity=0.25),
        lambda a, b: change(a.id, label="it's; a 'new' \"name\""),
        lambda a, b: change(a.id, color=(0.1, 0.2, 0.3)),
        lambda a, b: change(a.id, layer=None, edges=True),
        lambda a, b: restage(layout="overlay", ground=False),
        lambda a, b: Remove(b.id),
    ],
)
def test_the_copied_python_does_the_same(make):
    scene, first, second = pair_scene()
    command = make(first, second)
    expected, got = command.apply(scene), spoken(scene, command)
    assert list(got.items) == list(expected.items)
    assert got.stage == expected.stage
    for name in ("visible", "edges", "opacity", "label", "color", "layer"):
        assert getattr(got[first.id], name) == getattr(expected[first.id], name)


def test_a_layer_is_written_with_what_differs_from_the_defaults():
    scene, first, _ = pair_scene()
    basis = scene.of(BasisItem)[0]
    command = change(first.id, layer=Layer(source=basis.id, column=2, isolines=False))
    assert "paint cat 'cat basis' column=2 isolines=false" in command.script(scene).python.replace("\\'", "'")
    layer = spoken(scene, command)[first.id].layer
    assert (layer.source, layer.column, layer.isolines, layer.scale) == (basis.id, 2, False, "robust")


def test_the_shell_line_opens_the_same_files():
    scene, first, _ = pair_scene()
    shell = change(first.id, visible=False).script(scene).shell
    assert shell == "geomlearn view cat.off dog.off --do 'set cat visible=false'"


@settings(deadline=None)
@given(st.text(min_size=1, max_size=12).filter(lambda text: text.strip() and "\x00" not in text))
def test_any_label_survives(label):
    item = shape_item("start")
    scene = Scene().put([item])
    renamed = spoken(scene, change(item.id, label=label))
    assert renamed[item.id].label == label
    assert spoken(renamed, Remove(item.id)).items == {}


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("fly cat", "no command"),
        ("set cat wings=2", "not understood"),
        ("set cat id=x", "not understood"),
        ("set lion edges=true", "called lion"),
        ("paint cat", "cannot be painted"),
        ("set 'cat edges=true", "cannot be read"),
        ("stage sky=blue", "not understood"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(line, part):
    scene, _, _ = pair_scene()
    with pytest.raises(ParameterError, match=part) as caught:
        do(scene, line)
    assert caught.value.hint


def test_lines_and_semicolons_run_in_order():
    scene, first, _ = pair_scene()
    after = do(scene, "set cat edges=true; set cat label='a;b'\nset 'a;b' opacity=0.5")
    assert (after[first.id].label, after[first.id].edges, after[first.id].opacity) == ("a;b", True, 0.5)


def test_a_line_that_names_another_item_replays_in_another_scene():
    (scene, first, _), (other, _, _) = pair_scene(), pair_scene()
    basis = scene.of(BasisItem)[0]
    script = change(first.id, rebuilt_from=basis.id, rebuilt_k=3).script(scene)
    # Opening the files would not bring the basis.
    assert script.shell == ""
    line = ast.literal_eval(script.python.splitlines()[-1].partition("scene, ")[2][:-1])
    replayed = do(other, line).by_label(first.label)
    assert (replayed.rebuilt_from, replayed.rebuilt_k) == (other.of(BasisItem)[0].id, 3)
    assert do(other, f"set {first.label} rebuilt_from='\"\"'").by_label(first.label).rebuilt_from == ""
