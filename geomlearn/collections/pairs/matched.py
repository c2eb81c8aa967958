"""The maps of a collection in a folder, which can be opened again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.store import FOLDER, Store, pair_key
from geomlearn.collections.pairs.table import TABLE, Row, read_table
from geomlearn.collections.pairs.tasks import Export
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import atomic_path
from geomlearn.matching.options import MatchOptions

_RUN = "run.json"


@dataclass(eq=False)
class Matched:
    """The maps of a collection.

    Attributes
    ----------
    out       folder of the maps, the table and the store;  members  the shapes, by name.
    rows      one a map, in the order asked;  notes  what a person should know of the shapes.
    keys      digest of each shape that could be read, by name;  options, export  as used.
    n_solved  pairs that were solved now, the others having been there.
    """

    out: Path
    members: tuple[Member, ...]
    options: MatchOptions
    export: Export
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    n_solved: int = 0

    @property
    def store(self) -> Store:
        """Where shapes, bases and maps are kept."""
        return Store(self.out / FOLDER)

    def maps(self, source: str, target: str) -> tuple[np.ndarray, np.ndarray]:
        """The map from source to target, and the one back, as indices.

        Raises
        ------
        FormatError   the pair was not solved.
        """
        first, second = sorted((source, target))
        found = self.store.arrays("pairs", pair_key(self.keys[first], self.keys[second], self.options))
        maps = found["map_ab"], found["map_ba"]
        return maps if source < target else maps[::-1]

    @property
    def n_failed(self) -> int:
        """Rows without a map."""
        return sum(row.verdict == "failed" for row in self.rows)


def holds_maps(out: str | Path) -> bool:
    """Whether a finished run left the maps of a collection in a folder."""
    return (Path(out) / FOLDER / _RUN).is_file()


def open_matched(out: str | Path) -> Matched:
    """What an earlier run left in a folder.

    Raises
    ------
    FormatError   there are no maps of a collection, or a run is not finished.
    """
    out = Path(out).expanduser().absolute()
    try:
        kept = json.loads((out / FOLDER / _RUN).read_text(encoding="utf-8"))
    except PermissionError:
        raise FormatError(f"The folder {out} may not be read.", "Check its permissions.") from None
    except (OSError, ValueError):
        raise FormatError(
            f"{out} holds no finished maps of a collection.", "Make them with geomlearn match FOLDER --all -o OUT."
        ) from None
    members = tuple(Member(name, spec) for name, spec in kept["members"])
    export = Export(out, kept["suffix"], kept["index_base"])
    options = MatchOptions(**kept["options"])
    return Matched(out, members, options, export, read_table(out / TABLE), keys=kept["keys"])


def remember(found: Matched) -> None:
    """Say that the maps that lie there are all of this run."""
    with atomic_path(_place(found), force=True) as temporary:
        members = [[member.name, member.spec] for member in found.members]
        text = {**_settings(found), "members": members, "suffix": found.export.suffix}
        temporary.write_text(json.dumps(text), encoding="utf-8")


def forget(found: Matched) -> bool:
    """Until a run is done the folder may hold maps of two kinds. Whether those that lie there were of this kind."""
    same = _same_as_before(found)
    _place(found).unlink(missing_ok=True)
    return same


def _place(found: Matched) -> Path:
    return found.store.folder / _RUN


def _settings(found: Matched) -> dict[str, Any]:
    return {"options": found.options.model_dump(), "index_base": found.export.index_base, "keys": found.keys}


def _same_as_before(found: Matched) -> bool:
    try:
        before = json.loads(_place(found).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    now = _settings(found)
    same_shapes = all(before["keys"].get(member.name) in (None, _key_of(member)) for member in found.members)
    return same_shapes and all(before[name] == now[name] for name in ("options", "index_base"))


def _key_of(member: Member) -> str | None:
    try:
        return member.key
    except GeomError:
        return None
