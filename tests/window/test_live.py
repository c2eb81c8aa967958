"""A window driven from Python: what is shown, what comes back, what bad input and a lost window say."""

from __future__ import annotations

import ctypes.util
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from geomlearn.app.model.computed import FieldItem, ValuesItem
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import MatchItem
from geomlearn.app.window.live import show
from geomlearn.app.window.live.content import content_of, values_of
from geomlearn.app.window.live.shared import INLINE_BYTES, Line
from geomlearn.core.errors import DeviceError, GeomError, MeshError, ParameterError, SizeMismatch
from geomlearn.operators.fields.series import FieldSeries
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.drawn.vectors import Vectors
from geomlearn.shapes.shape import Shape
from tests.model.scenes import octahedron

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def ball():
    return builtin("icosphere", 2000, 0)


@pytest.fixture
def live(ball, tmp_path, monkeypatch):
    """A window without a screen on a ball with a field."""
    if ctypes.util.find_library("EGL") is None:
        pytest.skip("there is no libEGL on this machine")
    monkeypatch.setenv("GEOMLEARN_CONFIG_DIR", str(tmp_path / "config"))
    window = show(ball, fields={"u": ball.vertices[:, 0]}, hidden=True)
    yield window
    window.close()
    assert not list((tmp_path / "config").glob("**/window.json")), "a hidden window has no habits"


def test_what_is_given_is_shown_and_what_changes_comes_back(live, ball):
    first = live.screenshot()
    assert first.ndim == 3 and first.std() > 5
    shape, field = live.scene
    assert isinstance(shape, ShapeItem) and np.array_equal(shape.shape.vertices, ball.vertices)
    assert isinstance(field, ValuesItem) and shape.layer.source == field.id
    live["u"] = ball.vertices[:, 1]
    assert np.array_equal(live["u"], ball.vertices[:, 1])
    assert np.abs(live.screenshot().astype(int) - first).sum() > 10_000
    live["moving"] = np.outer(np.arange(3), ball.vertices[:, 2])
    (moving,) = live.scene.of(FieldItem)
    assert moving.n_columns == 3 and live.scene.shapes[0].layer.source == moving.id
    live.add(ball, np.clip(ball.vertices, 0, 1))
    assert live.scene.shapes[1].layer is not None
    # An array beyond what a message holds, in shared memory.
    large = builtin("icosphere", 20_000, 0)
    assert large.vertices.nbytes > INLINE_BYTES
    live.add(large, large.vertices[:, 2])
    assert np.array_equal(live.scene.shapes[2].shape.vertices, large.vertices)
    assert live._repr_png_().startswith(b"\x89PNG")
    assert live.selection.tolist() == []
    # Two of one kind are matched in the window, and the map comes back.
    small = builtin("icosphere", 500, 0)
    live.add({"one": small, "other": small.replace(vertices=2 * small.vertices)})
    map_ab = live.desk.match("one", "other")
    assert np.array_equal(map_ab, live.scene.of(MatchItem)[0].map_ab) and len(map_ab) == small.n_vertices
    for bad, kind, words in (
        (lambda: live.__setitem__("u", np.zeros(3)), SizeMismatch, "3 values for"),
        (lambda: live["nothing"], ParameterError, "called nothing"),
        (lambda: live.desk.match("one", "nobody"), ParameterError, "called nobody"),
        (live.wait, DeviceError, "hidden"),
    ):
        with pytest.raises(kind, match=words):
            bad()
    assert live.is_open
    os.kill(live._process.pid, signal.SIGKILL)
    live._process.wait()
    for call in (lambda: live.scene, lambda: live["u"], live.screenshot):
        with pytest.raises(GeomError, match="has been closed"):
            call()


