"""What drives the shape? The few functions of the predictors that the responses depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg

from geomlearn.collections.frechet_covariance import Balls, covariance_matrix, permutation_p_values
from geomlearn.collections.options import FrechetOptions
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress

Map = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Sufficient:
    """Sufficient coordinates and how sure they are.

    Attributes
    ----------
    coordinates (n, d)   of the samples, of unit covariance, the strongest first.
    strengths   (d,)     their Fréchet cumulative covariance with the responses.
    p_values    (d,)     by permutation.
    importance  (p, d)   how much each predictor moves each coordinate, by its standard deviation.
    transform            the coordinates (m, d) of other predictors (m, p).
    history              of the training, where there was one.
    """

    coordinates: np.ndarray
    strengths: np.ndarray
    p_values: np.ndarray
    importance: np.ndarray
    transform: Map
    history: tuple[dict[str, float], ...] = field(default=())


def find_directions(
    predictors: np.ndarray,
    distances: np.ndarray,
    options: FrechetOptions | None = None,
    *,
    progress: Progress = SILENT,
    **changes: Any,
) -> Sufficient:
    """The d functions of predictors on which object-valued responses depend.

    linear   top generalised eigenvectors of M(X|Y) v = λ Cov(X) v                         (equation 2)
    deep     a network f that minimises −κ FCCov(f(X)|Y) + ‖Cov f(X) − I‖²_F               (equation 3)

    Parameters
    ----------
    predictors  (n, p) numbers: parameters, scores, descriptors.
    distances   (n, n) between the responses: shapes, fields, maps; only their order counts.

    Raises
    ------
    SizeMismatch     predictors and distances are of different samples.
    ParameterError   values are not finite, a predictor is constant, or more directions than predictors are asked for.

    Use when …   responses are no vectors, and one wants to know which inputs they answer to.
    Avoid when … linear is asked of an even link (the response depends on x²): it sees nothing there; ask for deep.
    Source   Yuan, Wang & Yu 2025, arXiv 2502.15374.
    Differs  the network that counts is the best on a held-out fifth, not the last: it learns late and then overfits.
    """
    options = (options or FrechetOptions()).replace(**changes)
    predictors = _checked(predictors, distances, options)
    balls = Balls(distances)
    centre, scale = predictors.mean(0), predictors.std(0)
    scaled = (predictors - centre) / scale
    history: tuple[dict[str, float], ...] = ()
    if options.way == "linear":
        raw = _linear(scaled, balls, options.n_directions)
    else:
        from geomlearn.collections.sufficient_network import train_network

        raw, history = train_network(scaled, np.asarray(distances, float), options, progress=progress)
    transform, strengths = _sorted(raw, scaled, balls)

    def of_predictors(other: np.ndarray) -> np.ndarray:
        return transform((np.asarray(other, float) - centre) / scale)

    coordinates = transform(scaled)
    p_values = permutation_p_values(coordinates, balls, options.n_permutations, seed=options.seed)
    return Sufficient(coordinates, strengths, p_values, _importance(transform, scaled), of_predictors, history)


def _linear(scaled: np.ndarray, balls: Balls, count: int) -> Map:
    covariance = scaled.T @ scaled / len(scaled)
    _, directions = scipy.linalg.eigh(covariance_matrix(scaled, balls), covariance)
    chosen = directions[:, ::-1][:, :count]
    return lambda other: other @ chosen


def _sorted(raw: Map, scaled: np.ndarray, balls: Balls) -> tuple[Map, np.ndarray]:
    """The same coordinates at unit covariance, turned so that they are uncorrelated in M̂ and the strongest is first."""
    values = raw(scaled)
    mean = values.mean(0)
    evals, evecs = np.linalg.eigh(np.atleast_2d(np.cov(values.T, bias=True)))
    white = evecs / np.sqrt(np.maximum(evals, 1e-12 * evals[-1]))
    strengths, turn = np.linalg.eigh(covariance_matrix((values - mean) @ white, balls))
    matrix = white @ turn[:, ::-1]
    return (lambda other: (raw(other) - mean) @ matrix), strengths[::-1]


def _importance(transform: Map, scaled: np.ndarray) -> np.ndarray:
    """Mean modulus of the change of each coordinate when one predictor moves by ± half its standard deviation."""
    rows = []
    for column in range(scaled.shape[1]):
        step = np.zeros(scaled.shape[1])
        step[column] = 0.5
        rows.append(np.abs(transform(scaled + step) - transform(scaled - step)).mean(0))
    return np.stack(rows)


def _checked(predictors: np.ndarray, distances: np.ndarray, options: FrechetOptions) -> np.ndarray:
    predictors = np.asarray(predictors, float)
    predictors = predictors[:, None] if predictors.ndim == 1 else predictors
    if predictors.ndim != 2 or len(predictors) != len(distances):
        raise SizeMismatch(
            f"Predictors (n, p) and distances (n, n) must be of the same samples; got {predictors.shape} and "
            f"{np.shape(distances)}.",
            "Give one row of predictors a shape.",
        )
    if not np.isfinite(predictors).all():
        raise ParameterError("Predictors hold values that are not finite.", "Leave those samples out, or fill them.")
    constant = np.flatnonzero(predictors.std(0) <= 1e-12 * (1 + np.abs(predictors).max(0)))
    if len(constant):
        raise ParameterError(f"Predictor {constant[0]} never changes.", "Leave it out.")
    if options.n_directions > predictors.shape[1]:
        raise ParameterError(
            f"{options.n_directions} directions of {predictors.shape[1]} predictors are asked for.", "Ask for fewer."
        )
    if len(predictors) <= predictors.shape[1]:
        raise ParameterError(
            f"{len(predictors)} samples do not tell {predictors.shape[1]} predictors apart.",
            "Give more samples, or the scores of a few modes instead.",
        )
    return predictors
