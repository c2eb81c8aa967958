"""The tour of a first start: five steps, skipped at any time, and never again."""

from __future__ import annotations

import pytest

from geomlearn.app.window.guide.tour import STOPS, begin_tour
from geomlearn.app.window.preferences import Preferences, load_preferences

pytestmark = pytest.mark.window


def test_five_cards_on_the_stage_then_none(driver):
    begin_tour(driver.app)
    assert driver.app.preferences.toured
    driver.frames(3)
    seen = 0
    while driver.app.guide:
        seen += 1
        card, place = driver.rect("tour"), driver.window.layout()
        assert place.stage.contains(*card.centre) and place.stage.contains(card.x + 1, card.y + 1)
        driver.click("tour/next")
        driver.frames(2)
    assert seen == len(STOPS) == 5 and not driver.sees("tour")


@pytest.mark.parametrize("how", ["tour/skip", "Esc"])
def test_it_is_skipped(driver, how):
    begin_tour(driver.app)
    driver.frames(3)
    driver.click(how) if "/" in how else driver.key(how)
    driver.frames(2)
    assert driver.app.guide == 0 and not driver.sees("tour")
    driver.app.run("help.tour")
    assert driver.app.guide == 1, "it is shown again when asked for"


def test_that_it_was_offered_is_remembered_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CONFIG_DIR", str(tmp_path))
    Preferences(file=tmp_path / "window.json").change(toured=True)
    assert load_preferences().toured
