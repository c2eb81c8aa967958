"""`geomlearn sense patches`: fields as patches on geodesic disks: learn their dictionary, clean fields by it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.sparse.options import DictionaryOptions

_DEFAULTS = DictionaryOptions()
_FIRST = ("n_atoms", "penalty", "weight", "max_iterations", "seed")


def patches(
    file: Spec,
    /,
    *,
    output: Output,
    fields: Annotated[Path, Parameter(help="Fields on the shape: to learn from, or to clean with --dictionary.")],
    dictionary: Annotated[
        Path | None, Parameter(help="A dictionary learned before: the fields are cleaned by it.", show_default=False)
    ] = None,
    centres: Annotated[int, Parameter(help="Disks on the shape.")] = 400,
    radius: Annotated[float, Parameter(help="Radius of the disks, over the root of the area.")] = 0.1,
    options: Annotated[
        DictionaryOptions, flat(DictionaryOptions, "Options of the method", first=_FIRST, rest="The learning in detail")
    ] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> None:
    """Learn a dictionary of patches of fields, or clean fields by one.

    A patch holds the values of a field on a small grid over a geodesic disk,
    without their mean. The dictionary, .npz, can be learned on one shape and
    used on another of like size. Cleaned fields are a field file.
    """
    from geomlearn.operators.fields.field_files import WRITABLE, read_field, write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.sparse.dictionary import SparseDictionary
    from geomlearn.sparse.patch_files import read_dictionary, write_dictionary
    from geomlearn.sparse.patches import cleaned, disk_patches, without_means

    terminal = common.terminal()
    kind = "A dictionary" if dictionary is None else "A field"
    output = claim(output, (".npz",) if dictionary is None else WRITABLE, kind, force=force)
    shape = load(file, terminal)
    series = read_field(fields)
    values = series.values if series.values.ndim == 2 else series.values[:, :, 0]
    start = time.perf_counter()
    with terminal.progress(f"disks on {shape.name}") as progress:
        disks = disk_patches(shape, centres, radius_rel=radius, progress=progress)
    facts: dict[str, float] = {"disks": len(disks.centres), "uncovered": disks.uncovered}
    if dictionary is None:
        with terminal.progress("dictionary") as progress:
            learner = SparseDictionary(options).fit(without_means(disks.patches(values))[0], progress=progress)
        write_dictionary(output, learner, radius_rel=radius, source=shape.name, force=force)
        facts |= learner.history_[-1]
        terminal.wrote(output, f"{len(learner.components_)} atoms of {disks.size} values")
        terminal.next(f"geomlearn sense patches {file} --fields NOISY.npz --dictionary {shown(output)} -o clean.npz")
    else:
        learner = read_dictionary(dictionary, disks.size)
        found = np.stack([cleaned(disks, learner, field) for field in values])
        facts["changed_by"] = float(np.sqrt(np.mean((found - values) ** 2)))
        made = {"source": shape.name, "method": "sparse-dictionary"}
        write_field(output, FieldSeries(series.times, found, series.names[:1], made), shape, force=force)
        terminal.wrote(output, f"{len(found)} field{'s' * (len(found) > 1)} on {shape.name}")
    terminal.rows({name.replace("_", " "): number(value) for name, value in facts.items()})
    if disks.uncovered:
        terminal.warn([f"{disks.uncovered} vertices lie on no disk and keep their values: give more --centres."])
    terminal.finish({"file": file, "output": output, **facts, "time_s": time.perf_counter() - start})
