"""Priors from examples: fields on a shape, bodies of one connectivity, images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result
from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.lpn_training import train_lpn
from geomlearn.restoration.options import LpnOptions, LpnTraining
from geomlearn.restoration.placing import placed
from geomlearn.restoration.prior import Prior
from geomlearn.restoration.subspace import Subspace, principal
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions


def learn_field_prior(
    shape: Shape,
    fields: np.ndarray,
    modes: int = 32,
    network: LpnOptions | None = None,
    training: LpnTraining | None = None,
    *,
    progress: Progress = SILENT,
) -> Result[Prior]:
    """A prior of fields (f, n) on one shape, by their coefficients in its lowest eigenfunctions.

    Raises
    ------
    SizeMismatch     fields of another shape.
    ParameterError   fewer than 20 fields, or values that are not finite.
    """
    _check(fields)
    if fields.shape[1] != shape.n_vertices:
        raise SizeMismatch(
            f"The fields have {fields.shape[1]:,} values, {shape.name} has {shape.n_vertices:,} vertices.",
            "Give fields on this shape.",
        )
    basis = eigenbasis(shape, EigenbasisOptions(k=modes))
    # Weights of mean one: noise of one size at each vertex is then as large in each coefficient.
    share = basis.mass.mean()
    mean = fields[~_held(len(fields))].mean(0)
    subspace = Subspace(mean, basis.evecs * share**0.5, basis.mass / share, evals=basis.evals)
    return _learn(fields, subspace, "fields", network, training, (shape.vertices, shape.faces), progress)


def learn_body_prior(
    vertices: np.ndarray,
    faces: np.ndarray,
    modes: int = 64,
    network: LpnOptions | None = None,
    training: LpnTraining | None = None,
    *,
    progress: Progress = SILENT,
) -> Result[Prior]:
    """A prior of bodies (f, n, 3) of one connectivity, by their displacements from the mean in principal directions.

    Bodies are turned and shifted onto the mean first.

    Raises
    ------
    ParameterError   too few bodies, or values that are not finite.
    """
    _check(vertices.reshape(len(vertices), -1))
    held = _held(len(vertices))
    laid = placed(vertices, _mean_body(vertices[~held]))[0].reshape(len(vertices), -1)
    centre, directions = principal(laid[~held], modes)
    subspace = Subspace(centre, directions)
    return _learn(laid, subspace, "bodies", network, training, (centre.reshape(-1, 3), faces), progress)


def _mean_body(vertices: np.ndarray, rounds: int = 10) -> np.ndarray:
    """The body (n, 3) that is the mean of all (f, n, 3) laid onto it: later ones are laid onto the same."""
    mean = vertices[0]
    for _ in range(rounds):
        mean = placed(vertices, mean)[0].mean(0)
    return mean


def learn_image_prior(
    images: np.ndarray,
    network: LpnOptions | None = None,
    training: LpnTraining | None = None,
    *,
    progress: Progress = SILENT,
) -> Result[Prior]:
    """A prior of square images (f, h, h).

    Raises
    ------
    ParameterError   images that are not square, too few, or not finite.
    """
    if images.ndim != 3 or images.shape[1] != images.shape[2]:
        raise ParameterError(f"Images must be (f, h, h); got {images.shape}.", "Give square images, one channel.")
    flat = images.reshape(len(images), -1).astype(float)
    _check(flat)
    return _learn(flat, Subspace(np.zeros(flat.shape[1])), "images", network, training, (None, None), progress)


def _learn(
    signals: np.ndarray,
    subspace: Subspace,
    kind: str,
    options: LpnOptions | None,
    training: LpnTraining | None,
    shape: tuple[np.ndarray | None, np.ndarray | None],
    progress: Progress,
) -> Result[Prior]:
    training = training or LpnTraining()
    held = _held(len(signals))
    numbers = subspace.coordinates(signals)
    sigma = training.sigma or float(numbers[~held].std()) / 3
    if not sigma > 0:
        raise ParameterError("All signals are the same: there is nothing to learn.", "Give signals that differ.")
    degrees = max(1, subspace.n - subspace.k)
    # A thousandth of the noise at least: examples that a basis holds exactly do not say how far others leave it.
    rest = max(float(np.sqrt(subspace.outside_squared(signals[held]).mean() / degrees)), 1e-3 * sigma)
    torch.manual_seed(training.seed)
    network = LearnedProximal(subspace.k, options, images=kind == "images")
    seen = torch.as_tensor(numbers[~held] / sigma).float()
    variance = seen.var(0)
    network.potential.start_from(variance / (variance + 1))
    result = train_lpn(
        network,
        lambda generator, count: seen[torch.randint(len(seen), (count,), generator=generator)],
        training,
        progress=progress,
    )
    judged = signals[held]
    noise = sigma * np.random.default_rng(training.seed + 1).standard_normal(judged.shape)
    facts = {"n_train": int((~held).sum()), "training": training.model_dump(), "steps": result.sentence}
    prior = Prior(network, replace(subspace, rest=rest), kind, sigma, *shape, facts)
    error = float(np.sqrt(((prior.denoise(judged + noise) - judged) ** 2).mean()))
    facts |= {"held_out": int(held.sum()), "error": error, "noise": sigma}
    return Result(
        prior, result.status, result.sentence, result.history, {**result.stats, "error": error, "sigma": sigma}
    )


def _held(n: int) -> np.ndarray:
    """Every tenth signal is not learned from: it measures the error, and what lies outside the basis."""
    return np.arange(n) % 10 == 9


def _check(signals: np.ndarray) -> None:
    if len(signals) < 20:
        raise ParameterError(f"{len(signals)} signals are too few to learn a prior.", "Give 20 or more, better 1000.")
    if not np.isfinite(signals).all():
        raise ParameterError("Signals hold values that are not finite.", "Leave those out.")
