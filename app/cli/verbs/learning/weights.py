"""`geomlearn tune weights`: regularization weights learned from pairs of clean and noisy fields."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, flat
from geomlearn.app.cli.terminal import jsonable, number
from geomlearn.tuning.options import MaidOptions

_DEFAULTS = MaidOptions()


def weights(
    file: Spec,
    /,
    *,
    output: Output,
    noisy: Annotated[Path, Parameter(help="Fields on the shape with noise, (f, n).")],
    clean: Annotated[Path, Parameter(help="The same fields without it.")],
    start: Annotated[tuple[float, float], Parameter(help="Logarithms of weight and rounding to begin at.")] = (-5, -5),
    apply: Annotated[
        Path | None,
        Parameter(help="Also write the noisy fields, cleaned.", show_default=False),
    ] = None,
    options: Annotated[MaidOptions, flat(MaidOptions)] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn the weight and the rounding of total variation on a shape.

    ½‖x − noisy‖² + e^θ₁ Σ √(jump² + e^2θ₂) over the edges is what cleans a
    field; θ is learned so that it comes nearest to the clean ones. The
    report, .json, has θ, the loss, and the certificate: a bound of the
    gradient that is left.
    """
    import torch

    from geomlearn.app.cli.exits import DONE
    from geomlearn.core.files import atomic_path
    from geomlearn.operators.fields.field_files import WRITABLE, read_field, write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.tuning.maid import solve_bilevel
    from geomlearn.tuning.problems.on_shapes import total_variation_on

    terminal = common.terminal()
    output = claim(output, (".json",), "A report", force=force)
    apply = claim(apply, WRITABLE, "A field", force=force) if apply is not None else None
    shape = load(file, terminal)
    pairs = [_scalar(read_field(path).values) for path in (noisy, clean)]
    problem = total_variation_on(shape, *pairs)
    began = time.perf_counter()
    with terminal.progress("weights") as progress:
        result = solve_bilevel(problem, torch.tensor(start, dtype=torch.float64), options, progress=progress)
    theta = result.value.theta.numpy()
    before = 0.5 * float((problem.mass.numpy() * (pairs[0] - pairs[1]) ** 2).mean())
    facts: dict[str, Any] = {
        "theta": theta.tolist(),
        "weight": float(np.exp(theta[0])),
        "rounding": float(np.exp(theta[1])),
        "loss_noisy": before,
        **result.stats,
        "status": result.status.value,
        "time_s": time.perf_counter() - began,
    }
    with atomic_path(output, force=force) as temporary:
        temporary.write_text(json.dumps(jsonable({**facts, "history": result.history}), indent=1), encoding="utf-8")
    terminal.wrote(output, f"weights from {len(pairs[0])} pairs on {shape.name}")
    if apply is not None:
        values = result.value.x.numpy()
        write_field(apply, FieldSeries(np.arange(len(values)), values, ("u",), {"method": "maid"}), shape, force=force)
        terminal.wrote(apply, f"{len(values)} cleaned fields")
    terminal.rows(
        {
            "weight": number(facts["weight"]),
            "rounding": number(facts["rounding"]),
            "loss": f"{number(result.stats['loss'])}, noisy {number(before)}",
            "certificate": f"gradient at most {number(result.stats['certificate'])}",
            "status": f"{result.status.value}: {result.sentence}",
        }
    )
    terminal.finish({"file": file, "output": output, **facts})
    return DONE


def _scalar(values: np.ndarray) -> np.ndarray:
    return values[:, :, 0] if values.ndim == 3 else values
