"""`geomlearn tune weights`: regularization weights learned from examples."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, flat
from geomlearn.app.cli.terminal import Terminal, jsonable, number
from geomlearn.tuning.options import MaidOptions

if TYPE_CHECKING:
    from geomlearn.app.cli.verbs.learning.weight_problems import Posed

_DEFAULTS = MaidOptions()
_Problem = Literal["tv", "foe", "fmap", "logistic"]


def weights(
    file: Annotated[
        str | None, Parameter(help="tv: the shape that the fields are on.", metavar="FILE", show_default=False)
    ] = None,
    /,
    *,
    output: Output,
    problem: Annotated[
        _Problem, Parameter(help="Total variation, a field of experts, functional maps, or a classifier.")
    ] = "tv",
    noisy: Annotated[
        Path | None, Parameter(help="tv: fields with noise, (f, n). foe: images, (f, h, h).", show_default=False)
    ] = None,
    clean: Annotated[Path | None, Parameter(help="The same without it.", show_default=False)] = None,
    data: Annotated[
        Path | None,
        Parameter(
            help="fmap: arrays a, b (p, k, d), evals_a, evals_b (p, k), maps (p, k, k). logistic: x (n, d), y (n,).",
            show_default=False,
        ),
    ] = None,
    start: Annotated[tuple[float, float], Parameter(help="tv: logarithms of weight and rounding to begin at.")] = (
        -5,
        -5,
    ),
    filters: Annotated[int, Parameter(help="foe: how many.")] = 8,
    size: Annotated[int, Parameter(help="foe: side of a filter, in pixels.")] = 3,
    apply: Annotated[
        Path | None,
        Parameter(help="tv: also write the noisy fields, cleaned.", show_default=False),
    ] = None,
    options: Annotated[MaidOptions, flat(MaidOptions)] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn the weights of a regularizer from pairs of what it gets and what it should give.

    The lower problem is solved as exactly as the next step needs. The
    report, .json, has θ, the loss, and the certificate: a bound of the
    gradient that is left.
    """
    from geomlearn.app.cli.exits import DONE
    from geomlearn.app.cli.verbs.learning import weight_problems as pose
    from geomlearn.core.files import atomic_path
    from geomlearn.operators.fields.field_files import WRITABLE
    from geomlearn.tuning.maid import solve_bilevel

    terminal = common.terminal()
    output = claim(output, (".json",), "A report", force=force)
    if apply is not None and problem != "tv":
        raise UsageError("--apply writes fields, which only tv has.", "Leave it out.")
    apply = claim(apply, WRITABLE, "A field", force=force) if apply is not None else None
    posed = {
        "tv": lambda: pose.total_variation(file, noisy, clean, start, terminal),
        "foe": lambda: pose.field_of_experts(noisy, clean, filters, size),
        "fmap": lambda: pose.functional_map(data),
        "logistic": lambda: pose.logistic(data),
    }[problem]()
    before = posed.problem.upper_gradient(posed.problem.start())[0]
    began = time.perf_counter()
    with terminal.progress("weights") as progress:
        result = solve_bilevel(posed.problem, posed.theta, options, progress=progress)
    theta = result.value.theta.numpy()
    facts: dict[str, Any] = {
        "problem": problem,
        "theta": theta.tolist(),
        **posed.facts(theta),
        "loss_before": before,
        **result.stats,
        "status": result.status.value,
        "time_s": time.perf_counter() - began,
    }
    with atomic_path(output, force=force) as temporary:
        temporary.write_text(json.dumps(jsonable({**facts, "history": result.history}), indent=1), encoding="utf-8")
    terminal.wrote(output, f"weights from {posed.title}")
    if apply is not None:
        _apply(apply, posed, result.value.x.numpy(), force, terminal)
    terminal.rows(
        {
            **posed.told(theta),
            "loss": f"{number(result.stats['loss'])}, untouched {number(before)}",
            "certificate": f"gradient at most {number(result.stats['certificate'])}",
            "status": f"{result.status.value}: {result.sentence}",
        }
    )
    terminal.finish({"file": file, "output": output, **facts})
    return DONE


def _apply(path: Path, posed: Posed, values: np.ndarray, force: bool, terminal: Terminal) -> None:
    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.operators.fields.series import FieldSeries

    write_field(path, FieldSeries(np.arange(len(values)), values, ("u",), {"method": "maid"}), posed.shape, force=force)
    terminal.wrote(path, f"{len(values)} cleaned fields")
