"""Ways to name a file: typed with completion, a native dialog in a child process, dropped on the window."""

from __future__ import annotations

import queue
import re
from pathlib import Path

from geomlearn.app.window.application import Application
from geomlearn.app.window.files.opening import open_paths, save_session

SAMPLES = ("builtin:biped-tall-walk", "builtin:biped-tall-reach", "builtin:quadruped-horse-trot")


class Inbox:
    """Paths dropped on the window: the callback only queues them, the loop opens them."""

    def __init__(self) -> None:
        self._paths: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def put(self, paths: list[str]) -> None:
        self._paths.put([str(path) for path in paths])

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._paths.empty()

    def drain(self, app: Application) -> None:
        """Open what was dropped since the last frame."""
        while not self._paths.empty():
            app.wake()
            open_paths(app, self._paths.get())


def completions(text: str, limit: int = 40) -> list[str]:
    """Paths and built-in names that continue `text`, folders first."""
    if not text:
        return []
    if "builtin:".startswith(text) or text.startswith("builtin:"):
        from geomlearn.shapes.builtin import builtin_names

        names = [f"builtin:{name}" for name in builtin_names()]
        return [name for name in names if name.startswith(text)][:limit]
    path = Path(text).expanduser()
    folder, stem = (path, "") if text.endswith(("/", "\\")) else (path.parent, path.name)
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: (not entry.is_dir(), entry.name.lower()))
    except OSError:
        return []
    found = [entry for entry in entries if entry.name.startswith(stem) and (stem or not entry.name.startswith("."))]
    return [f"{entry}/" if entry.is_dir() else str(entry) for entry in found[:limit]]


def open_typed(app: Application, text: str) -> bool:
    """Open what was typed or chosen from the list; false for a folder that is no session: it leads on into it."""
    from geomlearn.app.model.files.session import is_session
    from geomlearn.collections.pairs.matched import holds_maps

    path = Path(text).expanduser()
    if not text.startswith("builtin:") and path.is_dir() and not is_session(path) and not holds_maps(path):
        return False
    open_paths(app, [text.strip()])
    return True


def neighbour(source: str, step: int) -> str:
    """The file `step` places further in the folder of `source` among those of its kind; empty at the ends."""
    path = Path(source)
    if source.startswith("builtin:") or not path.is_file():
        return ""
    kind = [entry for entry in path.parent.iterdir() if entry.suffix.lower() == path.suffix.lower()]
    # cat2 before cat10.
    ordered = sorted(kind, key=lambda entry: [int(w) if w.isdigit() else w for w in re.split(r"(\d+)", entry.name)])
    at = ordered.index(path) + step
    return str(ordered[at]) if 0 <= at < len(ordered) else ""


def step_in_folder(app: Application, step: int) -> None:
    """Show the next or the previous file of the folder in place of the shape in focus."""
    shape = app.shape
    source = neighbour(shape.source, step)
    if not source:
        app.notices.news(f"{shape.label} is the {'last' if step > 0 else 'first'} of its kind in its folder.")
        return
    open_paths(app, [source], instead_of=shape.id)


def ask_for_files(app: Application) -> None:
    """The system's own dialog, in a child process so that the window goes on drawing."""
    folder = app.preferences.folders.get("open", "")
    app.submit(
        "Choose files",
        "geomlearn.app.window.files.dialogs:choose_files",
        folder,
        lane="dialog",
        on_result=lambda paths: _chosen(app, paths),
        remedies=lambda error: (("Type or choose it here", lambda: app.open_page("path")),),
    )


def _chosen(app: Application, paths: list[str]) -> None:
    if paths:
        app.preferences.remember_folder("open", str(Path(paths[0]).parent))
        open_paths(app, paths)


def open_samples(app: Application) -> None:
    """The three built-in shapes of the first minute."""
    open_paths(app, SAMPLES)


def save(app: Application, camera: str) -> None:
    """Save into the session's folder, or a new one named by the day."""
    save_session(app, app.session_folder or new_session_folder(), camera)


def new_session_folder() -> str:
    """A folder that is not there yet, named by the day."""
    from datetime import date

    base = str(Path.cwd() / f"geomlearn-session-{date.today():%Y-%m-%d}")
    folder, number = base, 2
    while Path(folder).exists():
        folder = f"{base}-{number}"
        number += 1
    return folder


def save_as(app: Application, folder: str, camera: str) -> bool:
    """Save into a folder that is new or empty, or the session's own; returns whether it worked."""
    path = Path(folder).expanduser().absolute()
    if path.exists() and str(path) != app.session_folder and not (path.is_dir() and not any(path.iterdir())):
        app.notices.news(f"{path.name} is there already. Choose another name.")
        return False
    return save_session(app, str(path), camera)
