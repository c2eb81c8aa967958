"""Inverse problems with a learned prior: gradient steps or alternating directions, the prior as its proximal map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.restoration.learned_proximal import LearnedProximal
from geomlearn.restoration.measurements import Measurement
from geomlearn.restoration.options import RestoreOptions


@dataclass
class _Ended:
    x: Tensor
    history: list[dict[str, float]]
    status: Status
    sentence: str


def restore(
    network: LearnedProximal,
    measured: Tensor,
    measurement: Measurement,
    options: RestoreOptions | None = None,
    *,
    noise: float | None = None,
    progress: Progress = SILENT,
) -> Result[Tensor]:
    """x with ½‖Ax − b‖² + w·R(x) as low as it gets from Aᵀb, for b = Ax + noise; signals are rows.

    PGD:   x ← prox_{ηwR}(x − η Aᵀ(Ax − b))                                            (equation 5)
    ADMM:  x ← argmin ½‖Ax − b‖² + ½ρ‖x − z + u‖²;  u ← u + x − z;  z ← prox_{wR/ρ}(x + u)     (equation 6)

    Parameters
    ----------
    measured      (b, m), in units of the noise of training.
    noise         of what was measured, in that unit: w = noise², the weight that Bayes' rule gives the prior. Without
                  it f itself is taken for the proximal map, as published: w = 1/η, or ρ.

    Returns
    -------
    Result of x (b, n); history has `objective`, `step`; stats `certified`: whether η < 1/‖AᵀA‖, or ρ > ‖AᵀA‖.

    Raises
    ------
    ParameterError   the noise is too large for the prior, or measurements are not finite.
    SizeMismatch     sizes do not fit.

    Use when …   fields, shapes or images are incomplete, blurred or noisy, and others of their kind are at hand.
    Avoid when … only noise is to be removed: the proximal map does that in one step.
    Source   Fang, Buchanan & Sulam 2023, arXiv 2310.14344, section 4.
    Differs  1. the weight of the prior follows from the noise. 2. the objective is known at every step, without
             inversion.
    """
    o = options or RestoreOptions()
    network = network.double().eval()
    measured = measured.double()
    if measurement.n != network.n:
        raise SizeMismatch(
            f"The map takes {measurement.n} values, the prior knows {network.n}.", "Use the prior's own coordinates."
        )
    if not bool(torch.isfinite(measured).all()):
        raise ParameterError("Measurements hold values that are not finite.", "Mask them.")
    first = measurement.adjoint(measured) / measurement.norm
    solve = _gradient if o.method == "pgd" else _alternating
    found = solve(network, measured, measurement, o, noise, first, progress)
    certified = o.step < 1 if o.method == "pgd" else o.coupling > 1
    stats: dict[str, Any] = {"certified": certified, "iterations": len(found.history), "norm": measurement.norm}
    return Result(found.x, found.status, found.sentence, tuple(found.history), stats)


def _gradient(
    network: LearnedProximal,
    b: Tensor,
    measurement: Measurement,
    o: RestoreOptions,
    noise: float | None,
    x: Tensor,
    progress: Progress,
) -> _Ended:
    # Much noise asks for short steps: the proximal map knows t = η·w ≤ 1.
    eta = o.step / measurement.norm if noise is None else min(o.step / measurement.norm, 1 / noise**2)
    weight = 1 / eta if noise is None else noise**2
    history: list[dict[str, float]] = []
    u = None
    for iteration in range(o.max_iterations):
        if progress.cancelled:
            return _Ended(x, history, Status.CANCELLED, "Stopped when asked to.")
        down = measurement.adjoint(measurement.forward(x) - b)
        following, prior, u = network.proximal(x - eta * down, eta * weight, u)
        moved = _moved(following, x)
        x = following
        history.append({"objective": _objective(measurement, x, b, weight * prior), "step": moved})
        if moved <= o.tolerance:
            return _Ended(x, history, Status.CONVERGED, f"Steps are below {o.tolerance:g} after {iteration + 1}.")
        progress(iteration / o.max_iterations, f"objective {history[-1]['objective']:.6g}")
    return _Ended(x, history, Status.LIMIT_REACHED, f"All {o.max_iterations} iterations were used.")


def _alternating(
    network: LearnedProximal,
    b: Tensor,
    measurement: Measurement,
    o: RestoreOptions,
    noise: float | None,
    z: Tensor,
    progress: Progress,
) -> _Ended:
    rho = o.coupling * measurement.norm if noise is None else max(o.coupling * measurement.norm, noise**2)
    weight = rho if noise is None else noise**2
    start = None
    u, image = torch.zeros_like(z), measurement.adjoint(b)
    history: list[dict[str, float]] = []
    for iteration in range(o.max_iterations):
        if progress.cancelled:
            return _Ended(z, history, Status.CANCELLED, "Stopped when asked to.")
        x = _solved(measurement, rho, image + rho * (z - u), z)
        u = u + x - z
        following, prior, start = network.proximal(x + u, weight / rho, start)
        moved = max(_moved(following, z), _moved(x, following))
        z = following
        history.append({"objective": _objective(measurement, z, b, weight * prior), "step": moved})
        if moved <= o.tolerance:
            return _Ended(z, history, Status.CONVERGED, f"Steps are below {o.tolerance:g} after {iteration + 1}.")
        progress(iteration / o.max_iterations, f"objective {history[-1]['objective']:.6g}")
    return _Ended(z, history, Status.LIMIT_REACHED, f"All {o.max_iterations} iterations were used.")


def _solved(measurement: Measurement, rho: float, right: Tensor, start: Tensor) -> Tensor:
    """(AᵀA + ρ)⁻¹ right, by conjugate gradients."""

    def product(v: Tensor) -> Tensor:
        return measurement.adjoint(measurement.forward(v)) + rho * v

    x = start
    residual = right - product(x)
    direction, size = residual, (residual**2).sum()
    goal = 1e-20 * float((right**2).sum())
    for _ in range(200):
        if float(size) <= goal:
            break
        step = product(direction)
        share = size / (direction * step).sum()
        x, residual = x + share * direction, residual - share * step
        following = (residual**2).sum()
        direction, size = residual + following / size * direction, following
    return x


def _moved(new: Tensor, old: Tensor) -> float:
    return float((new - old).norm() / new.norm().clamp(min=1e-12))


def _objective(measurement: Measurement, x: Tensor, b: Tensor, prior: Tensor) -> float:
    return float((0.5 * ((measurement.forward(x) - b) ** 2).sum(1) + prior).sum())
