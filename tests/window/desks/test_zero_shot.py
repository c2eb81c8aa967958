"""The match desk after DiffuMatch: the states on the way under a slider, kept by sessions."""

from types import SimpleNamespace

import numpy as np
import pytest

from geomlearn.app.desks.match.runs import put
from geomlearn.app.desks.match.ways import ways
from geomlearn.app.desks.match.zero_shot.states import CURVES, MATRICES, states_of
from geomlearn.app.model.commands import Add
from geomlearn.app.model.matching.matches import LandmarksItem, MatchItem
from geomlearn.app.model.texts import NO_SCRIPT
from geomlearn.app.window.files.opening import open_session, save_session
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.existing_maps import match_from_point_maps
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import write_shape

pytestmark = pytest.mark.window
NAMES = ("biped-tall-walk", "biped-tall-reach")


def story(count: int = 3, k: int = 30) -> SimpleNamespace:
    """What `match_shapes` tells of a match by training: maps that come out of noise."""
    rng = np.random.default_rng(0)
    noise = [np.eye(k) + level * rng.standard_normal((k, k)) for level in np.linspace(0.4, 0.02, count)]
    steps = [{"step": 10 * i, **dict.fromkeys(MATRICES, c)} for i, c in enumerate(noise)]
    history = [{"step": 10 * i, **dict.fromkeys(CURVES, 1.0 / (1 + i))} for i in range(count)]
    return SimpleNamespace(stats={"zero_shot": {"steps": steps, "history": history, "best_step": 10 * (count - 1)}})


@pytest.fixture
def trained(driver, tmp_path):
    """A match with states on the stage, the desk open."""
    driver.open(*(write_shape(tmp_path / f"{name}.off", builtin(name, 700)) for name in NAMES))
    driver.app.show_desk("match")
    driver.frames(2)
    a, b = driver.app.desks["match"].pair(driver.app)
    made = match_from_point_maps(a.shape, b.shape, ground_truth(*NAMES, n_vertices_a=700, n_vertices_b=700), k=24)
    put(driver.app, (a.id, b.id), made, "Trained", lambda ends, label: NO_SCRIPT, states=states_of(story()))
    driver.frames(3)
    return driver


def test_a_slider_goes_through_the_states(trained):
    (match,) = trained.app.scene.of(MatchItem)
    assert match.states["raw"].shape == (3, 30, 30)
    assert trained.sees("losses")
    best = trained.picture().astype(int)
    trained.app.desks["match"].states.show(match, 0)
    trained.frames(3)
    assert np.abs(trained.picture().astype(int) - best).max() > 30


def test_sessions_keep_the_states(trained, tmp_path):
    (match,) = trained.app.scene.of(MatchItem)
    assert save_session(trained.app, str(tmp_path / "day"), "{}")
    trained.reset()
    open_session(trained.app, str(tmp_path / "day"))
    trained.frames(2)
    (again,) = trained.app.scene.of(MatchItem)
    np.testing.assert_array_equal(again.states["proper"], match.states["proper"])


def test_other_matches_have_no_states():
    assert states_of(SimpleNamespace(stats={"k": 3})) == {}
    assert states_of(object()) == {}


def test_it_stands_among_the_ways():
    assert ways()["diffumatch"].first == ("steps", "regularizer")


def test_a_real_training_is_cancelled_and_keeps_its_best(driver, tmp_path):
    driver.open(*(write_shape(tmp_path / f"{name}.off", builtin(name, 500)) for name in NAMES))
    driver.app.show_desk("match")
    desk = driver.app.desks["match"]
    desk.way = "diffumatch"
    desk.options["diffumatch"] = DiffuMatchOptions(steps=10_000, n_points=200)
    # With landmarks no rotations are tried, which would take longest here.
    a, b = desk.pair(driver.app)
    truth = ground_truth(*NAMES, n_vertices_a=500, n_vertices_b=500)
    pairs = tuple((i, int(truth[i])) for i in range(0, 500, 90))
    driver.app.do(Add((LandmarksItem(label="known", shape_a=a.id, shape_b=b.id, pairs=pairs),)))
    driver.key("M")
    driver.until(lambda: any("step 2" in job.note for job in driver.app.runner.active), 200.0)
    driver.click("cancel")
    driver.until(lambda: not driver.app.runner.active, 6.0)
    driver.until(lambda: "Stopped: Match" in driver.messages() or "Cancelled: Match" in driver.messages(), 10.0)
    kept = driver.app.scene.of(MatchItem)
    # A machine with other work to do may not hand over in time; what is said and what is kept agree all the same.
    assert ("Stopped: Match" in driver.messages()) == (len(kept) == 1)
    for match in kept:
        assert "best map so far" in match.note and match.states["step"][-1] >= 1
