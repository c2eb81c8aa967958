"""Who gets a key: menus, dropdowns, text fields and pages before the stage and the jobs."""

from __future__ import annotations

import polyscope.imgui as imgui
import pytest

from geomlearn.app.model.commands import Add
from geomlearn.app.window.ui.theme import DARK, LIGHT
from tests.model.scenes import shape_item

pytestmark = pytest.mark.window

LETTERS = ("E", "G", "O", "5", "V", "L")
"""Each changes the scene when the stage has the keyboard."""


@pytest.fixture
def shown(driver):
    driver.app.do(Add((shape_item("cat"),)))
    driver.app.focus_on(driver.app.shape.id)
    driver.frames(3)
    return driver


def menu_is_open() -> bool:
    return imgui.IsPopupOpen("", imgui.ImGuiPopupFlags_AnyPopup)


def open_menu(driver) -> None:
    driver.click("menu/view")
    driver.frames(2)
    assert driver.sees("view.edges")


def test_each_letter_acts_on_the_stage_when_nothing_is_open(shown):
    for letter in LETTERS:
        before = shown.app.scene
        shown.key(letter)
        assert shown.app.scene is not before, letter


def test_no_letter_reaches_the_stage_behind_a_menu(shown):
    open_menu(shown)
    before = shown.app.scene
    for letter in LETTERS:
        shown.key(letter)
    assert shown.app.scene is before


def test_no_letter_reaches_the_stage_behind_a_dropdown_or_the_search(shown):
    before = shown.app.scene
    shown.app.show_desk("learn")
    shown.frames(2)
    shown.click("Optimizer")
    for letter in LETTERS:
        shown.key(letter)
    shown.key("Esc")
    shown.key("Ctrl+K")
    for letter in LETTERS:
        shown.key(letter)
    assert shown.app.scene is before and shown.app.page == "search"


def test_escape_closes_the_menu_and_the_job_goes_on(shown):
    job = shown.app.submit("A long wait", "multiprocessing.connection:wait", [], 60, on_result=lambda _: None)
    open_menu(shown)
    shown.key("Esc")
    shown.frames(2)
    assert not shown.sees("view.edges") and job in shown.app.runner.active
    shown.key("Esc")
    shown.until(lambda: job.state.is_over)
    assert job.state == "cancelled"


def test_escape_leaves_the_page_and_not_the_job(shown):
    job = shown.app.submit("A long wait", "multiprocessing.connection:wait", [], 60, on_result=lambda _: None)
    shown.key("Ctrl+R")
    shown.type(" of mine")
    shown.key("Esc")
    assert shown.app.page == "" and job.state == "running" and shown.app.shape.label == "cat"
    shown.key("Ctrl+R")
    shown.type(" of mine")
    shown.key("Enter")
    assert shown.app.page == "" and shown.app.shape.label.endswith("of mine")
    shown.app.runner.cancel(job)
    shown.wait()


def test_undo_in_a_text_field_leaves_the_stage_alone(shown):
    shown.key("Ctrl+K")
    shown.type("spect")
    before = shown.app.scene
    shown.key("Ctrl+Z")
    assert shown.app.scene is before and shown.app.page == "search"
    shown.key("Esc")


def test_the_theme_changes_in_the_context_that_draws(shown):
    ground = imgui.ImGuiCol_WindowBg
    for theme in (DARK, LIGHT):
        shown.key("Ctrl+T")
        assert tuple(imgui.GetStyle().Colors[ground])[:3] == pytest.approx(theme.panel)
        x, y = shown.rect("menu/help").right + 8, shown.window.layout().top.centre[1]
        seen = shown.window.picture()[int(y), int(x)] / 255
        assert seen == pytest.approx(theme.panel, abs=0.01)


def test_a_new_job_takes_no_keyboard(shown):
    job = shown.app.submit("A long wait", "multiprocessing.connection:wait", [], 60, on_result=lambda _: None)
    shown.frames(4)
    shown.key("Space")
    shown.key("Enter")
    assert job.state == "running"
    shown.app.runner.cancel(job)
    shown.wait()
