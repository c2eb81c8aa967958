"""Scenes for other programs: panels side by side, numbers as colours, arrows beside their shape."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.figures.child import write_figure
from geomlearn.app.figures.figure import CLAY, Figure, Panel, Values
from geomlearn.app.figures.over import overlay
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.core.errors import ParameterError
from geomlearn.shapes.drawn.curves import Curves
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.shape import Shape
from tests.model.scenes import octahedron


def test_panels_stand_apart_in_the_colours_of_their_numbers(tmp_path):
    shape = octahedron()
    values = np.array([0.0, 1, 0.5, 0.5, np.nan, 0.5])
    curve = overlay("c", Curves(np.eye(3)), shape, colored=True)
    figure = Figure((Panel(shape, Values(values, "u")), Panel(shape, over=(curve,))), eye=(0.0, 0.0, 1.0))
    read = load_shape(str(write_figure(tmp_path / "scene.glb", figure)))
    assert read.n_faces == 16 + curve.shape.n_faces
    assert np.allclose(read.colors[:2], colormap("ember")[[0, 255]], atol=1e-6)
    assert np.allclose(read.colors[4], 0.6) and np.allclose(read.colors[6:12], CLAY)
    assert np.allclose(read.vertices[6:12, 0] - read.vertices[:6, 0], 2.3)


def test_points_and_surfaces_do_not_go_together(tmp_path):
    cloud = Shape(np.eye(3))
    curve = overlay("c", Curves(np.eye(3)), cloud, colored=True)
    with pytest.raises(ParameterError, match="either surfaces or points"):
        write_figure(tmp_path / "scene.glb", Figure((Panel(cloud, over=(curve,)),)))
    assert not list(tmp_path.iterdir())
