"""The work kept as it grows: after every step and every job a session is written, whole or not at all.

Each window has a folder of its own below `work_folder()`, with a lock that the system lets go of when the process ends,
however it ends. A folder without a holder is work that was left in the middle: the next start offers it.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geomlearn.app.model.files.session import FILE, Digests, Session, write_session
from geomlearn.app.window.files.held import HeldFolder, abandoned
from geomlearn.core.errors import GeomError

PREFIX = "window-"
LASTS_S = 30 * 24 * 3600.0
"""Work that nobody asked for so long is let go."""


def work_folder() -> Path:
    """Where work in progress is kept; GEOMLEARN_CONFIG_DIR says otherwise."""
    from platformdirs import user_state_path

    return Path(os.environ.get("GEOMLEARN_CONFIG_DIR") or user_state_path("geomlearn")) / "work"


@dataclass(frozen=True)
class Left:
    """Work that ended in the middle: its folder, the seconds since its last step, and what that was."""

    folder: Path
    age_s: float
    last_step: str = ""


class Autosave:
    """Writes the newest state in a thread of its own: the window never waits for the disk.

    Parameters
    ----------
    base   the folder below which this window's own is made.
    """

    def __init__(self, base: Path) -> None:
        self.error: GeomError | None = None
        self._waiting: queue.SimpleQueue[Session | None] = queue.SimpleQueue()
        self._digests = Digests()
        self._noted: Any = None
        self._idle = threading.Event()
        self._idle.set()
        self._held = HeldFolder(base, PREFIX)
        self.folder = self._held.path
        self._thread = threading.Thread(target=self._work, name="autosave", daemon=True)
        self._thread.start()

    def follow(self, state: Any, session: Callable[[], Session]) -> None:
        """Once per frame: write what `session` gives if `state` is another one than the last time."""
        if state == self._noted:
            return
        self._noted = state
        self._idle.clear()
        self._waiting.put(session())

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until all is written; whether it was."""
        return self._idle.wait(seconds)

    def close(self, *, keep: bool) -> None:
        """End; `keep` leaves the work for the next start, else it is gone for good."""
        self._waiting.put(None)
        self._thread.join(10.0)
        self._held.let_go()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _work(self) -> None:
        while (session := self._waiting.get()) is not None:
            # Of several states that came meanwhile the newest counts.
            while not self._waiting.empty():
                newer = self._waiting.get()
                if newer is None:
                    self._write(session)
                    return
                session = newer
            self._write(session)
            if self._waiting.empty():
                self._idle.set()

    def _write(self, session: Session) -> None:
        try:
            write_session(self.folder / "session", session, self._digests)
            self.error = None
        except GeomError as error:
            self.error = error


def left_behind(base: Path) -> list[Left]:
    """Work without a window, newest first; what is empty or too old is swept away."""
    found = []
    for folder in abandoned(base, PREFIX):
        file = folder / "session" / FILE
        age = time.time() - file.stat().st_mtime if file.is_file() else None
        if age is None or age > LASTS_S:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            found.append(Left(folder, age, _last_step(file)))
    return sorted(found, key=lambda left: left.age_s)


def _last_step(file: Path) -> str:
    try:
        log = json.loads(file.read_text(encoding="utf-8")).get("log", [])
    except (OSError, ValueError, AttributeError):
        return "It may be damaged."
    return f"Its last step: {log[-1]}." if log else ""
