"""Tall least squares by AᵀA, the fastest way for well-conditioned columns; the digits that it may cost are said."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.sensing.regression.srht import BLOCK
from geomlearn.sensing.regression.tall_rows import checked_rows, left_over

_ROUNDING = np.finfo(float).eps / 2


def normal_equations(design: np.ndarray, values: np.ndarray, progress: Progress = SILENT) -> Result[np.ndarray]:
    """x* of AᵀA x = Aᵀb, refined once by the residual.

    Parameters
    ----------
    design   A (n, d), n ≫ d.
    values   b (n,) or (n, t).

    Returns
    -------
    Coefficients (d, t). `stats` holds `condition` κ of A, `bound` √n u κ² on their relative error, `residual` (t,)
    and `bars` (d, t): the standard deviation of each coefficient when what the modes leave is independent noise.

    Raises
    ------
    SizeMismatch     sizes do not fit.
    ParameterError   fewer rows than columns, a value that is not finite, or AᵀA cannot tell the columns apart.

    Use when …   the bound is small enough: modes of a shape at samples all over it.
    Avoid when … columns are nearly dependent: digits are lost with κ², and `sketch_and_precondition` keeps them.
    Source   Higham 2002, Accuracy and Stability of Numerical Algorithms, chapter 20.
    """
    values = checked_rows(design, values)
    n, d = design.shape
    gram, right = np.zeros((d, d)), np.zeros((d, values.shape[1]))
    for first in range(0, n, BLOCK):
        progress(0.7 * first / n, "products")
        block = design[first : first + BLOCK]
        gram += block.T @ block
        right += block.T @ values[first : first + BLOCK]
    strengths = np.linalg.eigvalsh(gram)
    if strengths[0] <= d * _ROUNDING * max(strengths[-1], 0.0) or strengths[-1] <= 0:
        raise ParameterError(
            "The samples do not determine all modes by AᵀA.",
            "Refine a sketch, ask for fewer, or sample where it is empty.",
        )
    factor = cho_factor(gram)
    found = cho_solve(factor, right)
    progress(0.7, "refining")
    correction, squared = left_over(design, values, found)
    step = cho_solve(factor, correction)
    # ‖b − A (x + s)‖² for AᵀA s = Aᵀ(b − A x).
    found, squared = found + step, np.maximum(squared - (step * correction).sum(axis=0), 0.0)
    condition = float(np.sqrt(strengths[-1] / strengths[0]))
    reach = np.sqrt(np.diag(cho_solve(factor, np.eye(d))))
    stats = {
        "condition": condition,
        "bound": float(np.sqrt(n) * _ROUNDING * condition**2),
        "residual": np.sqrt(squared),
        "bars": reach[:, None] * np.sqrt(squared / max(n - d, 1)),
    }
    return Result(
        found, Status.CONVERGED, f"Condition {condition:.3g}: exact to about {stats['bound']:.0e}.", stats=stats
    )
