"""`geomlearn collection refine`: maps of a collection that support each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import shown, table
from geomlearn.app.cli.verbs.collections.each import Format, Jobs, engine_of, suffix_of
from geomlearn.collections.options import NetworkOptions

_DEFAULTS = NetworkOptions()
_MOST_SHOWN = 10


def refine(
    maps: Annotated[Path, Parameter(metavar="MAPS", help="Folder that `match --all` made.")],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FOLDER", help="Folder for the better maps.")],
    options: Annotated[NetworkOptions, flat(NetworkOptions)] = _DEFAULTS,
    jobs: Jobs = None,
    format: Format = "txt",
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Find the maps that contradict the ways around them, and make all consistent.

    OUT holds SOURCE--TARGET.txt and cycles.csv: the cycle error of each map
    before and after, and which were replaced; limit.npz: the spectrum of the
    limit shape, how each shape differs from it in areas and lengths, and the
    distances between the shapes by these differences.
    """
    from geomlearn.collections.networks.refine import refine_network, write_refined
    from geomlearn.collections.pairs.matched import open_matched

    terminal = common.terminal()
    output = output.expanduser().absolute()
    if output == maps.expanduser().absolute():
        raise UsageError(f"{shown(output)} holds the maps as they are.", "Choose another folder.")
    if (output / "cycles.csv").exists() and not force:
        raise UsageError(f"{shown(output)} holds maps already.", "Choose another folder, or overwrite with --force.")
    found = open_matched(maps)
    with terminal.progress(f"{len(found.rows)} maps") as progress:
        refined = refine_network(found, options, engine=engine_of(jobs), progress=progress)
    write_refined(output, found, refined, suffix=suffix_of(format), force=force)
    grid = table("contradicted", "cycle error", "now", right=("cycle error", "now"))
    for source, target in refined.wrong[:_MOST_SHOWN]:
        numbers = (f"{one[source, target]:.2f}" for one in (refined.before, refined.after))
        grid.add_row(f"{source} → {target}", *numbers)
    if refined.wrong:
        terminal.show(grid)
    terminal.wrote(output / "cycles.csv", refined.sentence)
    rows = [
        {
            "source": source,
            "target": target,
            "cycle_error_before": refined.before[source, target],
            "cycle_error_after": refined.after[source, target],
            "contradicted": (source, target) in refined.wrong,
            "replaced": (source, target) in refined.replaced,
        }
        for source, target in refined.maps
    ]
    limit = [
        {"shape": name, "areas": float(areas), "lengths": float(lengths)}
        for name, (areas, lengths) in zip(refined.limit.names, refined.limit.from_limit, strict=True)
    ]
    farthest = refined.limit.names[int(refined.limit.from_limit.sum(axis=1).argmax())]
    terminal.rows({"farthest from the limit shape": farthest})
    terminal.finish({"maps": maps, "output": output, "sentence": refined.sentence, "rows": rows, "limit": limit})
    return DONE
