"""Proposals: designs that a surrogate expects to be better than those known, and how far it may be mistaken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.design.cma import cma_es
from geomlearn.operators.design.options import DesignOptions
from geomlearn.operators.design.runs import Runs
from geomlearn.operators.design.surrogate import Ensemble, climb, learn

# Of the runs, kept back to see how far the surrogate overestimates; of what is seen there, the bar.
_HELD, _QUANTILE = 0.1, 0.9


@dataclass(frozen=True, eq=False)
class Proposals:
    """Designs in the order of their promise.

    Attributes
    ----------
    rows        the designs, as the table has them.
    predicted   (n,) scores that the surrogate expects.
    bar         (n,) by how much the score may be worse: what nine of ten runs kept back stay within, and the spread
                of the ensemble where that is more. Beyond the table it is a lower bound.
    sharpness   (n,) ‖∇_ω h‖ at each design.
    known       the best score of the table.
    error       root mean square of the surrogate's errors on runs kept back, in units of the score.
    """

    rows: list[list[Any]]
    predicted: np.ndarray
    bar: np.ndarray
    sharpness: np.ndarray
    known: float
    error: float


def propose(runs: Runs, n: int = 16, options: DesignOptions | None = None, progress: Progress = SILENT) -> Proposals:
    """Learn the score and search for better designs; every design proposed is new and lies within the ranges.

    Parameters
    ----------
    n   how many; fewer where a search ends in the same designs, or in those of the table.

    Raises
    ------
    ParameterError   more are asked for than there are runs to start from.
    SolverError      every search ended in a design of the table.
    """
    options = options or DesignOptions()
    if not 1 <= n <= len(runs.x):
        raise ParameterError(f"{n} designs cannot be found from {len(runs.x)} runs.", "Ask for fewer.")
    sign = 1.0 if options.goal == "max" else -1.0
    mean, scale = runs.scores.mean(), runs.scores.std()
    y = torch.from_numpy((sign * (runs.scores - mean) / scale).astype(np.float32))
    x = torch.from_numpy(runs.x)
    order = np.random.default_rng(options.seed).permutation(len(x))
    held, kept = np.split(order, [max(2, round(_HELD * len(x)))])
    surrogate = learn(x[kept], y[kept], options, progress.part(0, 0.8))
    with torch.no_grad():
        over = (surrogate(x[held]) - y[held]).numpy()
    found = _search(surrogate, x, y, n, runs, options)
    rows = _distinct(runs, found.numpy())
    # Where a variable takes words, what is proposed is a word and not what lay between.
    final = torch.from_numpy(_encoded(runs, rows))
    with torch.no_grad():
        each, predicted = surrogate.each(final), surrogate(final)
    best = torch.argsort(-predicted)[:n]
    bar = np.maximum(np.quantile(over, _QUANTILE), each.std(0, unbiased=False).numpy()).clip(0)
    progress(1.0, "searched")
    return Proposals(
        [rows[i] for i in best],
        mean + sign * scale * predicted[best].numpy().astype(float),
        scale * bar[best.numpy()],
        surrogate.sharpness(final[best]).numpy().astype(float),
        float(runs.scores.max() if sign > 0 else runs.scores.min()),
        float(scale * np.sqrt(np.mean(over**2))),
    )


def _search(
    surrogate: Ensemble, x: torch.Tensor, y: torch.Tensor, n: int, runs: Runs, options: DesignOptions
) -> torch.Tensor:
    low, high = runs.limits(options.beyond)
    # More than are asked for: some end in the same design, or in one of the table.
    start = x[torch.argsort(-y)[: 2 * n]]
    if options.search == "ascent":
        bounds = (torch.from_numpy(low), torch.from_numpy(high))
        return climb(surrogate, start, options.steps, options.step_rel, *bounds)

    def score(designs: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return surrogate(torch.from_numpy(designs.astype(np.float32))).numpy()

    population = 4 + int(3 * np.log(x.shape[1]))
    seen, scores = cma_es(score, start[0].numpy(), 0.3, options.steps, population, low, high, options.seed)
    return torch.from_numpy(seen[np.argsort(-scores)[: 4 * n]].astype(np.float32))


def _distinct(runs: Runs, found: np.ndarray) -> list[list[Any]]:
    """Each design once, and none that the table has."""

    def key(row: list[Any]) -> tuple[Any, ...]:
        return tuple(value if isinstance(value, str) else float(f"{value:.6g}") for value in row)

    known = {key(row) for row in runs.rows(runs.x)}
    new = {key(row): row for row in runs.rows(found) if key(row) not in known}
    if not new:
        raise SolverError(
            "The search ended in designs that the table has already.", "Use more --steps, or --beyond of their ranges."
        )
    return list(new.values())


def _encoded(runs: Runs, rows: list[list[Any]]) -> np.ndarray:
    columns = []
    for i, variable in enumerate(runs.variables):
        values = [row[i] for row in rows]
        if variable.words:
            columns.append(np.eye(len(variable.words))[[variable.words.index(value) for value in values]])
        else:
            columns.append(np.array(values, float)[:, None])
    return ((np.concatenate(columns, 1) - runs.mean) / runs.scale).astype(np.float32)
