"""Both themes: every word can be read on everything it is written on."""

from __future__ import annotations

import itertools

import pytest

from geomlearn.app.window.ui.theme import DARK, LIGHT, contrast, luminance, mix

LEAST = 4.5
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


def test_contrast_is_that_of_wcag():
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((0.5, 0.2, 0.1), (0.5, 0.2, 0.1)) == 1
    # #767676 on white is the guideline's own example of what just suffices.
    assert contrast((0x76 / 255,) * 3, (1, 1, 1)) == pytest.approx(4.54, abs=0.01)
    assert luminance((0, 1, 0)) == pytest.approx(0.7152)


@THEMES
def test_every_text_on_every_ground_it_stands_on(theme):
    grounds = {"panel": theme.panel, "raised": theme.raised, "stage": theme.stage, "hover": theme.tinted(0.12)}
    for (name, ground), word in itertools.product(grounds.items(), ("text", "faint", "link")):
        assert contrast(getattr(theme, word), ground) >= LEAST, f"{word} on {name}"
    for word in ("good", "warn", "error"):
        assert contrast(getattr(theme, word), theme.panel) >= LEAST, word


@THEMES
def test_what_is_written_on_buttons_and_sliders(theme):
    black = (0.0, 0.0, 0.0)
    for accent in (theme.accent, mix(theme.accent, black, 0.12), mix(theme.accent, black, 0.22)):
        assert contrast(theme.on_accent, accent) >= LEAST
    for part in (0.14, 0.26, 0.4, 0.5):
        assert contrast(theme.text, mix(theme.raised, theme.accent, part)) >= LEAST, f"{part} of the accent"


@THEMES
def test_shapes_stand_out_from_the_stage_and_from_each_other(theme):
    for one, other in itertools.combinations(theme.shapes[:3], 2):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.1
    assert all(contrast(color, theme.stage) > 1.5 for color in theme.shapes[:3])
