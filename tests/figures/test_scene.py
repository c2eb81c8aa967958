"""A figure shows the shapes, colours and limits of the window."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.figures.camera import Frame, fitted_camera
from geomlearn.app.figures.child import write_figure
from geomlearn.app.figures.figure import Figure, Panel, Values
from geomlearn.app.figures.scene import figure_of
from geomlearn.app.model.commands import change, restage
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.fields import SideBySide
from geomlearn.app.model.glyphs import CurvesItem, VectorsItem
from geomlearn.app.model.items import Layer
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.layers import picture
from geomlearn.app.model.view.place import turned
from tests.model.scenes import field_of, shape_item

FRONT = np.array([0.0, 0.0, 1.0])


def side_by_side():
    shape = shape_item("cat")
    scene = Scene().put([shape, field_of(shape).replace(label="u"), field_of(shape, seed=1).replace(label="exact")])
    return SideBySide(scene.by_label("u").id, scene.by_label("exact").id).apply(scene)


def test_each_visible_shape_has_its_panel_in_the_order_of_the_stage():
    scene = side_by_side()
    panels = figure_of(scene, (800, 300), FRONT).panels
    assert [panel.caption for panel in panels] == ["input", "solution", "reference", "residual"]
    shown = picture(scene, scene.by_label("cat"))
    assert panels[1].values.limits == shown.limits and panels[1].values.color_map == shown.colormap
    assert panels[1].values.label == shown.title and np.array_equal(panels[1].values.values, shown.values)


def test_colours_carried_across_are_kept_and_one_shape_needs_no_caption():
    shape = shape_item("cat")
    (panel,) = figure_of(Scene().put([shape]), (300, 300), FRONT).panels
    assert panel.values is None and panel.caption == ""


@pytest.mark.parametrize(("up", "drawn"), [("y", (0, 1, 0)), ("z", (0, 0, -1))])
def test_the_shape_stands_and_is_seen_as_in_the_window(up, drawn):
    """What is along y in the file is drawn upwards when y points up, and away from the eye when z does."""
    item = shape_item()
    scene = restage(up=up).apply(Scene().put([item]))
    figure = figure_of(scene, (300, 300), FRONT)
    assert figure.up == "y" and np.allclose(figure.eye, FRONT)
    y, shown = item.unit_vertices[:, 1], figure.panels[0].shape.vertices
    assert np.allclose(shown @ np.array(drawn), y)
    camera = fitted_camera(shown, 1.0, Frame(), "y", eye=figure.eye)
    assert np.allclose(camera.position / np.linalg.norm(camera.position), FRONT)


def test_a_shape_turned_by_hand_is_drawn_turned():
    item = shape_item()
    scene = Scene().put([item.replace(pose=turned(item, "x", 90.0))])
    shown = figure_of(scene, (300, 300), FRONT).panels[0].shape.vertices
    assert np.allclose(shown[:, 2], item.unit_vertices[:, 1]) and np.allclose(shown[:, 1], -item.unit_vertices[:, 2])


def test_looking_straight_down_has_a_camera_too():
    camera = fitted_camera(shape_item().shape.vertices, 1.0, Frame(), "y", eye=(0.0, 1.0, 0.0))
    assert np.isfinite(camera.position).all() and camera.position[1] > 0


def test_panels_with_scales_are_drawn_beside_each_other(tmp_path):
    scene = side_by_side()
    shape, field = scene.by_label("cat"), scene.of(FieldItem)[0]
    scene = change(shape.id, layer=Layer(source=field.id)).apply(scene)
    path = write_figure(tmp_path / "row.png", figure_of(scene, (900, 300), FRONT))
    from PIL import Image

    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert pixels.shape == (300, 900, 3)
    for part in np.split(pixels, [225, 450, 675], axis=1):
        assert (part.std(axis=2) > 10).sum() > 300, "every panel has a coloured shape"


def test_panels_do_not_light_each_other(tmp_path):
    from PIL import Image

    shape = shape_item().shape
    panel = Panel(shape, Values(np.full(6, 0.3), "u", given=(0.0, 1.0, "viridis")))
    middles = []
    for n in (1, 3):
        path = write_figure(tmp_path / f"{n}.png", Figure((panel,) * n, (200 * n, 200)))
        middles.append(np.asarray(Image.open(path).convert("RGB")).astype(int)[80, 100 : 200 * n : 200])
    assert np.abs(middles[1] - middles[0]).max() <= 2
    assert np.abs(middles[0][0] - 255 * colormap("viridis")[77]).max() < 60, "and the colour is near that of the scale"


def test_a_transparent_figure_has_no_ground_and_a_whole_shape(tmp_path):
    from PIL import Image

    scene = Scene().put([shape_item("cat")])
    pixels = {}
    for transparent in (True, False):
        figure = figure_of(scene, (200, 200), FRONT, transparent=transparent)
        path = write_figure(tmp_path / f"{transparent}.png", figure)
        pixels[transparent] = np.asarray(Image.open(path).convert("RGBA"))
    assert pixels[True][0, 0, 3] == 0 and pixels[True][100, 100, 3] == 255
    assert (pixels[False][..., 3] == 255).all() and (pixels[False][0, 0, :3] == 255).all()


def test_arrows_and_curves_of_the_stage_are_in_the_figure():
    shape = shape_item("cat")
    flow = np.cross([0, 1, 0], shape.shape.vertices)
    arrows = VectorsItem(label="flow", owner=shape.id, values=flow)
    path = CurvesItem(label="path", owner=shape.id, points=2 * np.eye(3), edges=np.array([[0, 1], [1, 2]]))
    hidden = VectorsItem(label="other", owner=shape.id, values=flow, visible=False)
    scene = Scene().put([shape, arrows, path, hidden])
    (panel,) = figure_of(scene, (300, 300), FRONT).panels
    assert [one.values is None for one in panel.over] == [False, True]
    assert panel.scaled.label == "flow, length" and panel.scaled.limits[1] == 1.0
    # The figure is of unit size, as the stage is.
    assert np.isclose(np.abs(panel.over[1].shape.vertices).max(), 2 / shape.shape.diagonal, atol=0.02)
    # On a coloured shape they are dark, since its own numbers have the scale.
    values = field_of(shape).replace(label="u")
    scene = change(shape.id, layer=Layer(source=values.id)).apply(scene.put([values]))
    (panel,) = figure_of(scene, (300, 300), FRONT).panels
    assert panel.scaled is panel.values and panel.over[0].colors.max() < 0.3
