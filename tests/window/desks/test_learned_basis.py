"""The spectrum desk's learned bases and probes: fitted beside computed, masses as colours, probes and their modes."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.computed import BasisItem, ValuesItem

pytestmark = pytest.mark.window


@pytest.fixture
def sphere(driver):
    """The small sphere with a desk whose fits are quick."""
    driver.open("builtin:icosphere@642")
    desk = driver.app.desks["spectrum"]
    quick = {"steps": 40, "n_samplings": 2, "n_points": 150, "width": 32}
    desk.learned.options = desk.learned.options.replace(network="fit", k=9, **quick)
    desk.options = desk.options.replace(k=9)
    driver.frames(2)
    yield driver
    # What is unfolded stays so, and would push the rest of the desk out of the next test's sight.
    opened(driver, "")


SECTIONS = {"Learned basis": "learn basis", "Probes": "show probes"}


def opened(driver, title):
    """Unfold one of the two sections and fold the other, or both: together they do not fit the window."""
    for section, widget in SECTIONS.items():
        if driver.sees(widget) != (section == title):
            driver.click(section)
            driver.frames(2)


def test_a_fitted_basis_stands_beside_a_computed_one(sphere):
    opened(sphere, "Learned basis")
    sphere.click("learn basis")
    sphere.wait()
    (fitted,) = sphere.app.scene.of(BasisItem)
    assert fitted.basis.operator == "fitted"
    assert sphere.app.shape.layer.source == fitted.id
    made = sphere.app.history.now.script
    assert "--learned fit" in made.shell
    assert "learned_basis(" in made.python
    sphere.click("masses")
    (masses,) = sphere.app.scene.of(ValuesItem)
    assert masses.values.mean() == pytest.approx(1.0)
    assert sphere.app.shape.layer.source == masses.id
    sphere.key("S")
    sphere.wait()
    desk = sphere.app.desks["spectrum"]
    computed = sphere.app.scene.of(BasisItem)[-1]
    desk.other = fitted.id
    sphere.frames(2)
    sphere.wait()
    assert desk.comparisons[(computed.id, fitted.id)].overlaps[3] > 0.8


def test_probes_colour_the_shape_and_induce_a_basis(sphere):
    opened(sphere, "Probes")
    sphere.click("show probes")
    sphere.wait()
    (probes,) = sphere.app.scene.of(ValuesItem)
    assert probes.values.shape == (8, sphere.app.shape.shape.n_vertices)
    sphere.click("induce")
    sphere.wait()
    (induced,) = sphere.app.scene.of(BasisItem)
    assert np.allclose(induced.basis.evals[1:4], 2.0, rtol=0.3)


def test_a_potential_is_taken_from_the_colours(sphere):
    panel = sphere.app.desks["spectrum"].probes
    panel.options = panel.options.replace(probes="schrodinger")
    opened(sphere, "Probes")
    sphere.click("induce")
    assert not sphere.app.busy()
    sphere.key("S")
    sphere.wait()
    sphere.click("induce")
    sphere.wait()
    assert sphere.app.scene.of(BasisItem)[-1].basis.operator == "schrodinger"
