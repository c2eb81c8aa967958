"""Match the pairs of a collection: what is done already is not done again, and one failure is one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.choice import Pair, in_blocks
from geomlearn.collections.pairs.doubts import mixed_units, refuse_clashes, refuse_folder, warnings_of
from geomlearn.collections.pairs.engines import Engine, Here
from geomlearn.collections.pairs.matched import Matched, forget, remember
from geomlearn.collections.pairs.store import FOLDER, pair_key
from geomlearn.collections.pairs.table import TABLE, Row, write_table
from geomlearn.collections.pairs.tasks import Export, Facts, Ready, ready_shape, solve_pair, write_pair
from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.locks import locked
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.io.maps import WRITABLE
from geomlearn.matching.options import MatchOptions


def match_pairs(
    members: Sequence[Member],
    pairs: Iterable[Pair],
    out: str | Path,
    options: MatchOptions = MatchOptions(),  # noqa: B008 (frozen)
    *,
    suffix: str = ".txt",
    index_base: int = 0,
    engine: Engine | None = None,
    force: bool = False,
    progress: Progress = SILENT,
) -> Matched:
    """Match pairs of shapes; each pair is solved once, for both of its maps, and by one thread.

    Parameters
    ----------
    members, pairs   see `members_of`, `all_pairs`, `to_template`, `read_pairs`.
    out              folder for the maps ``SOURCE--TARGET.txt``, ``table.csv`` and the store; what an earlier run left
                     there is used where shapes and options are the same.
    suffix           of the maps, any of `geomlearn.matching.io.maps.WRITABLE`.
    engine           where the work is done; in this process when None.
    force            write into a folder that holds other things.

    Raises
    ------
    FormatError      maps are not written as this suffix.
    ParameterError   two maps would have the same name, the folder is another process's, or lies where the shapes are.
    GeomError        the folder holds other things and `force` is false, or cannot be written.
    Cancelled        the table then holds what was done.
    """
    out = Path(out).expanduser().absolute()
    pairs, engine = list(pairs), engine or Here()
    if suffix not in WRITABLE:
        raise FormatError(f"Maps cannot be written as {suffix}.", f"Use one of {' '.join(WRITABLE)}.")
    refuse_folder(out, members, force=force)
    found = Matched(out, tuple(members), options, Export(out, suffix, index_base))
    refuse_clashes(pairs)
    with locked(out / FOLDER):
        run = _Run(found, engine)
        stale = not forget(found)
        try:
            run.ready_shapes(pairs, progress.part(0.0, 0.15))
            run.solve(in_blocks(pairs, members), progress.part(0.15, 1.0), stale=stale)
        finally:
            found.rows = [run.rows[pair] for pair in pairs if pair in run.rows]
            with suppress(GeomError):
                write_table(out / TABLE, found.rows)
        remember(found)
    return found


class _Run:
    """One run over the pairs.

    Attributes
    ----------
    rows    done so far, by pair;  errors  why shapes cannot be used, by name.
    """

    def __init__(self, found: Matched, engine: Engine) -> None:
        self.found, self.engine = found, engine
        self.rows: dict[Pair, Row] = {}
        self.errors: dict[str, str] = {}

    def ready_shapes(self, pairs: list[Pair], progress: Progress) -> None:
        """Read all shapes once and compute their bases."""
        ready: list[Ready] = []
        for member in dict.fromkeys(member for pair in pairs for member in pair):
            try:
                ready.append(Ready(member, member.key))
            except GeomError as error:
                self.errors[member.name] = str(error)
        store, options = self.found.store.folder, self.found.options
        facts: dict[str, Facts] = {}
        for number, told in self.engine.run(ready_shape, [(store, one, options) for one in ready], progress):
            name = ready[number].member.name
            if "error" in told:
                self.errors[name] = told["error"]
            else:
                facts[name], self.found.keys[name] = told, ready[number].key
        self.found.notes = [*warnings_of(facts), *mixed_units(facts)]

    def solve(self, pairs: list[Pair], progress: Progress, *, stale: bool) -> None:
        """Solve what is not there, and write what is not written, or all of it when it was written otherwise."""
        wanted = self._wanted(pairs)
        store, options, export = self.found.store, self.found.options, self.found.export
        tasks = []
        for (a, b), (forward, backward) in wanted.items():
            ready = Ready(a, self.found.keys[a.name]), Ready(b, self.found.keys[b.name])
            task = (store.folder, *ready, options, (forward, backward), export)
            facts = store.facts("pairs", pair_key(ready[0].key, ready[1].key, options))
            if facts is None or not self._written(task, stale=stale):
                tasks.append((a, b, task))
            else:
                self._note(a, b, (forward, backward), facts)
        for number, facts in self.engine.run(solve_pair, [task for _, _, task in tasks], progress):
            a, b, task = tasks[number]
            self._note(a, b, task[4], facts)
            self.found.n_solved += 1
        progress(1.0, "done")

    def _wanted(self, pairs: list[Pair]) -> dict[Pair, tuple[bool, bool]]:
        """For each pair of usable shapes, in order of names, which of its two maps is asked for."""
        wanted: dict[Pair, tuple[bool, bool]] = {}
        for source, target in pairs:
            reasons = [self.errors[one.name] for one in (source, target) if one.name in self.errors]
            if reasons:
                self._failed((source, target), " ".join(reasons))
                continue
            swapped = target.name < source.name
            pair = (target, source) if swapped else (source, target)
            forward, backward = wanted.get(pair, (False, False))
            wanted[pair] = (forward or not swapped, backward or swapped)
        return wanted

    @staticmethod
    def _written(task: tuple[Any, ...], *, stale: bool) -> bool:
        """Whether the maps of a pair that is solved are files too; if not they are written now."""
        _, a, b, _, wanted, export = task
        names = a.member.name, b.member.name
        files = [export.path(*way) for way, yes in zip((names, names[::-1]), wanted, strict=True) if yes]
        if stale or not all(file.is_file() for file in files):
            try:
                write_pair(*task)
            except GeomError:
                return False
        return True

    def _note(self, a: Member, b: Member, wanted: tuple[bool, bool], facts: Facts) -> None:
        ways = zip(((a, b), (b, a)), ("forward", "backward"), wanted, strict=True)
        for pair, way, is_wanted in ways:
            if not is_wanted:
                continue
            if "error" in facts:
                self._failed(pair, facts["error"])
                continue
            told = facts[way]
            numbers = told.get("predicted_error"), told.get("p_within_5"), facts["seconds"] / 2
            self._row(pair, told["verdict"], *numbers, told["reason"])

    def _failed(self, pair: Pair, reason: str) -> None:
        self.found.export.path(pair[0].name, pair[1].name).unlink(missing_ok=True)
        self._row(pair, "failed", None, None, 0.0, reason)

    def _row(self, pair: Pair, verdict: str, error: float | None, p: float | None, seconds: float, reason: str) -> None:
        source, target = pair
        method = self.found.options.method
        self.rows[pair] = Row(source.name, target.name, method, verdict, error, p, seconds, reason)
