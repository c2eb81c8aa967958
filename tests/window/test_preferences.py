"""What the window remembers, and what it says about itself."""

from __future__ import annotations

import json

import pytest

from geomlearn.app.window import doctor
from geomlearn.app.window.preferences import RECENT, Preferences, load_preferences, preferences_file


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "config"


def kept_preferences(**values) -> Preferences:
    """Preferences that are kept in the folder of this test."""
    return Preferences(**values, file=preferences_file())


def test_every_change_is_written_when_it_is_made():
    kept = kept_preferences()
    kept.change(theme="dark", scale=1.5)
    assert load_preferences() == kept_preferences(theme="dark", scale=1.5)
    kept.remember("a.off")
    kept.remember_folder("basis", "out")
    assert load_preferences() == kept_preferences(theme="dark", scale=1.5, recent=["a.off"], folders={"basis": "out"})


def test_two_windows_keep_what_the_other_wrote():
    one, other = kept_preferences(), kept_preferences()
    one.change(theme="dark")
    other.change(scale=2.0)
    assert (load_preferences().theme, load_preferences().scale) == ("dark", 2.0)


def test_preferences_of_no_file_are_kept_nowhere(folder):
    Preferences().change(theme="dark")
    Preferences().remember("a.off")
    assert not folder.exists()


def test_without_a_file_or_with_a_damaged_one_there_are_defaults(folder):
    assert load_preferences() == kept_preferences()
    folder.mkdir()
    for content in ("", "{", "[]", '"dark"'):
        preferences_file().write_text(content)
        assert load_preferences() == kept_preferences()


def test_values_of_a_wrong_type_are_left_out_the_others_stay(folder):
    folder.mkdir()
    preferences_file().write_text(json.dumps({"theme": 3, "scale": 2.0, "unheard of": 1}))
    assert load_preferences() == kept_preferences(scale=2.0)


def test_a_folder_that_cannot_be_written_is_no_error(folder):
    folder.write_text("a file in the way")
    kept_preferences().change(theme="dark")
    assert load_preferences() == kept_preferences()


def test_the_newest_files_come_first_once_and_not_too_many():
    kept = Preferences()
    for number in (*range(RECENT + 3), 5):
        kept.remember(f"{number}.off")
    assert kept.recent[0] == "5.off" and len(kept.recent) == RECENT == len(set(kept.recent))


@pytest.mark.window
def test_the_doctor_names_what_draws_and_what_is_installed(driver):
    facts = dict(doctor.report())
    assert facts["geomlearn"] and facts["Renderer"] and facts["OpenGL"]
    assert {"polyscope", "numpy", "scipy", "torch", "pyvista", "ffmpeg", "Cores", "File dialog"} <= set(facts)
    assert all(isinstance(value, str) and value for value in facts.values())
    assert doctor._version("no such package") == "not installed"


@pytest.mark.window
def test_the_doctor_copies_its_report(driver):
    driver.app.run("help.doctor")
    driver.frames(2)
    driver.click("doctor/copy")
    assert "Renderer" in driver.clipboard and "polyscope: 2." in driver.clipboard
    driver.click("doctor/close")
    assert driver.app.page == ""
