"""Distances, probes, thresholds and element quality, without a window."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import SelectionItem, ValuesItem
from geomlearn.app.model.files.session import Session, read_session, write_session
from geomlearn.app.model.history import History
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.language import do
from geomlearn.app.model.measuring.commands import Measure, Probe, Quality, SelectBetween
from geomlearn.app.model.measuring.items import DistanceItem, ProbesItem
from geomlearn.app.model.measuring.measures import element_quality, measure, selected_area, statistics
from geomlearn.app.model.measuring.tables import over_time, probe_table, profile_table, to_csv
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import as_python
from geomlearn.app.model.view.layers import picture
from geomlearn.core.errors import MeshError, ParameterError
from geomlearn.shapes.builtin import builtin, icosphere
from geomlearn.shapes.shape import Shape
from tests.model.scenes import field_of, octahedron, shape_item


@pytest.fixture
def ball() -> tuple[Scene, ShapeItem]:
    """A sphere that shows its height, in a scene."""
    item = ShapeItem(label="ball", shape=icosphere(7), source="builtin:ball")
    height = ValuesItem(label="height", owner=item.id, values=item.shape.vertices[None, :, 2], names=("z",))
    return Scene().put([item.replace(layer=Layer(source=height.id)), height]), item


def test_the_profile_is_the_function_along_the_way(ball):
    scene, item = ball
    scene = Measure(item.id, 0, 100).apply(scene)
    (found,) = scene.of(DistanceItem)
    assert found.measured.along == pytest.approx(found.stations[-1])
    assert found.measured.straight <= found.measured.along
    # A linear function is its own interpolation.
    assert found.profile(item.shape.vertices[:, 2]) == pytest.approx(found.measured.path[:, 2], abs=1e-12)
    names, rows = profile_table(found, picture(scene, scene[item.id]))
    assert names[-1] == "z" and rows[-1, 0] == pytest.approx(found.measured.along)


def test_where_no_exact_way_is_possible_heat_measures(ball):
    vertices = icosphere(7).vertices
    found = measure(Shape(vertices), 0, 100)
    exact = np.arccos(np.clip(vertices[0] @ vertices[100], -1, 1))
    assert len(found.path) == 0 and found.along == pytest.approx(exact, rel=0.1)


def test_every_step_can_be_undone_and_its_script_makes_the_same(ball):
    scene, item = ball
    history = History(scene)
    for step in (
        Measure(item.id, 0, 100),
        Probe(item.id, (5, 3)),
        SelectBetween(item.id, 0.5, 1.0),
        Quality(item.id),
    ):
        line = step.script(history.scene).python.splitlines()[-1]
        said = eval(line.removeprefix("scene = do(scene, ").removesuffix(")"))
        again, after = do(history.scene, said), history.do(step)
        assert [one.label for one in again] == [one.label for one in after]
        assert picture(again, again[item.id]).title == picture(after, after[item.id]).title
    (selection,) = history.scene.of(SelectionItem)
    height = item.shape.vertices[:, 2]
    assert selection.indices == tuple(np.flatnonzero(height >= 0.5))
    for _ in range(4):
        history.undo()
    assert history.scene is scene


def test_a_threshold_drawn_again_is_one_step_and_one_selection(ball):
    scene, item = ball
    history = History(scene)
    history.do(SelectBetween(item.id, 0.0, 1.0))
    history.do(SelectBetween(item.id, 0.9, 1.0))
    assert len(history) == 2 and len(history.scene.of(SelectionItem)) == 1
    bare = Scene().put([shape_item("octa")])
    with pytest.raises(ParameterError, match="shows no numbers"):
        do(bare, "select octa 0 1")


def test_probes_are_a_table_that_csv_keeps_exactly(ball):
    scene, item = ball
    scene = Probe(item.id, (7, 7, 2)).apply(scene)
    (found,) = scene.of(ProbesItem)
    assert found.vertices == (7, 2)
    names, rows = probe_table(scene, found)
    assert names == ["vertex", "x", "y", "z", "z"]
    head, *read = csv.reader(io.StringIO(to_csv(names, rows)))
    assert head == names and np.array_equal(np.array(read, float), rows)
    assert not Probe(item.id, ()).apply(scene).of(ProbesItem)
    with pytest.raises(ParameterError, match="no vertex 9999"):
        do(scene, "probe ball 9999")
    with pytest.raises(ParameterError, match="vertices"):
        do(scene, "probe ball x")
    with pytest.raises(ParameterError, match="measure SHAPE 12 400"):
        do(scene, "measure ball 1")


def test_probes_of_a_field_are_read_over_time():
    item = shape_item("octa")
    field = field_of(item, 5)
    names, rows = over_time(field, 2, (4, 0))
    assert names == ["t", "vertex 4", "vertex 0"]
    assert np.array_equal(rows[:, 1], field.values[:, 4]) and np.array_equal(rows[:, 0], field.times)


def test_quality_is_that_of_the_worst_face_around():
    assert element_quality(octahedron())[0] == pytest.approx(np.full(6, 60.0))
    assert element_quality(octahedron())[1] == pytest.approx(np.ones(6))
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 3**0.5 / 2, 0], [0.5, -0.01, 0], [9, 9, 9]])
    thin = Shape(corners, [[0, 1, 2], [0, 3, 1]])
    angles, ratios, areas = element_quality(thin)
    assert angles[2] == pytest.approx(60) and angles[0] == angles[3] == pytest.approx(np.degrees(np.arctan(0.02)))
    assert ratios[0] > 20 and areas[0] == pytest.approx(0.005) and np.isnan(angles[4])
    with pytest.raises(MeshError):
        element_quality(Shape(thin.vertices))


def test_probes_read_functions_of_one_name_from_all_items(ball):
    scene, item = ball
    twice = ValuesItem(label="twice", owner=item.id, values=2 * item.shape.vertices[None, :, 2], names=("z",))
    scene = Probe(item.id, (3, 8)).apply(scene.put([twice]))
    names, rows = probe_table(scene, scene.of(ProbesItem)[0])
    assert names == ["vertex", "x", "y", "z", "z", "z · twice"]
    assert np.array_equal(rows[:, 5], 2 * rows[:, 3])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("select ball 0.7 0.2", "Nothing lies between"),
        ("select ball nan 1", "Nothing lies between"),
        ("probe ball ²", "needs vertices"),
        ("quality ball what is this", "takes no"),
        ("only", "only of what"),
        ("stage page=x", "whole number"),
        ("stage page_size=-3", "whole number"),
        ("stage page=1.5", "whole number"),
    ],
)
def test_lines_that_say_nothing_are_sentences(ball, line, said):
    with pytest.raises(ParameterError, match=said):
        do(ball[0], line)


def test_a_selection_has_the_area_of_its_vertices_and_weighted_figures():
    shape = builtin("icosphere", 642, 0)
    everything = range(shape.n_vertices)
    assert selected_area(shape, everything) == pytest.approx(shape.area)
    found = statistics(shape, list(everything), shape.vertices[:, 2])
    assert found["mean"] == pytest.approx(0, abs=1e-6)
    # The mean square of a coordinate over the sphere is a third.
    assert found["standard deviation"] == pytest.approx(3**-0.5, rel=0.03)
    holes = np.where(shape.vertices[:, 2] > 0, np.nan, 1.0)
    assert statistics(shape, list(everything), holes)["mean"] == 1.0
    assert statistics(shape, [], holes) == {}


def test_a_session_keeps_what_was_measured(ball, tmp_path):
    scene, item = ball
    scene = Probe(item.id, (7,)).apply(Measure(item.id, 0, 100).apply(scene))
    write_session(tmp_path / "kept", Session(scene))
    back = read_session(tmp_path / "kept").scene
    (one,), (other,) = scene.of(DistanceItem), back.of(DistanceItem)
    assert np.array_equal(one.measured.path, other.measured.path) and back.of(ProbesItem)[0].vertices == (7,)


def test_the_copied_program_measures_alone(ball):
    history = History()
    item = ShapeItem(label="icosphere", shape=builtin("icosphere", 642, 0), source="builtin:icosphere")
    lines = "from geomlearn.app.model.results import show_shape\nfrom geomlearn.shapes.load import load_shape"
    from geomlearn.app.model.texts import Script

    made = Script("", f"{lines}\nscene = show_shape(scene, load_shape('builtin:icosphere'), 'builtin:icosphere')")
    history.do(Add((item,), made=made))
    history.do(Measure(item.id, 1, 30))
    space: dict = {"__name__": "copied"}
    exec(as_python(history.script()), space)
    assert [one.label for one in space["scene"].of(DistanceItem)] == ["icosphere · 1 to 30"]
