"""The problems of `tune weights`: what each reads, where it begins, and how its result is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.terminal import Terminal, number

if TYPE_CHECKING:
    from torch import Tensor

    from geomlearn.shapes.shape import Shape
    from geomlearn.tuning.bilevel import BilevelProblem


@dataclass(frozen=True)
class Posed:
    """A problem, where θ begins, what is counted in its title, and how θ reads in words and for programs."""

    problem: BilevelProblem
    theta: Tensor
    title: str
    told: Callable[[np.ndarray], dict[str, str]]
    facts: Callable[[np.ndarray], dict[str, Any]]
    shape: Shape | None = None


def total_variation(
    file: str | None, noisy: Path | None, clean: Path | None, start: tuple[float, float], terminal: Terminal
) -> Posed:
    """Weight and rounding of total variation on a shape."""
    import torch

    from geomlearn.app.cli.files import load
    from geomlearn.operators.fields.field_files import read_field
    from geomlearn.tuning.problems.on_shapes import total_variation_on

    if file is None or noisy is None or clean is None:
        raise UsageError("tv needs a shape and pairs of fields.", "Give FILE --noisy FIELDS --clean FIELDS.")
    shape = load(file, terminal)
    pairs = [_scalar(read_field(path).values) for path in (noisy, clean)]
    problem = total_variation_on(shape, *pairs)

    def facts(theta: np.ndarray) -> dict[str, Any]:
        return {"weight": float(np.exp(theta[0])), "rounding": float(np.exp(theta[1]))}

    return Posed(
        problem,
        torch.tensor(start, dtype=torch.float64),
        f"{len(pairs[0])} pairs on {shape.name}",
        lambda theta: {name: number(value) for name, value in facts(theta).items()},
        facts,
        shape,
    )


def field_of_experts(noisy: Path | None, clean: Path | None, filters: int, size: int) -> Posed:
    """Filters, weights and rounding of a field of experts on images."""
    from geomlearn.app.cli.verbs.restoration.examples import read_images
    from geomlearn.tuning.problems.field_of_experts import FieldOfExperts

    if noisy is None or clean is None:
        raise UsageError("foe needs pairs of images.", "Give --noisy IMAGES --clean IMAGES, (f, h, h) each.")
    problem = FieldOfExperts(read_images(noisy), read_images(clean), filters, size)

    def facts(theta: np.ndarray) -> dict[str, Any]:
        held = theta[filters + 1 :].reshape(filters, size, size)
        return {
            "weights": np.exp(theta[:filters]).tolist(),
            "rounding": float(np.exp(theta[filters])),
            "filters": held.tolist(),
        }

    def told(theta: np.ndarray) -> dict[str, str]:
        weights = np.exp(theta[:filters])
        return {
            "weights": f"{number(weights.min())} … {number(weights.max())}",
            "rounding": number(np.exp(theta[filters])),
        }

    return Posed(problem, problem.theta(), f"{len(problem.noisy)} pairs of images", told, facts)


def functional_map(data: Path | None) -> Posed:
    """Weights of the terms of functional maps."""
    from geomlearn.tuning.problems.functional_map import FunctionalMapWeights

    arrays = _arrays(data, ("a", "b", "evals_a", "evals_b", "maps"), "fmap")
    problem = FunctionalMapWeights(*arrays)

    def facts(theta: np.ndarray) -> dict[str, Any]:
        weights = np.exp(theta)
        return {"descriptors": weights[:-2].tolist(), "commuting": float(weights[-2]), "size": float(weights[-1])}

    def told(theta: np.ndarray) -> dict[str, str]:
        weights = np.exp(theta)
        spread = f"{number(weights[:-2].min())} … {number(weights[:-2].max())}"
        return {"descriptors": spread, "commuting": number(weights[-2]), "size": number(weights[-1])}

    return Posed(problem, problem.theta(), f"{len(problem.maps)} pairs with their maps", told, facts)


def logistic(data: Path | None) -> Posed:
    """One ridge weight for each entry of a classifier; every fifth sample validates."""
    import torch

    from geomlearn.tuning.problems.logistic import LogisticProblem

    x, y = _arrays(data, ("x", "y"), "logistic")
    if x.ndim != 2 or y.shape != (len(x),) or not np.array_equal(y, np.round(y)) or y.min() < 0:
        raise UsageError(f"x {x.shape} and y {y.shape} are no samples with labels.", "Give x (n, d), y (n,) from 0.")
    held = np.arange(len(x)) % 5 == 4
    problem = LogisticProblem(x[~held], y[~held], x[held], y[held])
    theta = torch.full((x.shape[1] * problem.n_classes,), -3.0, dtype=torch.float64)

    def told(theta: np.ndarray) -> dict[str, str]:
        return {"weights": f"{number(np.exp(theta.min()))} … {number(np.exp(theta.max()))}"}

    def facts(theta: np.ndarray) -> dict[str, Any]:
        return {"weights": np.exp(theta).reshape(x.shape[1], -1).tolist()}

    return Posed(problem, theta, f"{int((~held).sum())} samples, {int(held.sum())} to validate", told, facts)


def _arrays(path: Path | None, names: tuple[str, ...], problem: str) -> list[np.ndarray]:
    from geomlearn.core.arrays import read_arrays

    if path is None:
        raise UsageError(f"{problem} needs --data.", f"Give a file with arrays {', '.join(names)}.")
    arrays, _ = read_arrays(path)
    for name in names:
        if name not in arrays:
            held = ", ".join(arrays) or "nothing"
            raise UsageError(f"{path.name} holds {held}, but no {name}.", f"{problem} needs {', '.join(names)}.")
    return [np.asarray(arrays[name], float) for name in names]


def _scalar(values: np.ndarray) -> np.ndarray:
    return values[:, :, 0] if values.ndim == 3 else values
