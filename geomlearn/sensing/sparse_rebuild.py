"""Localized fields from fewer readings than modes: few bumps instead of all modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.sensing.mode_space import ModeSpace
from geomlearn.sensing.rebuild import Rebuilt
from geomlearn.shapes.sampling import farthest_points
from geomlearn.sparse.codes import debiased, sparse_codes
from geomlearn.sparse.options import CodeOptions

if TYPE_CHECKING:
    from geomlearn.sparse.unfolded import UnfoldedSolver

# Bumps for each mode: enough that every place has one nearby.
_BUMPS_A_MODE = 3


@dataclass(frozen=True, eq=False)
class BumpProblem:
    """What readings say of bumps.

    Attributes
    ----------
    bumps     (k, m) coefficients of each bump in the mode space: the point mass at its place, seen through the modes.
    operator  (n, k) readings of bumps of unit length *as read*; its columns are what codes are sought in.
    lengths   (k,) length of each bump as read, 0 where no sensor sees it.
    """

    bumps: np.ndarray
    operator: np.ndarray
    lengths: np.ndarray

    def coefficients(self, codes: np.ndarray) -> np.ndarray:
        """(t, m) in the mode space, of codes (t, k)."""
        seen = self.lengths > 0
        return (codes * np.where(seen, 1 / np.where(seen, self.lengths, 1), 0)) @ self.bumps


def bump_problem(space: ModeSpace, functions: np.ndarray) -> BumpProblem:
    """Bumps spread over the shape, and how sensors at `functions` (n, m) read them.

    Raises
    ------
    ParameterError   no sensor sees any of them.
    """
    count = min(space.n_points, _BUMPS_A_MODE * space.n_modes)
    bumps = space.functions[farthest_points(space.functions, count)]
    read = functions @ bumps.T
    lengths = np.linalg.norm(read, axis=0)
    lengths = np.where(lengths > 1e-9 * lengths.max(initial=0), lengths, 0)
    if not lengths.any():
        raise ParameterError("No sensor reads anything of the modes.", "Place the sensors on the shape.")
    return BumpProblem(bumps, read / np.where(lengths > 0, lengths, 1), lengths)


def rebuild_sparse(
    space: ModeSpace,
    functions: np.ndarray,
    readings: np.ndarray,
    options: CodeOptions | None = None,
    *,
    steps: UnfoldedSolver | None = None,
    progress: Progress = SILENT,
) -> Rebuilt:
    """The field of few bumps that the readings (n_samples,) or (n_samples, t) allow.

    Parameters
    ----------
    functions  (n_samples, m) the modes where the samples are; there may be fewer samples than modes.
    steps      a trained unfolded solver for these sensors, instead of the iteration to its end.

    Returns
    -------
    Rebuilt without bands: nothing tells the error of a sparse code.

    Raises
    ------
    SizeMismatch     readings and places differ in number.
    ParameterError   a reading is not finite, all are zero, or the steps were learned for other sensors.

    Use when …   the field is near zero but for few places (hot spots, cracks, sources).
    Avoid when … it is smooth all over: least squares in few modes is better, and knows its error.
    Source   Rentzeperis et al. 2023, arXiv 2301.10002, for the penalties.
    """
    readings = readings[:, None] if readings.ndim == 1 else readings
    if len(readings) != len(functions):
        raise SizeMismatch(f"{len(readings)} readings at {len(functions)} places.", "Give one reading a place.")
    usable = np.isfinite(readings).all(axis=1)
    if not usable.all():
        if steps is not None:
            raise ParameterError("A reading is not a number.", "Learned steps need every sensor: fit without them.")
        functions, readings = functions[usable], readings[usable]
    if not len(readings) or not readings.any():
        raise ParameterError("All readings are zero, or none is a number.", "Check the file they came from.")
    problem = bump_problem(space, functions)
    if steps is not None:
        codes, solver = steps.solve(readings.T, problem.operator), f"unfolded {steps.options.algorithm}"
        stats: dict[str, object] = {}
    else:
        options = options or CodeOptions()
        atoms = problem.operator.T[problem.lengths > 0]
        found = sparse_codes(readings.T, atoms, options, progress=progress)
        codes = np.zeros((readings.shape[1], len(problem.bumps)))
        codes[:, problem.lengths > 0] = debiased(readings.T, atoms, found.value)
        solver, stats = f"sparse, {options.penalty}", {"weight": found.stats["weight"]}
    coefficients = problem.coefficients(codes)
    rest = readings.T - codes @ problem.operator.T
    stats |= {
        "n_samples": len(readings),
        "residual": np.sqrt(np.mean(rest**2, axis=1)),
        "bumps": int((codes != 0).sum()),
    }
    values = coefficients @ space.functions.T
    unknown = np.full_like(values, np.nan)
    return Rebuilt(values, unknown, coefficients, np.full_like(coefficients, np.nan), solver, stats)
