"""What only a real context shows: the theme on the screen, who gets a key, what the pointer finds, when it draws."""

from __future__ import annotations

import subprocess

import numpy as np
import polyscope as ps
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.desktop.pace import ACTIVE_S
from geomlearn.app.window.desktop.place import first_size
from geomlearn.app.window.preferences import load_preferences
from geomlearn.app.window.ui.theme import DARK, LIGHT
from geomlearn.shapes.builtin import builtin
from tests.model.scenes import shape_item
from tests.window.screen import SIZE, xdotool
from tests.window.test_keys import menu_is_open


@pytest.fixture
def cat(real):
    real.app.do(Add((shape_item("cat"),)))
    real.app.look("corner")
    real.frames(3)
    return real


def test_the_first_window_is_on_the_screen_with_all_its_panels(cat):
    width, height = ps.get_window_size()
    assert width <= SIZE[0] and height <= SIZE[1] and glfw.screen().w == SIZE[0]
    for name in ("history", "top/undo", "desk", "tree"):
        rect = cat.rect(name)
        assert rect.right <= width and rect.bottom <= height


def test_a_theme_switch_restyles_what_is_on_the_screen(cat):
    for theme in (DARK, LIGHT):
        cat.key("Ctrl+t")
        assert cat.app.theme is theme
        picture = cat.screen() / 255
        x = (cat.rect("menu/help").right + cat.rect("search").x) / 2
        y = cat.window.layout().top.centre[1]
        assert picture[int(y), int(x)] == pytest.approx(theme.panel, abs=0.01)
        stage = cat.window.layout().stage
        assert picture[int(stage.y + 120), int(stage.x + 4)] == pytest.approx(theme.stage, abs=0.02)


def test_keys_stay_in_an_open_menu_and_escape_closes_it(cat):
    job = cat.app.submit("A long wait", "multiprocessing.connection:wait", [], 60, on_result=lambda _: None)
    cat.click("menu/view")
    assert menu_is_open()
    before = cat.app.scene
    for letter in ("e", "g", "o", "5", "v"):
        cat.key(letter)
    assert cat.app.scene is before
    cat.key("Esc")
    cat.until(lambda: not menu_is_open())
    assert job.state in ("running", "waiting")
    cat.key("e")
    assert cat.app.scene is not before
    cat.key("Esc")
    cat.until(lambda: job.state.is_over)
    assert job.state == "cancelled"


def test_the_pointer_finds_the_vertex_under_it_without_perspective(real):
    real.app.do(Add((ShapeItem(label="biped", shape=builtin("biped-tall-walk", 1500, 0)),)))
    real.app.look("front")
    real.frames(3)
    real.key("5")
    real.key("f")
    assert real.app.scene.stage.projection == "orthographic"
    ground = real.screen().astype(int)
    stage = real.window.layout().stage
    far = np.abs(ground - ground[int(stage.y + 120), int(stage.x + 4)]).sum(axis=2) > 40
    inside = np.zeros_like(far)
    inside[int(stage.y) : int(stage.bottom), int(stage.x) : int(stage.right)] = True
    rows, columns = np.nonzero(far & inside & np.roll(far, 6, 0) & np.roll(far, -6, 0) & np.roll(far, 6, 1))
    off = []
    for at in np.linspace(0, len(rows) - 1, 8).astype(int)[1:-1]:
        real.move(columns[at], rows[at])
        truth = ps.pick(screen_coords=(float(columns[at]), float(rows[at])))
        assert real.app.hit is not None and truth.is_hit
        off.append(np.linalg.norm(real.app.hit.position - truth.position))
    assert max(off) < 0.06


def test_nothing_is_drawn_until_something_happens(cat):
    window, app = cat.window, cat.app
    cat.move(600, 300)
    app.notices.shown.clear()
    app.active_s -= 2 * ACTIVE_S
    assert window.pace.at_rest(app, window.player, [window.inbox])
    before = app.active_s
    later = subprocess.Popen(["sh", "-c", "sleep 1; xdotool mousemove_relative 5 5"])
    window.pace.wait(app, window.player, [window.inbox])
    later.wait()
    assert app.active_s > before


def test_the_size_is_remembered(cat):
    ps.set_window_size(1000, 620)
    cat.until(lambda: load_preferences().size == [1000, 620])
    assert first_size(load_preferences().size, glfw.screen()) == (1000, 620)
    xdotool("mousemove", "5", "5")
