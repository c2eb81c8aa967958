"""The window on the desktop: its first size, its place, the widths of its panels, and when it draws."""

from __future__ import annotations

import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.window.desktop.pace import ACTIVE_S, Pace
from geomlearn.app.window.desktop.place import FRAME, first_place, first_size
from geomlearn.app.window.ui.layout import LEFT, Rect
from tests.model.scenes import shape_item


@pytest.mark.parametrize("screen", [(1280, 720), (1600, 1000), (2560, 1440), (800, 600)])
@pytest.mark.parametrize("kept", [(), (1440, 900), (3000, 2000), (1000, 640)])
def test_the_first_window_fits_the_screen(screen, kept):
    width, height = first_size(kept, Rect(0, 0, *screen))
    assert width <= screen[0] and height + FRAME <= screen[1]
    if kept == (1000, 640) and screen[0] >= 1280:
        assert (width, height) == kept


def test_a_place_that_is_no_longer_on_a_screen_is_forgotten():
    screen = Rect(0, 0, 1600, 1000)
    assert first_place((200, 100), (800, 600), screen) == (200, 100)
    assert first_place((3000, 100), (800, 600), screen) is None
    assert first_place((), (800, 600), screen) is None


@pytest.mark.window
def test_panels_are_dragged_and_stay_so(driver):
    driver.app.do(Add((shape_item("cat"),)))
    driver.frames(2)
    for side, outwards in (("left", 1), ("right", -1)):
        before = driver.window.layout()
        x, y = driver.rect(f"grip {side}").centre
        driver.drag((x, y), (x + 60 * outwards, y))
        after = driver.window.layout()
        assert getattr(after, side).w == pytest.approx(getattr(before, side).w + 60, abs=2)
        assert after.stage.w == pytest.approx(before.stage.w - 60, abs=2)
        assert driver.app.preferences.widths[side] == pytest.approx(getattr(after, side).w, abs=1)
    x, y = driver.rect("grip left").centre
    driver.drag((x, y), (x - 600, y))
    assert 100 < driver.window.layout().left.w < LEFT


@pytest.mark.window
def test_nothing_is_drawn_while_nothing_moves(driver):
    window, app = driver.window, driver.app
    app.active_s -= 2 * ACTIVE_S
    rests = lambda: Pace.at_rest(app, window.player, [window.inbox])  # noqa: E731
    assert rests()
    app.wake()
    assert not rests()
    app.active_s -= 2 * ACTIVE_S
    app.notices.news("Something")
    assert not rests()
    app.notices.dismiss()
    window.inbox.put(["a.off"])
    assert not rests()
    window.inbox._paths.get()
    app.look("front")
    assert not rests()
    app.take_view()
    job = app.submit("A long wait", "multiprocessing.connection:wait", [], 60, on_result=lambda _: None)
    assert not rests()
    app.runner.cancel(job)
