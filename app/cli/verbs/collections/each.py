"""A verb for one shape, done to each of many: one that fails costs its row, not the run."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from geomlearn.app.cli.exits import DONE, FAILED, UsageError
from geomlearn.app.cli.flags import Speech
from geomlearn.app.cli.terminal import Terminal, jsonable, shown, table
from geomlearn.core.errors import GeomError
from geomlearn.core.files import atomic_path

if TYPE_CHECKING:
    from geomlearn.collections.members import Member
    from geomlearn.collections.pairs.engines import Engine

TABLE = "table.csv"
# Does the verb for one shape: its file, what is written, and how it speaks; an exit code.
Once = Callable[[str, Path, Speech], int | None]


Jobs = Annotated[
    int | None,
    Parameter(
        name=("--jobs", "-j"), show_default=False, help="Processes that share the work; one a core when not given."
    ),
]
Format = Annotated[str, Parameter(metavar="SUFFIX", help="Of several shapes: what each is written as.")]


class _Listener(Terminal):
    """Says nothing, and keeps what would have been said to a program."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.payload: Mapping[str, Any] = {}
        self.warnings: list[str] = []

    def finish(self, payload: Mapping[str, Any]) -> None:
        self.payload = payload

    def warn(self, sentences: Sequence[str]) -> None:
        self.warnings += sentences


@dataclass(frozen=True)
class _Overheard(Speech):
    listener: _Listener = field(default_factory=_Listener)

    def terminal(self) -> Terminal:
        return self.listener


def engine_of(jobs: int | None, dask: str | None = None) -> Engine:
    """Where the work of many shapes is done."""
    from geomlearn.collections.pairs.engines import Here, Processes
    from geomlearn.core.threads import n_allowed

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs} does nothing.", "Give 1 or more.")
    if dask:
        from geomlearn.collections.pairs.dask_engine import Dask

        return Dask(dask, jobs)
    jobs = jobs or n_allowed()
    return Processes(jobs) if jobs > 1 else Here()


def suffix_of(format: str) -> str:
    """ply and .PLY are .ply."""
    return f".{format.lower().lstrip('.')}"


def stands_for_many(source: str) -> bool:
    """Whether a word is a folder, or a pattern such as ``scans/*.ply``."""
    from glob import has_magic

    path = Path(source).expanduser()
    return path.is_dir() or (has_magic(source) and not path.exists())


def is_many(sources: Sequence[str]) -> bool:
    """Whether there are several files, or a folder or pattern that stands for several."""
    return len(sources) > 1 or any(map(stands_for_many, sources))


def each(sources: Sequence[str], out: Path | None, suffix: str, once: Once, common: Speech, *, force: bool) -> int:
    """Do it to each, into ``out/NAME.suffix``, and write ``out/table.csv``, a row per shape, failed ones too.

    Files that are there already are kept, unless `force`.

    Parameters
    ----------
    suffix   such as ".npz"; empty when nothing is written for a shape.

    Returns
    -------
    1 when one failed.
    """
    terminal = common.terminal()
    members = several(sources, out)
    if out and (out / TABLE).exists() and not force:
        raise GeomError(f"{shown(out / TABLE)} exists already.", "Choose another folder, or overwrite with --force.")
    rows: list[dict[str, Any]] = []
    with terminal.progress(f"{len(members)} shapes") as progress:
        for number, member in enumerate(members):
            progress(number / len(members), member.name)
            target = out / f"{member.name}{suffix}" if out and suffix else Path()
            # A run that was ended goes on: it leaves no table, and whole files only.
            was_there = target.is_file() and not force
            rows.append(_there(member, target) if was_there else _row(member, target, once, terminal))
    if out:
        write_rows(out / TABLE, rows, force=force)
    return told(rows, out, terminal)


def several(sources: Sequence[str], out: Path | None) -> tuple[Member, ...]:
    """The shapes, when what is written does not come among them."""
    from geomlearn.collections.members import members_of

    members = members_of(sources)
    folders = {Path(one).expanduser().absolute() for one in sources if Path(one).expanduser().is_dir()}
    target = out.expanduser().absolute() if out else None
    if target and (
        any(target.is_relative_to(folder) for folder in folders)
        or target in {Path(member.spec).parent for member in members}
    ):
        raise UsageError(f"{shown(target)} is where the shapes are, and nothing is written there.", "Choose another.")
    return members


def told(rows: Sequence[Mapping[str, Any]], out: Path | None, terminal: Terminal) -> int:
    """Say which failed and where the others are; the exit code."""
    failed = [row for row in rows if row["reason"]]
    grid = table("shape", "why")
    for row in failed:
        grid.add_row(Text(row["name"], style="red"), row["reason"])
    if failed:
        terminal.show(grid)
    if out:
        terminal.wrote(out / TABLE, f"{len(rows) - len(failed)} of {len(rows)} shapes done")
    else:
        terminal.say(f"{len(rows) - len(failed)} of {len(rows)} shapes done.")
    terminal.finish({"output": out, "files": rows})
    return FAILED if failed else DONE


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], *, force: bool) -> None:
    """Numbers, words and short lists of each row; what is longer is in its own file."""
    flat = [{name: value for name, value in map(_flat, row.items()) if value is not None} for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    with atomic_path(path, force=force) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(flat)


def _there(member: Member, target: Path) -> dict[str, Any]:
    return {"name": member.name, "file": member.spec, "reason": "", "output": str(target), "note": "was there already"}


def _row(member: Member, target: Path, once: Once, terminal: Terminal) -> dict[str, Any]:
    speech = _Overheard()
    row: dict[str, Any] = {"name": member.name, "file": member.spec, "reason": ""}
    try:
        code = once(member.spec, target, speech)
    except GeomError as error:
        return {**row, "reason": str(error), "hint": error.hint}
    terminal.warn([f"{member.name}: {sentence}" for sentence in speech.listener.warnings])
    row |= {name: value for name, value in jsonable(speech.listener.payload).items() if name not in row}
    if code:
        row["reason"] = "; ".join(one["sentence"] for one in row.get("findings", ())) or "It failed."
    return row


def _flat(item: tuple[str, Any]) -> tuple[str, Any]:
    name, value = item
    return name, value if isinstance(value, str | int | float) else None
