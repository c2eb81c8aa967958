"""What the window remembers between runs: theme, scale, size and place, recent files, folders.

Every change is written when it is made: a window that ends badly has lost none of them.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path

RECENT = 12


@dataclass
class Preferences:
    """Mutable on purpose: these are the person's habits, not the state of the work, and undo leaves them alone.

    Attributes
    ----------
    theme           "light" or "dark".
    scale           of the interface, 0.75 to 3; 0 takes the screen's own.
    size, place     of the window in pixels; empty until one was closed or changed.
    widths          of the panels "left" and "right", at scale 1, where the person dragged them.
    toured          whether the tour has been offered.
    recent          paths last opened, newest first.
    folders         by kind of file, the folder last used.
    rates, sizes    seconds, and bytes at the peak, per unit of work by kind of job, measured here.
    file            where all this is kept; None keeps it nowhere.
    """

    theme: str = "light"
    scale: float = 0.0
    size: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    widths: dict[str, float] = field(default_factory=dict)
    toured: bool = False
    recent: list[str] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    file: Path | None = None

    def change(self, **values: Any) -> None:
        """Give some of them new values and write these; what another window wrote meanwhile stays."""
        for name, value in values.items():
            setattr(self, name, value)
        self.write(*values)

    def write(self, *names: str) -> None:
        """Write these; a folder that cannot be written loses them, since nothing of the work depends on it."""
        if self.file is None:
            return
        kept = _content(self.file)
        own = asdict(self)
        kept |= {name: own[name] for name in names}
        with suppress(GeomError, OSError), atomic_path(self.file, force=True) as temporary:
            temporary.write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def remember(self, path: str) -> None:
        """Put a path at the front of the recent files."""
        self.change(recent=[path, *(other for other in self.recent if other != path)][:RECENT])

    def remember_folder(self, kind: str, folder: str) -> None:
        """The folder last used for this kind of file."""
        self.change(folders={**self.folders, kind: folder})


def preferences_file() -> Path:
    """Where they are kept; GEOMLEARN_CONFIG_DIR says otherwise."""
    from platformdirs import user_config_path

    folder = os.environ.get("GEOMLEARN_CONFIG_DIR")
    return (Path(folder) if folder else user_config_path("geomlearn")) / "window.json"


def load_preferences() -> Preferences:
    """The remembered ones; a damaged file counts as none, it is not worth a question at start."""
    file = preferences_file()
    content, defaults = _content(file), Preferences()
    names = [f.name for f in fields(Preferences) if f.name != "file"]
    kept = {name: content[name] for name in names if isinstance(content.get(name), type(getattr(defaults, name)))}
    return Preferences(**kept, file=file)


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
