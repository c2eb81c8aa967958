"""What the window remembers between runs: theme, scale, recent files, folders."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

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
    recent          paths last opened, newest first.
    folders         by kind of file, the folder last used.
    rates, sizes    seconds, and bytes at the peak, per unit of work by kind of job, measured here.
    """

    theme: str = "light"
    scale: float = 0.0
    recent: list[str] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)

    def remember(self, path: str) -> None:
        """Put a path at the front of the recent files."""
        self.recent = [path, *(other for other in self.recent if other != path)][:RECENT]


def preferences_file() -> Path:
    """Where they are kept; GEOMLEARN_CONFIG_DIR says otherwise."""
    from platformdirs import user_config_path

    folder = os.environ.get("GEOMLEARN_CONFIG_DIR")
    return (Path(folder) if folder else user_config_path("geomlearn")) / "window.json"


def load_preferences() -> Preferences:
    """The remembered ones; a damaged file counts as none, it is not worth a question at start."""
    try:
        content = json.loads(preferences_file().read_text(encoding="utf-8"))
        defaults = Preferences()
        kept = {
            f.name: content[f.name]
            for f in fields(Preferences)
            if isinstance(content.get(f.name), type(getattr(defaults, f.name)))
        }
    except (OSError, ValueError, AttributeError):
        return Preferences()
    return Preferences(**kept)


def save_preferences(preferences: Preferences) -> None:
    """Keep them; a folder that cannot be written loses them silently, since nothing of the work depends on it."""
    with suppress(GeomError, OSError), atomic_path(preferences_file(), force=True) as temporary:
        temporary.write_text(json.dumps(asdict(preferences), indent=1), encoding="utf-8")