def test_bad_input_is_refused_before_there_is_a_window():
    with pytest.raises(MeshError, match="vertex 7"):
        show((np.zeros((3, 3)), [[0, 1, 7]]), hidden=True)
    with pytest.raises(SizeMismatch, match="4 values for 6 vertices"):
        show(octahedron(), np.zeros(4), hidden=True)
    with pytest.raises(ParameterError, match="not finite at 2"):
        show(octahedron(), np.array([0, 0, np.inf, 0, 0, 0]), hidden=True)
    with pytest.raises(ParameterError, match="holds no numbers"):
        show(octahedron(), fields={"names": ["a"] * 6}, hidden=True)


def test_lists_mappings_and_matches_are_taken_apart():
    eight = octahedron("eight")
    assert [one["label"] for one in content_of([eight, eight], {})["shapes"]] == ["eight 1", "eight 2"]
    assert [one["label"] for one in content_of({"a": eight, "b": eight}, {})["shapes"]] == ["a", "b"]
    assert content_of((eight.vertices, eight.faces), {})["shapes"][0]["faces"].shape == (8, 3)
    assert values_of("u", np.zeros((4, 6)))["times"].tolist() == [0, 1, 2, 3]
    three = Shape(np.eye(3), name="three")
    assert values_of("c", np.zeros((6, 3)), eight)["colors"] and "times" in values_of("u", np.zeros((6, 3)), three)
    with pytest.raises(ParameterError, match="leave"):
        values_of("c", np.full((6, 3), 2.0), eight)
    series = FieldSeries(np.arange(2.0), np.zeros((2, 6, 2)), ("u", "v"))
    assert values_of("both", series)["names"] == ("u", "v")
    from geomlearn.matching.prepared import ShapeMatch

    fields = {name: np.arange(6) for name in ("map_ab", "map_ba")}
    match = type("Match", (), {"shape_a": eight, "shape_b": eight, **fields})()
    assert set(content_of(match, {})["match"]) == set(fields) and ShapeMatch is not None


def test_arrows_and_curves_are_told_from_colours_and_moments():
    eight, rng = octahedron("eight"), np.random.default_rng(0)
    for given in (rng.normal(size=(6, 3)), np.ones((8, 3)), Vectors(np.ones((6, 3)), tangent=True)):
        sent = content_of(eight, {"v": given})["fields"]["v"]
        assert np.array_equal(sent["vectors"], getattr(given, "values", given))
    path = Curves(np.eye(3))
    assert content_of(eight, {"p": path})["fields"]["p"]["edges"].tolist() == [[0, 1], [1, 2]]
    alone = content_of(path, {})
    assert alone["shapes"][0]["vertices"].shape == (3, 3) and "edges" in alone["fields"]
    with pytest.raises(SizeMismatch, match="v has 7 vectors, and eight has 6 vertices and 8 faces"):
        content_of(eight, {"v": Vectors(np.ones((7, 3)))})


def test_arrows_and_curves_are_drawn_and_keep_their_looks(live, ball):
    plain = live.screenshot()
    live["flow"] = Vectors(np.cross([0, 1, 0], ball.vertices))
    live.add(None, fields={"path": Curves(1.2 * ball.vertices[:40])})
    arrows, path = live.scene.of(VectorsItem)[0], live.scene.of(CurvesItem)[0]
    assert arrows.on == "vertices" and len(path.edges) == 39
    drawn = live.screenshot()
    assert np.abs(drawn.astype(int) - plain).max(axis=2).astype(bool).sum() > 2000
    live["flow"] = np.abs(ball.vertices)
    (changed,) = live.scene.of(VectorsItem)
    assert changed.id == arrows.id and np.array_equal(live["flow"], np.abs(ball.vertices))
    assert np.array_equal(live["path"], 1.2 * ball.vertices[:40])
    with pytest.raises(SizeMismatch, match="5 vectors"):
        live["flow"] = Vectors(np.ones((5, 3)))


