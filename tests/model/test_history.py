"""Undo and redo: every state comes back, branches stay, memory has a limit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.app.model import history as history_module
from geomlearn.app.model.commands import Add, Remove, Steps, change, restage
from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.history import History
from geomlearn.app.model.items import Layer
from geomlearn.app.model.texts import Script
from tests.model.scenes import basis_of, pair_scene, shape_item


def test_undo_and_redo_return_the_very_same_states():
    history = History()
    item = shape_item()
    states = [history.scene]
    for command in (Add((item,)), change(item.id, edges=True), change(item.id, visible=False), Remove(item.id)):
        states.append(history.do(command))
    for state in states[-2::-1]:
        history.undo()
        assert history.scene is state
    assert not history.can_undo
    for state in states[1:]:
        history.redo()
        assert history.scene is state
    assert not history.can_redo


def test_doing_something_else_after_undo_keeps_the_first_branch():
    history = History()
    item = shape_item()
    history.do(Add((item,)))
    history.do(change(item.id, visible=False))
    hidden = history.now
    history.undo()
    history.do(change(item.id, label="other"))
    assert [node.number for node in history.siblings(history.now.number)] == [hidden.number]
    history.go(hidden.number)
    assert not history.scene[item.id].visible
    history.undo()
    history.redo()
    assert history.now is hidden, "redo follows the branch last visited"


def test_dragging_a_slider_is_one_step(monkeypatch):
    history = History()
    item = shape_item()
    history.do(Add((item,)))
    for value in (0.9, 0.7, 0.5):
        history.do(change(item.id, opacity=value))
    assert len(history) == 3
    assert history.now.title == "octa: opacity 0.5"
    history.undo()
    assert history.scene[item.id].opacity == 1.0
    monkeypatch.setattr(history_module, "MERGE_S", 0.0)
    history.redo()
    history.do(change(item.id, opacity=0.2))
    assert len(history) == 4, "the same change much later is a step of its own"


def test_walking_through_time_is_one_step_however_long_the_pauses(monkeypatch):
    monkeypatch.setattr(history_module, "MERGE_S", 0.0)
    history = History()
    item = shape_item()
    history.do(Add((item,)))
    for opacity in (0.8, 0.6, 0.4):
        history.do(Steps("Another moment", (change(item.id, opacity=opacity),), key="time"))
    assert len(history) == 3
    history.undo()
    assert history.scene[item.id].opacity == 1.0


def test_a_command_that_fails_changes_nothing():
    history = History()
    orphan = basis_of(shape_item())
    before = history.now
    try:
        history.do(Add((orphan,)))
    except Exception as error:
        assert "no longer on the stage" in str(error)
    else:
        raise AssertionError("a basis without its shape was accepted")
    assert history.now is before


def test_old_branches_go_first_when_memory_is_short():
    item = shape_item()
    history = History(limit_bytes=60_000)
    history.do(Add((item,)))
    for seed in range(20):
        values = np.random.default_rng(seed).normal(size=(1, 1000))
        history.do(Add((ValuesItem(label="v", owner=item.id, values=values, names=("v",)),)))
        history.undo()
    assert len(history) <= 9, "each branch holds 8 kB, the limit is 60 kB"
    assert item.id in history.scene
    assert history.can_redo, "the newest branch stays"


def test_the_path_itself_is_shortened_only_when_nothing_else_is_left():
    history = History(limit_nodes=5)
    item = shape_item()
    history.do(Add((item,)))
    for number in range(10):
        history.do(change(item.id, label=f"name {number}"))
    assert len(history) == 5
    assert history.scene[item.id].label == "name 9"
    assert history.path()[0].parent is None
    # What can no longer be undone is still part of the script.
    told = history.script().python
    assert all(f"name {number}" in told for number in range(10))


def test_written_files_are_notes_not_steps():
    history = History()
    history.note("Wrote map.txt", Script("geomlearn match a b -o map.txt"))
    assert not history.can_undo
    assert "map.txt" in history.script().shell


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["show", "hide", "edges", "undo", "redo", "go", "rename", "stage"]), max_size=30))
def test_any_walk_keeps_the_tree_sound(steps):
    history = History(limit_nodes=12)
    item = shape_item()
    history.do(Add((item,)))
    for number, step in enumerate(steps):
        if item.id not in history.scene and step not in ("undo", "redo", "go", "stage"):
            continue
        match step:
            case "undo":
                history.undo()
            case "redo":
                history.redo()
            case "go":
                history.go(number % 7)
            case "stage":
                history.do(restage(layout="overlay" if number % 2 else "row"))
            case "rename":
                history.do(change(item.id, label=f"n{number}"))
            case "edges":
                history.do(change(item.id, edges=bool(number % 2)))
            case _:
                history.do(change(item.id, visible=step == "show"))
        numbers = {node.number for node in history}
        assert all(node.parent is None or node.parent in numbers for node in history)
        assert len(history) <= 12
        assert history.path()[-1] is history.now
        assert all(node.number in numbers for node in history.future())


def test_steps_are_one_undo_and_one_script():
    scene, first, second = pair_scene()
    history = History(scene)
    history.do(Steps("Hide both", (change(first.id, visible=False), change(second.id, visible=False))))
    assert history.now.script.python.count("import do") == 1
    assert history.now.script.python.count("scene = do(") == 2
    history.undo()
    assert history.scene is scene


def test_a_title_says_what_is_shown():
    scene, first, _ = pair_scene()
    basis = next(item for item in scene if item.kind == "basis")
    command = change(first.id, layer=Layer(source=basis.id, column=3))
    assert command.title(scene) == "Show φ₃ on cat"
    again = command.apply(scene)
    assert change(first.id, layer=Layer(source=basis.id, column=3, isolines=False)).title(again) == "Colours of cat"
