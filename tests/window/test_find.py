"""The search finds everything by its words and by other names, says why not, and does it."""

from __future__ import annotations

import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.model.items import Layer
from geomlearn.app.window.find import OTHER_WORDS, findable, found
from tests.model.scenes import basis_of, shape_item

pytestmark = pytest.mark.window


@pytest.fixture
def cat(driver):
    shape = shape_item("cat")
    basis = basis_of(shape)
    driver.app.do(Add((shape, basis), layers={shape.id: Layer(source=basis.id, column=1)}))
    driver.app.preferences.remember("/data/horse.off")
    driver.frames(2)
    return driver


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("export", "Export a match"),
        ("repair", "Check and repair a shape"),
        ("outliers", "Clean a shape"),
        ("colour map", "Colour map balance"),
        ("range full", "Range of the colours: full, from the least to the greatest"),
        ("diffumatch", None),
        ("registration", "Match by the method registration"),
        ("heat", "Solve: heat"),
        ("learned", "Learned basis"),
        ("truth", "Errors of a match against the truth"),
        ("wireframe", "Edges alone"),
        ("screenshot", "Save a picture, figure or movie…"),
        ("clip", "Cut the shape open"),
        ("delete", "Remove what is in focus"),
        ("settings", "Light or dark"),
        ("fno", "Train: fno"),
        ("horse", "Open /data/horse.off"),
        ("go cat basis", "Go to cat basis"),
        ("wax", "Material wax"),
    ],
)
def test_people_find_it_by_their_own_words(cat, words, title):
    titles = [one.title for one in found(cat.app, words)]
    assert titles and (title is None or title in titles[:4])


def test_ids_are_unique_and_titles_say_something(cat):
    ids = [one.id for one in findable(cat.app)]
    assert len(set(ids)) == len(ids) and all(one.title.strip() for one in findable(cat.app))


def test_other_words_are_of_actions_that_are_there(cat):
    assert set(OTHER_WORDS) <= {action.id for action in cat.app.actions}


def test_what_is_found_is_done(cat):
    for words, check in (
        ("colour map cividis", lambda app: app.shape.layer.colormap == "cividis"),
        ("range full", lambda app: app.shape.layer.scale == "full"),
        ("solve wave", lambda app: app.desk.key == "fields" and app.desk.solving.equation == "wave"),
        ("zoomout", lambda app: app.desk.key == "match" and app.desk.way == "zoomout"),
        ("go to cat basis", lambda app: app.item.label == "cat basis"),
    ):
        cat.key("Ctrl+K")
        cat.type(words)
        cat.key("Enter")
        assert cat.app.page == "" and check(cat.app), words


def test_why_not_is_said(driver):
    (one,) = found(driver.app, "colour map viridis")
    assert not driver.app.perform(one)
    driver.expect("Nothing is shown on this shape.")
