"""Without perspective: what the pointer finds, what is framed, where names stand; and shapes that need no light."""

from __future__ import annotations

import numpy as np
import polyscope as ps
import polyscope.imgui as imgui
import pytest

from geomlearn.app.model.commands import Add, change
from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.view.colormaps import colormap
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.stage.camera import projection
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.shape import Shape

pytestmark = pytest.mark.window


@pytest.fixture
def biped(driver):
    driver.app.do(Add((ShapeItem(label="biped", shape=builtin("biped-tall-walk", 1500, 0)),)))
    driver.app.look("corner")
    driver.frames(2)
    return driver


def drawn(driver) -> np.ndarray:
    """(h, w) where a shape is drawn, without panels."""
    picture = driver.window.picture(with_panels=False).astype(int)
    return np.abs(picture - picture[2, 2]).sum(axis=2) > 40


@pytest.mark.parametrize("flat", [True, False], ids=["orthographic", "perspective"])
def test_the_pointer_finds_what_is_drawn_under_it(biped, flat):
    if flat:
        biped.key("5")
        biped.key("F")
    inside = drawn(biped)
    rows, columns = np.nonzero(inside & np.roll(inside, 6, 0) & np.roll(inside, -6, 0) & np.roll(inside, 6, 1))
    off = []
    for at in np.linspace(0, len(rows) - 1, 14).astype(int):
        x, y = float(columns[at]), float(rows[at])
        imgui.GetIO().AddMousePosEvent(x, y)
        biped.frames(2)
        hit, truth = biped.app.hit, ps.pick(screen_coords=(x, y))
        assert truth.is_hit and hit is not None
        off.append(np.linalg.norm(hit.position - truth.position))
    assert max(off) < 0.06 and np.median(off) < 0.02


@pytest.mark.parametrize("size", [(1280, 800), (900, 700)])
def test_framing_fills_the_free_stage(biped, size):
    ps.set_window_size(*size)
    biped.frames(2)
    biped.key("5")
    biped.key("F")
    stage = biped.window.layout().stage
    screen, _ = projection().to_screen(world_points(biped.app.scene, biped.app.shape))
    low, high = screen.min(axis=0), screen.max(axis=0)
    assert stage.contains(*low) and stage.contains(*high)
    assert max((high[0] - low[0]) / stage.w, (high[1] - low[1]) / stage.h) > 0.8
    rows, columns = np.nonzero(drawn(biped))
    assert abs(columns.min() - low[0]) < 4 and abs(rows.max() - high[1]) < 4
    ps.set_window_size(1280, 800)


def test_the_size_stays_when_the_perspective_goes_and_comes(biped):
    before = drawn(biped).sum()
    biped.key("5")
    assert drawn(biped).sum() == pytest.approx(before, rel=0.15)
    biped.key("5")
    assert drawn(biped).sum() == pytest.approx(before, rel=0.02)


@pytest.mark.parametrize("flat", [True, False], ids=["orthographic", "perspective"])
def test_names_stand_below_their_shapes(driver, flat):
    names = ("biped-tall-walk", "biped-tall-reach")
    driver.app.do(Add(tuple(ShapeItem(label=name, shape=builtin(name, 700, 0)) for name in names)))
    driver.app.look("front")
    driver.frames(2)
    if flat:
        driver.key("5")
        driver.key("F")
    rows, columns = np.nonzero(drawn(driver))
    stage = driver.window.layout().stage
    gap = (columns.min() + columns.max()) / 2
    for name, side in zip(names, (columns < gap, columns > gap), strict=True):
        rect = driver.rect(f"name {name}")
        own = columns[side & (rows < rect.y)]
        assert abs(rect.centre[0] - (own.min() + own.max()) / 2) < 6
        assert rows[side].max() < rect.y + 4 and rect.bottom <= stage.bottom


def sheet(n: int, m: int) -> Shape:
    """A grid of n by m vertices in the plane."""
    x, y = np.meshgrid(np.arange(n), np.arange(m), indexing="ij")
    at = np.arange(n * m).reshape(n, m)
    a, b, c, d = at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]
    faces = np.concatenate([np.stack([p.ravel() for p in one], 1) for one in ((a, b, c), (a, c, d))])
    return Shape(np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1).astype(float), faces, "sheet")


@pytest.mark.parametrize("smooth", [True, False], ids=["interpolated", "cells"])
def test_colours_in_a_plane_are_those_of_the_legend(driver, smooth):
    item = ShapeItem(label="sheet", shape=sheet(4, 3), smooth=smooth)
    values = ValuesItem(label="v", owner=item.id, values=np.arange(12.0)[None], names=("v",))
    driver.app.do(Add((item, values)))
    layer = Layer(source=values.id, scale="fixed", limits=(0.0, 11.0), isolines=False)
    driver.app.do(change(item.id, layer=layer))
    driver.app.look("front")
    driver.frames(3)
    picture = driver.window.picture(with_panels=False)
    points = world_points(driver.app.scene, item)
    step = np.linalg.norm(points[1] - points[0])
    # In the middle of a cell, or within it at some distance from the vertex.
    for vertex in (4, 7):
        for shift in ((0.0, 0.0), (0.3, 0.3)):
            at = points[vertex] + step * np.array([*shift, 0.0]) * (not smooth)
            x, y = projection().to_screen(at[None])[0][0]
            wanted = 255 * colormap("viridis")[round(255 * vertex / 11)]
            assert np.abs(picture[round(y), round(x)] - wanted).max() <= 4


def test_only_regular_grids_have_cells():
    assert ShapeItem(label="s", shape=sheet(4, 3), smooth=False).cells is not None
    turned = sheet(4, 3)
    turned = turned.replace(vertices=turned.vertices @ np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1.0]]))
    assert ShapeItem(label="s", shape=turned, smooth=False).cells is None
    assert ShapeItem(label="s", shape=turned).geometry.is_flat
    assert not ShapeItem(label="s", shape=builtin("icosphere", 500, 0)).geometry.is_flat
