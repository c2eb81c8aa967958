"""Window tests draw with OpenGL, whose state belongs to a process: they run in one of their own.

Started with -n 0 the tests are collected as usual. Under xdist, where other tests share the process, only
`test_own_process.py` is: it starts pytest again for this folder.
"""

from __future__ import annotations

import ctypes.util
import os

import pytest

from tests.window.driver import Driver

collect_ignore_glob = ["test_[!o]*.py", "desks/*"] if "PYTEST_XDIST_WORKER" in os.environ else ["test_own_process.py"]


@pytest.fixture(scope="session")
def _window(tmp_path_factory):
    if ctypes.util.find_library("EGL") is None:
        pytest.skip("there is no libEGL on this machine")
    os.environ["GEOMLEARN_CONFIG_DIR"] = str(tmp_path_factory.mktemp("config"))
    driver = Driver()
    yield driver
    driver.window.close()


@pytest.fixture
def driver(_window, tmp_path, monkeypatch):
    """A window with nothing in it."""
    monkeypatch.chdir(tmp_path)
    _window.reset()
    yield _window
    unread = [f"{notice.message} {notice.details}" for notice in _window.unexpected_errors()]
    assert not unread, "the window reported failures that the test did not expect"
