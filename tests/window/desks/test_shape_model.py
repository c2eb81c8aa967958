"""Shape models in the window: opened as their mean, moved by sliders, played, combined, undone."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.desks.spectrum.shape_model import PLAYED, move
from geomlearn.app.model import history
from geomlearn.app.model.forms import ShapeModelItem
from geomlearn.app.model.texts import as_python
from geomlearn.app.model.view.drawn import drawn_vertices
from geomlearn.collections.morphometrics.model_files import write_shape_model
from geomlearn.collections.morphometrics.shape_model import shape_model
from geomlearn.shapes.builtin import builtin

pytestmark = pytest.mark.window


@pytest.fixture
def opened(driver, tmp_path, monkeypatch):
    """A model of spheres of different length and width on the stage, and what it was made from."""
    monkeypatch.setattr(history, "MERGE_S", 60.0)
    template = builtin("icosphere")
    scales = np.random.default_rng(0).normal((2, 1, 1), (0.5, 0.2, 0.0), size=(12, 3))
    driver.model = shape_model(template.vertices * scales[:, None]).value
    path = write_shape_model(tmp_path / "model.npz", driver.model, template, ())
    driver.open(str(path))
    driver.wait()
    return driver


def moved(driver):
    """What is drawn, in the unit of the shape."""
    shape = driver.app.shape
    return drawn_vertices(driver.app.scene, shape) * shape.shape.diagonal + shape.centre


def test_a_dropped_model_is_its_mean_with_a_slider_for_each_mode(opened):
    (item,) = opened.app.scene.of(ShapeModelItem)
    assert opened.app.desk.key == "spectrum" and opened.app.shape.layer.source == item.id
    assert np.allclose(moved(opened), opened.model.mean)
    slider = opened.rect("mode 1")
    opened.drag(slider.centre, (slider.right - 4, slider.centre[1]))
    deviations = opened.app.shape.deviations
    assert deviations[0] > 2.5 and not any(deviations[1:])
    assert np.allclose(moved(opened), opened.model.at(0, deviations[0]), atol=1e-6)


def test_modes_add_up_are_undone_in_one_step_and_replayed_by_the_script(opened):
    app = opened.app
    (item,) = app.scene.of(ShapeModelItem)
    move(app, item, (1.0,))
    move(app, item, (1.0, -2.0))
    both = opened.model.shape(np.array([1.0, -2.0]) * np.sqrt(opened.model.eigenvalues[:2]))
    assert np.allclose(moved(opened), both)
    space = {"__name__": "replayed"}
    exec(as_python(app.history.script()), space)
    again = space["scene"].shapes[0]
    assert again.deviations == (1.0, -2.0)
    assert np.allclose(drawn_vertices(space["scene"], again), drawn_vertices(app.scene, app.shape))
    opened.key("Ctrl+Z")
    assert not any(app.shape.deviations)


def test_a_mode_is_played_there_and_back_until_stopped(opened):
    opened.click("play mode 1")
    seen = []
    opened.until(lambda: seen.append(opened.app.shape.deviations[:1]) or np.ptp(np.array(seen or [(0,)])) > PLAYED)
    assert max(abs(one[0]) for one in seen if one) <= PLAYED
    assert opened.app.history.now.title.startswith("Move")
    opened.click("play mode 1")
    opened.frames(2)
    still = opened.app.shape.deviations
    opened.frames(5)
    assert opened.app.shape.deviations == still
    opened.click("mean")
    assert np.allclose(moved(opened), opened.model.mean)
