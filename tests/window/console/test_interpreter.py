"""Lines of the console, without a window."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.history import History
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import as_python
from geomlearn.app.window.console.interpreter import Interpreter, Typed, script_of_line, typed
from geomlearn.core.errors import GeomError
from tests.model.scenes import pair_scene, shape_item


def test_names_live_on_and_what_a_line_does_is_commands():
    scene, first, _ = pair_scene()
    console = Interpreter()
    assert not console.run(scene, "x = w.shape('cat').vertices[:, 2]").commands
    outcome = console.run(scene, "w['height'] = 2 * x", first.id)
    after = Typed(outcome.text, outcome.commands).apply(scene)
    (found,) = [item for item in after.of(ValuesItem) if item.label == "height"]
    assert np.array_equal(found.values[0], 2 * first.shape.vertices[:, 2]) and found.owner == first.id
    assert after[first.id].layer.source == found.id


def test_values_are_printed_and_failures_are_sentences_that_change_nothing():
    scene, *_ = pair_scene()
    console = Interpreter()
    assert console.run(scene, "1 + 1").printed == "2\n"
    assert "basis" in console.run(scene, "w").printed
    for line, words in (
        ("nothing_here", "NameError"),
        ("1 +", "SyntaxError"),
        ("w['u'] = np.zeros(3)", "3 values"),
        ("w.do('jump')", "no command"),
        ("exit()", "Ctrl+Q"),
    ):
        outcome = console.run(scene, line)
        assert words in outcome.error and not outcome.commands, line
    outcome = console.run(scene, "w.do('remove cat'); 1 / 0")
    assert "ZeroDivisionError" in outcome.error and not outcome.commands


def test_shapes_matches_and_commands_come_onto_the_stage():
    console = Interpreter()
    outcome = console.run(Scene(), "w.add(gl.Mesh(np.eye(3), [[0, 1, 2]]), [1.0, 2, 3])")
    assert not outcome.error
    scene = Typed(outcome.text, outcome.commands).apply(Scene())
    assert len(scene.shapes) == 1 and scene.shapes[0].layer is not None
    outcome = console.run(scene, f"w.do('set {scene.shapes[0].label} edges=true; stage axes=true')")
    after = Typed(outcome.text, outcome.commands).apply(scene)
    assert after.shapes[0].edges and after.stage.axes


def test_what_is_typed_is_undone_and_its_script_runs_alone():
    history = History()
    item = shape_item("octa")
    lines = ["v = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])", "w.add(gl.Mesh(v, [[0, 1, 2]]))", "w['u'] = v[:, 0]"]
    console = Interpreter()
    for line in lines:
        outcome = console.run(history.scene, line)
        assert not outcome.error
        if outcome.commands:
            history.do(Typed(line, outcome.commands))
        else:
            history.note(line, script_of_line(line, history.scene, ""))
    space: dict = {"__name__": "copied"}
    exec(as_python(history.script()), space)
    assert [one.label for one in space["scene"]] == [one.label for one in history.scene]
    history.undo()
    assert not history.scene.of(ValuesItem) and history.scene.of(ShapeItem)
    with pytest.raises(GeomError, match="ZeroDivisionError"):
        typed(Scene().put([item]), "1 / 0")
