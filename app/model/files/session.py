"""A session: a folder with session.json, the arrays beside it, and what was done as a script. Readable without us."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.app.model.files.codec import decode, encode
from geomlearn.app.model.items import Item
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import NO_SCRIPT, Script, as_python, as_shell
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, GeomError, SessionError
from geomlearn.core.files import atomic_path

FILE = "session.json"
VERSION = 1


@dataclass(frozen=True, eq=False)
class Session:
    """What a folder holds.

    Attributes
    ----------
    scene   everything on the stage.
    view    how it was looked at: camera, open desk, and what desks want to remember; not part of undo.
    log     one line per step that led here.
    script  the same steps to run again.
    """

    scene: Scene
    view: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    script: Script = NO_SCRIPT


def write_session(folder: str | Path, session: Session, digests: Digests | None = None) -> Path:
    """Save into `folder`, which is made, or must hold an earlier session; arrays already there are not written again.

    The old session stays whole until the new session.json takes its place.

    Parameters
    ----------
    digests   names of arrays, known from earlier writes of one work; None begins without.

    Raises
    ------
    SessionError   the folder holds other things, or cannot be written.
    """
    folder = Path(folder).expanduser().absolute()
    digests = digests or Digests()
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / FILE).exists()):
        raise SessionError(f"{folder.name} is there and holds no session.", "Choose a new or empty folder.")
    try:
        (folder / "arrays").mkdir(parents=True, exist_ok=True)
        entries = [_write_item(folder, item, digests) for item in session.scene]
        content = {
            "format": "geomlearn session",
            "version": VERSION,
            "stage": encode(session.scene.stage, {}),
            "items": entries,
            "view": dict(session.view),
            "log": list(session.log),
            "script": {"shell": session.script.shell, "python": session.script.python},
        }
        for name, text in (
            ("script.py", as_python(session.script)),
            ("script.sh", as_shell(session.script)),
            (FILE, _json(content)),
        ):
            with atomic_path(folder / name, force=True) as temporary:
                temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SessionError(
            f"{folder} cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from error
    digests.forget_unused()
    used = {entry["arrays"] for entry in entries}
    for path in (*(folder / "arrays").glob("*.npz"), *folder.glob(".session.*"), *folder.glob(".script.*")):
        # What begins with a dot is a write that was cut off.
        if path.name not in used:
            path.unlink(missing_ok=True)
    return folder


def read_session(folder: str | Path) -> Session:
    """Open a session folder, or the session.json inside it.

    Raises
    ------
    SessionError   there is none, it is damaged, or a newer version wrote it.
    """
    folder = Path(folder).expanduser().absolute()
    folder = folder.parent if folder.name == FILE else folder
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SessionError(f"{folder} holds no session.", f"A session is a folder with {FILE} in it.") from None
    except (OSError, ValueError) as error:
        raise SessionError(f"{folder.name}/{FILE} cannot be read: {error}.", "Take an older copy of it.") from None
    if not isinstance(content, dict) or content.get("format") != "geomlearn session":
        raise SessionError(f"{folder.name}/{FILE} is not a geomlearn session.", "Choose another folder.")
    if content.get("version", 0) > VERSION:
        raise SessionError(f"{folder.name} was saved by a newer version.", "Update geomlearn to open it.")
    try:
        items = [_read_item(folder, entry) for entry in content["items"]]
        scene = Scene(stage=decode(content["stage"], {})).put(items)
        script = Script(**content.get("script", {}))
        return Session(scene, content.get("view", {}), tuple(content.get("log", ())), script)
    except SessionError:
        raise
    except (FormatError, GeomError) as error:
        raise SessionError(f"{folder.name} is damaged. {error.message}", error.hint) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SessionError(f"{folder.name}/{FILE} is damaged: {error!r}.", "Take an older copy of it.") from error


def is_session(path: str | Path) -> bool:
    """Whether a path is a session folder or the session.json in one."""
    path = Path(path).expanduser()
    return (path / FILE).is_file() or (path.name == FILE and path.is_file())


def _write_item(folder: Path, item: Item, digests: Digests) -> dict[str, Any]:
    arrays: dict[str, np.ndarray] = {}
    content = encode(item, arrays)
    name = ""
    if arrays:
        name = f"{digests.of(arrays)}.npz"
        if not (folder / "arrays" / name).exists():
            write_arrays(folder / "arrays" / name, arrays, {"label": item.label, "kind": item.kind})
    return {"label": item.label, "arrays": name, "item": content}


def _read_item(folder: Path, entry: Mapping[str, Any]) -> Item:
    arrays: dict[str, np.ndarray] = {}
    if entry["arrays"]:
        # The name comes from a file: it may not lead out of the folder.
        arrays, _ = read_arrays(folder / "arrays" / Path(entry["arrays"]).name)
    item = decode(entry["item"], arrays)
    if not isinstance(item, Item):
        raise SessionError(f"{entry['label']} is not an item.", "The session folder is damaged.")
    return item


class Digests:
    """Names of sets of arrays by their content. Arrays of a scene never change: each is gone through once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], tuple[str, list[np.ndarray]]] = {}
        self._used: dict[tuple[Any, ...], tuple[str, list[np.ndarray]]] = {}

    def of(self, arrays: Mapping[str, np.ndarray]) -> str:
        """The name of these arrays."""
        key = tuple((name, id(array)) for name, array in arrays.items())
        # Held so that no other array can get the identity of one of these.
        self._used[key] = self._known.get(key) or (_digest(arrays), list(arrays.values()))
        return self._used[key][0]

    def forget_unused(self) -> None:
        """Let go of all that was not asked for since the last time."""
        self._known, self._used = self._used, {}


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for name, array in arrays.items():
        digest.update(f"{name} {array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False)