def test_lent_arrays_are_copied_and_freed():
    here, there = (Line(end) for end in Pipe())
    sent = {"large": np.random.default_rng(0).normal(size=(40_000, 3)), "small": np.arange(4), "words": ("a", 1)}
    here.send(sent)
    got = there.receive()
    assert np.array_equal(got["large"], sent["large"]) and got["small"].tolist() == [0, 1, 2, 3]
    assert got["words"] == ("a", 1) and len(here._lent) == 1
    here.settle(5.0)
    assert not here._lent
    with pytest.raises(TypeError):
        here.send(np.array([object()]))
    here.close()
    there.close()


def test_a_program_without_a_main_guard_may_show_and_end(tmp_path):
    """No import of the program in another process, no block of memory left behind, no complaint."""
    program = tmp_path / "figure.py"
    program.write_text(
        "import numpy as np\n"
        "from geomlearn.app.window.live import show\n"
        "from geomlearn.shapes.builtin import builtin\n"
        "ball = builtin('icosphere', 20000, 0)\n"
        "window = show(ball, ball.vertices[:, 0], hidden=True)\n"
        "window.screenshot('figure.png')\n"
        "window.close()\n"
        "print('once')\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["once"], "")
    assert (tmp_path / "figure.png").stat().st_size > 5000


def test_what_cannot_be_shown_later_is_a_sentence_and_the_window_stays_as_it_was(live, ball):
    before = [item.label for item in live.scene]
    for bad, kind, words in (
        (lambda: live.add(ball, np.full(ball.n_vertices, np.nan)), ParameterError, "not finite"),
        (lambda: live.add(ball.replace(name="b"), np.ones(4)), SizeMismatch, "4 values"),
        (lambda: live.__setitem__("u", "numbers"), ParameterError, "no numbers"),
        (lambda: live.__setitem__("u", np.ones((2, 2, 2))), ParameterError, "has the shape"),
        (lambda: live.add((ball.vertices, ball.faces + 9999)), MeshError, "refers to vertex"),
        (lambda: live.add(None, fields={"p": Curves(np.ones((2, 3)) * np.inf)}), ParameterError, "not finite"),
    ):
        with pytest.raises(kind, match=words):
            bad()
    assert [item.label for item in live.scene] == before


def test_a_window_that_goes_in_the_middle_of_a_call_is_a_sentence_and_nothing_hangs(live):
    """Killed from outside while it matches; the program goes on, and says the same ever after."""
    ball = builtin("icosphere", 2000, 0)
    live.add({"one": ball, "other": ball})
    said = []

    def ask() -> None:
        try:
            live.desk.match("one", "other")
        except GeomError as error:
            said.append(error.message)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)
    live._process.send_signal(signal.SIGKILL)
    asking.join(60)
    assert not asking.is_alive() and said == ["The window has been closed."]
    live._process.wait(60)
    assert not live.is_open
    with pytest.raises(GeomError, match="has been closed"):
        live["u"] = np.zeros(3)


def test_a_worker_that_dies_in_a_match_is_a_sentence_and_the_window_stays(live):
    ball = builtin("icosphere", 20_000, 0)
    live.add({"one": ball, "other": ball})
    said = []

    def ask() -> None:
        try:
            live.desk.match("one", "other")
        except GeomError as error:
            said.append(f"{error.message} {error.hint}")

    asking = threading.Thread(target=ask)
    asking.start()
    workers: list[int] = []
    until = time.monotonic() + 60
    while not workers and time.monotonic() < until and asking.is_alive():
        time.sleep(0.2)
        workers = _busiest_children(live._process.pid)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    asking.join(120)
    assert len(said) == 1 and "The worker process was ended" in said[0] and "Nothing on the stage is lost" in said[0]
    assert live.is_open and [item.label for item in live.scene.shapes][-2:] == ["one", "other"]


def _busiest_children(parent: int) -> list[int]:
    """The children of a process that have worked for a second or more."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        busy_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        if int(fields[1]) == parent and busy_s > 1.0:
            found.append(int(folder.name))
    return found
