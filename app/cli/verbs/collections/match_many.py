"""`geomlearn match` with a folder or several shapes: maps between pairs, as files and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter
from rich.text import Text

from geomlearn.app.cli.exits import CANCELLED, DONE, FAILED, UsageError
from geomlearn.app.cli.terminal import Terminal, shown, table
from geomlearn.app.cli.verbs.collections.each import Jobs, engine_of, several, stands_for_many, suffix_of
from geomlearn.core.errors import Cancelled

if TYPE_CHECKING:
    from geomlearn.collections.pairs.matched import Matched
    from geomlearn.collections.pairs.truths import Errors
    from geomlearn.matching.options import MatchOptions

_MANY = Group("Many shapes", sort_key=8)
_COLORS = {"failed": "red", "bad": "red", "doubtful": "yellow", "good": "green"}
_MOST_SHOWN = 12


@dataclass(frozen=True)
class Many:
    """Which pairs of several shapes, and how the work is shared."""

    all: Annotated[
        bool, Parameter(negative="", show_default=False, group=_MANY, help="Match every shape with every other.")
    ] = False
    to: Annotated[str | None, Parameter(metavar="TEMPLATE", group=_MANY, help="Match every shape with this one.")] = (
        None
    )
    pairs: Annotated[
        Path | None, Parameter(metavar="PAIRS", group=_MANY, help="Match the pairs in a file, two names a line.")
    ] = None
    jobs: Annotated[Jobs, Parameter(group=_MANY)] = None
    dask: Annotated[
        str | None,
        Parameter(
            metavar="CLUSTER",
            group=_MANY,
            help="Share the work by Dask: a scheduler's address, its scheduler.json, local, or config for Dask's own.",
        ),
    ] = None
    format: Annotated[str, Parameter(metavar="SUFFIX", group=_MANY, help="What the maps are written as.")] = "txt"
    truth: Annotated[
        Path | None,
        Parameter(
            metavar="FOLDER", group=_MANY, help="True maps SOURCE--TARGET.txt, or lists NAME.vts: errors are measured."
        ),
    ] = None

    def asked(self, sources: Sequence[str]) -> bool:
        """Whether this is about more than one pair of files."""
        flags = self.all or self.to is not None or self.pairs is not None
        return flags or len(sources) > 2 or any(map(stands_for_many, sources))


def match_many(
    sources: Sequence[str],
    out: Path,
    many: Many,
    options: MatchOptions,
    index_base: Literal[0, 1],
    *,
    force: bool,
    terminal: Terminal,
) -> int:
    """Match pairs of many shapes into a folder, and say how it went."""
    from geomlearn.collections.pairs.choice import all_pairs, read_pairs, to_template, with_template
    from geomlearn.collections.pairs.report import write_report
    from geomlearn.collections.pairs.run import match_pairs
    from geomlearn.collections.pairs.table import TABLE
    from geomlearn.collections.pairs.truths import measure, truths_in, write_errors

    if sum((many.all, many.to is not None, many.pairs is not None)) != 1:
        raise UsageError("Which of these shapes shall be matched?", "Say one of --all, --to TEMPLATE, --pairs FILE.")
    truth_of = truths_in(many.truth)
    members = several(sources, out)
    if many.to is not None:
        members, template = with_template(members, many.to)
        pairs = to_template(members, template)
    else:
        pairs = read_pairs(many.pairs, members) if many.pairs else all_pairs(members)
    if not pairs:
        raise UsageError("There is only one shape, and nothing to match it with.", "Give two or more.")
    try:
        with terminal.progress(f"{len(pairs)} maps") as progress:
            found = match_pairs(
                members,
                pairs,
                out,
                options,
                suffix=suffix_of(many.format),
                index_base=index_base,
                force=force,
                engine=engine_of(many.jobs, many.dask),
                progress=progress.part(0.0, 0.97),
            )
            errors = measure(found, truth_of, progress=progress.part(0.97, 0.99))
    except Cancelled:
        terminal.warn([f"Cancelled; what was done is in {shown(out)}, and the same command goes on from there."])
        return CANCELLED
    if errors.by_pair:
        write_errors(found.out / "errors.csv", errors)
    write_report(found.out / "report.html", found, errors if errors.by_pair else None)
    _say(found, errors, terminal)
    terminal.wrote(found.out / TABLE, f"{len(found.rows)} maps, {found.n_failed} failed")
    terminal.wrote(found.out / "report.html", "the worst pairs first")
    terminal.finish(_payload(found, errors))
    return FAILED if found.n_failed else DONE


def _say(found: Matched, errors: Errors, terminal: Terminal) -> None:
    from geomlearn.collections.pairs.table import VERDICTS, worst_first

    terminal.warn(found.notes)
    grid = table("source", "target", "verdict", "error", "within 5", "why", right=("error", "within 5"))
    for row in worst_first(found.rows)[:_MOST_SHOWN]:
        numbers = ("" if value is None else f"{value:.2f}" for value in (row.predicted_error, row.p_within_5))
        why = Text(row.reason, no_wrap=True, overflow="ellipsis")
        grid.add_row(row.source, row.target, Text(row.verdict, style=_COLORS[row.verdict]), *numbers, why)
    terminal.show(grid)
    if len(found.rows) > _MOST_SHOWN:
        terminal.say(f"… and {len(found.rows) - _MOST_SHOWN} that are no worse.")
    counts = Counter(row.verdict for row in found.rows)
    told = ", ".join(f"{counts[word]} {word}" for word in reversed(VERDICTS) if counts[word])
    terminal.say(f"{len(found.rows)} maps: {told}. {found.n_solved} pairs were solved now, each for both directions.")
    if errors.by_pair:
        terminal.say(errors.sentence)


def _payload(found: Matched, errors: Errors) -> dict[str, Any]:
    from dataclasses import asdict

    measured = {pair: one.mean_error for pair, one in errors.by_pair.items()}
    rows = [
        {**asdict(row), "mean_error": measured.get((row.source, row.target)), "map": _map(found, row)}
        for row in found.rows
    ]
    counts = Counter(row.verdict for row in found.rows)
    return {
        "output": found.out,
        "shapes": [{"name": member.name, "file": member.spec} for member in found.members],
        "counts": dict(counts),
        "solved_now": found.n_solved,
        "notes": found.notes,
        "rows": rows,
    }


def _map(found: Matched, row: Any) -> Path | None:
    return None if row.verdict == "failed" else found.export.path(row.source, row.target)
