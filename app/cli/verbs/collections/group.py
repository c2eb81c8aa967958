"""`geomlearn collection group`: families among shapes, or among the rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal
from geomlearn.app.cli.verbs.collections.tables import read_named, write_named
from geomlearn.collections.options import FamilyOptions

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress

_DEFAULTS = FamilyOptions()


def group(
    shapes: Annotated[str, Parameter(metavar="FOLDER", help="Shapes; or a table: a header, a name and numbers a row.")],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="Table of names and groups, csv.")],
    modes: Annotated[int, Parameter(name="--modes", help="Eigenvalues that describe each shape.")] = 40,
    options: Annotated[FamilyOptions, flat(FamilyOptions)] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Find families among shapes, without labels.

    Shapes are described by their spectra at unit area, rows of a table by
    their numbers, each column scaled to unit spread.
    """
    from geomlearn.collections.subspace_clustering import cluster_subspaces

    terminal = common.terminal()
    output = claim(output, (".csv",), "Groups", force=force)
    with terminal.progress("families") as progress:
        if Path(shapes).suffix.lower() == ".csv":
            names, _, samples = read_named(Path(shapes))
            samples = (samples - samples.mean(axis=0)) / np.maximum(samples.std(axis=0), 1e-12)
        else:
            names, samples = spectra_of(shapes, modes, terminal, progress.part(0.0, 0.8))
        if len(names) < 4:
            raise UsageError(f"{len(names)} shapes make no families.", "Give four or more.")
        most = min(options.most_groups, len(names) // 2)
        found = cluster_subspaces(samples, options.replace(most_groups=max(2, most)), progress=progress.part(0.8, 1.0))
    labels = found.value.labels
    write_named(output, ["name", "group"], zip(names, labels.tolist(), strict=True), force=force)
    for family in range(found.value.n_groups):
        members = [name for name, label in zip(names, labels, strict=True) if label == family]
        terminal.rows(
            {f"group {family}": f"{len(members)}: {', '.join(members[:8])}{' …' if len(members) > 8 else ''}"}
        )
    terminal.wrote(output, found.sentence)
    groups = [{"name": name, "group": int(label)} for name, label in zip(names, labels, strict=True)]
    terminal.finish({"output": output, "n_groups": found.value.n_groups, "groups": groups})
    return DONE


def spectra_of(shapes: str, modes: int, terminal: Terminal, progress: Progress) -> tuple[list[str], np.ndarray]:
    """Names and spectra (s, modes − 1) of the shapes that have one; the others are warned of."""
    from geomlearn.collections.morphometrics.distances import spectrum_of
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    return _each(shapes, terminal, progress, lambda shape: spectrum_of(eigenbasis(shape, EigenbasisOptions(k=modes))))


def _each(shapes: str, terminal: Terminal, progress: Progress, what: Callable) -> tuple[list[str], np.ndarray]:
    from geomlearn.collections.members import members_of
    from geomlearn.core.errors import GeomError
    from geomlearn.shapes.load import load_shape

    names, rows = [], []
    members = members_of([shapes])
    for number, member in enumerate(members):
        progress(number / len(members), member.name)
        try:
            rows.append(what(load_shape(member.spec)))
            names.append(member.name)
        except GeomError as error:
            terminal.warn([f"{member.name} is left out: {error}"])
    return names, np.array(rows)
