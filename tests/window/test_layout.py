"""Where everything is: nothing overlaps, nothing is cut off, at any size and scale."""

from __future__ import annotations

import itertools

import polyscope as ps
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.window.ui.layout import arrange
from tests.model.scenes import field_of, shape_item
from tests.window.driver import SIZE

SIZES = ((1280, 800), (2560, 1440))


@pytest.mark.parametrize("extra", ["", "steps", "timeline"])
@pytest.mark.parametrize("scale", [0.75, 1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("size", SIZES)
def test_cards_share_the_window_without_overlap(size, scale, extra):
    place = arrange(size, scale, steps=extra == "steps", timeline=extra == "timeline")
    cards = {name: rect for name, rect in vars(place).items() if rect.w > 0 and rect.h > 0}
    assert ({"steps", "timeline"} & set(cards)) == ({extra} - {""})
    for (one, a), (other, b) in itertools.combinations(cards.items(), 2):
        assert not a.overlaps(b), f"{one} and {other}"
    for name, rect in cards.items():
        assert rect.x >= 0 and rect.y >= 0 and rect.right <= size[0] and rect.bottom <= size[1], name
    assert place.stage.w >= 0.35 * size[0]
    assert place.stage.h >= (0.25 if scale == 3 else 0.4) * size[1]


def test_without_panels_the_stage_is_everything():
    place = arrange((1280, 800), panels=False)
    assert place.stage.w * place.stage.h > 0.95 * 1280 * 800


@pytest.mark.window
def test_widgets_stay_inside_their_cards_at_every_size_and_scale(driver):
    item = shape_item("cat")
    driver.app.do(Add((item, shape_item("dog"))))
    driver.app.do(Add((field_of(item),)))
    for size, scale, key in itertools.product(SIZES, (0.75, 1.0, 2.0, 3.0), driver.app.desks):
        ps.set_window_size(*size)
        driver.app.preferences.scale = scale
        driver.app.show_desk(key)
        driver.frames(3)
        _check(driver, size, f"{key} at {size}, scale {scale}")
    ps.set_window_size(*SIZE)
    driver.app.preferences.scale = 1.0
    driver.frames(3)


def _check(driver, size, where):
    rects = driver.window.ui.rects
    for name, rect in rects.items():
        assert rect.x >= -1 and rect.right <= size[0] + 1, f"{name} sticks out: {where}"
        card = rects.get(name.split("/")[0])
        # What lies below the fold is reached by scrolling; sideways nothing may be cut.
        if card is not None and name.startswith(("top/", "tree/", "desk/", "steps/", "timeline/")):
            assert rect.x >= card.x - 1 and rect.right <= card.right + 1, f"{name} is cut: {where}"
    top = [rect for name, rect in rects.items() if name.startswith("top/menu/") or name == "top/search"]
    for one, other in itertools.combinations(top, 2):
        assert not one.overlaps(other), f"the top bar overlaps: {where}"
