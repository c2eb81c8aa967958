"""Fields, bodies and images restored from a part, a blur, or a few sensors."""

from __future__ import annotations

import math

import numpy as np
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.restoration.measurements import Measurement, of_blur, of_known, of_matrix
from geomlearn.restoration.options import RestoreOptions
from geomlearn.restoration.placing import placed
from geomlearn.restoration.plug_and_play import restore
from geomlearn.restoration.prior import Prior


def restore_part(
    prior: Prior,
    signals: np.ndarray,
    known: np.ndarray,
    options: RestoreOptions | None = None,
    *,
    sensors: bool = False,
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """Signals (b, n) from their values at some places.

    Parameters
    ----------
    known     (n,) true where a value is known; what stands elsewhere is not looked at.
    sensors   each known value counts the same; otherwise each by the area around it.

    Raises
    ------
    SizeMismatch     of another size than the prior's.
    ParameterError   nothing is known, or what is known is not finite.
    """
    known = _checked(prior, signals, known)
    space = prior.subspace
    if space.basis is None:
        measurement, b = of_known(known), np.where(known, signals - space.mean, 0.0)
    else:
        share = np.ones(known.sum()) if sensors or space.weights is None else np.sqrt(space.weights[known])
        measurement = of_matrix(share[:, None] * space.basis[known])
        b = share * (signals - space.mean)[:, known]
    return _solved(prior, b, measurement, options, progress)


def restore_blurred(
    prior: Prior,
    signals: np.ndarray,
    width: float,
    options: RestoreOptions | None = None,
    *,
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """Signals (b, n) from their blur by a Gaussian: of the heat equation on a shape, in the plane of an image.

    Parameters
    ----------
    width   its deviation, in the unit of the vertices, or pixels.

    Raises
    ------
    ParameterError   the prior is one of bodies, or the width is negative.
    """
    space = prior.subspace
    space.check(signals)
    if not 0 <= width < math.inf:
        raise ParameterError(f"A blur of width {width} is none.", "Give --width ≥ 0.")
    if prior.kind == "bodies":
        raise ParameterError("Bodies are not blurred.", "Use mask or sensors, or no --op for noise.")
    if space.evals is not None:
        measurement = of_matrix(np.diag(np.exp(-0.5 * width**2 * space.evals)))
    else:
        measurement = of_blur(math.isqrt(space.n), width)
    return _solved(prior, space.coordinates(signals), measurement, options, progress)


def restore_bodies(
    prior: Prior,
    vertices: np.ndarray,
    known: np.ndarray | None = None,
    options: RestoreOptions | None = None,
    *,
    sensors: bool = False,
    sigma: float | None = None,
    progress: Progress = SILENT,
) -> Result[np.ndarray]:
    """Bodies (b, n, 3) without noise, or whole again where only some vertices (n,) are known.

    Each is laid onto the mean body first, by what is known of it, and put back.
    """
    mean = prior.subspace.mean.reshape(-1, 3)
    laid, turns, shifts = placed(
        np.where(known[:, None], vertices, 0.0) if known is not None else vertices, mean, known
    )
    flat = laid.reshape(len(laid), -1)
    if known is None:
        found = denoised(prior, flat, sigma)
    else:
        found = restore_part(prior, flat, np.repeat(known, 3), options, sensors=sensors, progress=progress)
    back = np.einsum("bni,bij->bnj", found.value.reshape(laid.shape) - shifts[:, None], turns)
    return Result(back, found.status, found.sentence, found.history, found.stats)


def denoised(prior: Prior, signals: np.ndarray, sigma: float | None = None) -> Result[np.ndarray]:
    """`Prior.denoise` with the story that the others have."""
    values = prior.denoise(signals, sigma)
    return Result(values, Status.CONVERGED, "One proximal map.", (), {"certified": True, "iterations": 1})


def _checked(prior: Prior, signals: np.ndarray, known: np.ndarray) -> np.ndarray:
    known = np.asarray(known, bool)
    if signals.ndim != 2 or signals.shape[1] != prior.subspace.n or known.shape != (prior.subspace.n,):
        raise SizeMismatch(
            f"The prior is one of signals with {prior.subspace.n:,} values; these have {signals.shape[-1]:,}, and the "
            f"mask {known.size:,}.",
            "Use a prior that was learned on this shape.",
        )
    if not known.any():
        raise ParameterError("No value is known.", "A mask must leave something.")
    if not np.isfinite(signals[:, known]).all():
        raise ParameterError("Values that count as known are not finite.", "Leave those places out of what is known.")
    return known


def _solved(
    prior: Prior, b: np.ndarray, measurement: Measurement, options: RestoreOptions | None, progress: Progress
) -> Result[np.ndarray]:
    options = options or RestoreOptions()
    noise = None if options.noise is None else options.noise / prior.sigma
    found = restore(
        prior.network, torch.as_tensor(b / prior.sigma), measurement, options, noise=noise, progress=progress
    )
    return Result(prior.signals(found.value), found.status, found.sentence, found.history, found.stats)
