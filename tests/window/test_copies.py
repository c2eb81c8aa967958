"""What is copied runs alone, and makes the same again."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.model.computed import BasisItem
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import write_shape

pytestmark = pytest.mark.window


def test_a_step_on_a_computed_thing_is_copied_with_what_led_to_it(driver, tmp_path):
    path = write_shape(tmp_path / "ball.off", builtin("icosphere", 500, 0))
    driver.open(path)
    driver.app.desks["spectrum"].options = driver.app.desks["spectrum"].options.replace(k=5)
    driver.key("E")
    driver.app.run("edit.copy-last")
    assert driver.clipboard == f"geomlearn view {path} --do 'set ball edges=true'"
    driver.key("S")
    driver.wait()
    driver.key("C")
    driver.key("C")
    driver.app.run("edit.copy-last")
    assert driver.clipboard.startswith("python - <<'END'")
    program = driver.clipboard.partition("\n")[2].partition("\nif __name__")[0]
    names: dict = {}
    exec(program, names)  # the point of the test: what is copied must run
    (made,), (there,) = names["scene"].of(BasisItem), driver.app.scene.of(BasisItem)
    assert np.array_equal(made.basis.evecs, there.basis.evecs)
    shown = names["scene"].shapes[0].layer
    assert (shown.source, shown.column) == (made.id, driver.app.shape.layer.column)
