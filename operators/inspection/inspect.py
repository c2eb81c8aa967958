"""A trained operator on some samples: everything a person wants to see, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.data.files import read_dataset
from geomlearn.operators.data.generate import generate, task_named
from geomlearn.operators.data.options import ShapesData
from geomlearn.operators.data.samples import AnySamples, Samples
from geomlearn.operators.data.shape_tasks import sample_on
from geomlearn.operators.fields.discrete.domain import build_domain
from geomlearn.operators.inspection.spectra import grid_spectrum, shape_spectrum
from geomlearn.operators.inspection.surfaces import members, n_surfaces, on_surface, surface_of
from geomlearn.operators.inspection.tokens import scalar_maps, strongest_tokens
from geomlearn.operators.models.batches import Batch, Batches
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.model_files import load_operator
from geomlearn.operators.models.shipped import shipped_model
from geomlearn.shapes.shape import Shape


@dataclass(frozen=True, eq=False)
class Inspection:
    """m samples on one shape of n vertices, and what a model makes of them.

    Attributes
    ----------
    title        of the model.
    shape        where they lie; a grid becomes a sheet.
    numbers      (m,) of the samples.
    n_surfaces   how many shapes the samples lie on altogether.
    inputs, targets, answers   (m, n, c).
    input_names, target_names  one per channel.
    waves        (f,) wave numbers, or square roots of eigenvalues on shapes; empty for points of the plane.
    truth_energy, error_energy   (m, f) energy of the target and of the error at each.
    tokens       (scales, m, n) number of the token that a point reads most; no scales without spectral blocks.
    maps         of each block the values before (201,) and after (width, 201), for the first sample.
    """

    title: str
    shape: Shape
    numbers: np.ndarray
    n_surfaces: int
    inputs: np.ndarray
    targets: np.ndarray
    answers: np.ndarray
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    waves: np.ndarray
    truth_energy: np.ndarray
    error_energy: np.ndarray
    tokens: np.ndarray
    maps: tuple[tuple[np.ndarray, np.ndarray], ...]


def inspect(
    model: str, given: str = "", *, surface: int = 0, limit: int = 32, seed: int = 1, progress: Progress = SILENT
) -> Inspection:
    """Ask a model about samples and lay out what it says.

    Parameters
    ----------
    model    a file, or ``shipped:NAME``.
    given    samples as `read_dataset` takes them, of which those for judging are shown; empty for new samples of the
             task that a shipped model was trained for.
    surface  which of the places that the samples lie on.
    limit    most samples taken.
    seed     of new samples; those of the card have 0.

    Raises
    ------
    FormatError, ParameterError, SizeMismatch   files or samples that do not fit.
    """
    operator, _ = load_operator(model)
    progress(0.05, "model read")
    samples = _samples(model, given, limit, seed, progress.part(0.05, 0.5))
    operator.signature.check(samples)
    chosen = members(samples, surface)[:limit]
    return _laid_out(operator, samples, chosen, surface, progress.part(0.5, 1))


def inspect_on(model: str, shape: Shape, start: np.ndarray, progress: Progress = SILENT) -> Inspection:
    """Ask a shipped model of shapes about a function (n,) on a shape of one's own, and solve its equation beside it.

    Raises
    ------
    ParameterError   the model is not shipped, or not one for shapes.
    """
    shipped = shipped_model(model)
    task, options = shipped.data if shipped else ("", {})
    equation, on_shapes, _ = task.partition("-on-shapes")
    if not on_shapes:
        raise ParameterError(
            "Only shipped models of equations on shapes can be held against a solver.", "Choose shipped:heat."
        )
    operator, _ = load_operator(model)
    progress(0.1, "model read")
    samples = sample_on(equation, build_domain(shape), ShapesData(**options), start)
    progress(0.5, f"{equation} solved")
    return _laid_out(operator, samples, np.zeros(1, np.int64), 0, progress.part(0.5, 1))


def _samples(model: str, given: str, limit: int, seed: int, progress: Progress) -> AnySamples:
    if given:
        return read_dataset(Path(given)).test
    shipped = shipped_model(model)
    if shipped is None:
        raise ParameterError("A model from a file needs samples to be asked about.", "Give the folder of its data.")
    task, options = shipped.data
    return generate(task, min(limit, 8), task_named(task).options(**options), seed=seed, progress=progress)


@torch.no_grad()
def _laid_out(
    operator: FieldOperator, samples: AnySamples, chosen: np.ndarray, surface: int, progress: Progress
) -> Inspection:
    shape = surface_of(samples, surface)
    batches = Batches(samples.take(chosen), getattr(operator.network, "needs", None))
    waves, coefficients = shape_spectrum(shape) if samples.kind == "shapes" else (np.zeros(0), None)
    axes = len(samples.resolution) if isinstance(samples, Samples) and samples.kind == "grid" else 0
    rows: list[dict[str, np.ndarray]] = []
    for at in range(len(chosen)):
        rows.append(_row(operator, batches.at(torch.tensor([at]), torch.device("cpu")), axes, coefficients))
        progress((at + 1) / len(chosen), f"{at + 1} of {len(chosen)} samples")
    stacked: Mapping[str, Any] = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    first = batches.at(torch.tensor([0]), torch.device("cpu"))
    maps = scalar_maps(operator.network, _scaled(operator, first), first.where)
    return Inspection(
        title=operator.row.title,
        shape=shape,
        numbers=chosen,
        n_surfaces=n_surfaces(samples),
        input_names=samples.input_names,
        target_names=samples.target_names,
        waves=np.arange(stacked["truth_energy"].shape[1], dtype=float) if axes else waves,
        maps=tuple((one.before.numpy(), one.after.numpy()) for one in maps),
        **{**stacked, "tokens": stacked["tokens"].swapaxes(0, 1)},
    )


def _row(operator: FieldOperator, batch: Batch, axes: int, coefficients: np.ndarray | None) -> dict[str, np.ndarray]:
    """One sample on its surface; `axes` of its grid, 0 off grids."""
    answer = operator(batch.inputs, batch.where, batch.mask)[0].numpy()
    given, truth = batch.inputs[0].numpy(), batch.targets[0].numpy()
    winners = strongest_tokens(operator.network, _scaled(operator, batch), batch.where)
    fields = {"inputs": given, "targets": truth, "answers": answer}
    laid = {name: on_surface(field, axes) if axes else field for name, field in fields.items()}
    tokens = [winner.numpy()[..., None] for winner in winners]
    flat = [(on_surface(one, axes) if axes else one)[:, 0] for one in tokens]
    return {
        **laid,
        "truth_energy": _energy(truth, axes, coefficients),
        "error_energy": _energy(answer - truth, axes, coefficients),
        "tokens": np.stack(flat) if flat else np.zeros((0, len(laid["targets"])), np.int64),
    }


def _scaled(operator: FieldOperator, batch: Batch) -> torch.Tensor:
    """The inputs as the network sees them."""
    return batch.inputs if operator.input_scale is None else operator.input_scale.encode(batch.inputs)


def _energy(field: np.ndarray, axes: int, coefficients: np.ndarray | None) -> np.ndarray:
    if axes:
        return grid_spectrum(field)
    return np.zeros(0) if coefficients is None else ((coefficients @ field) ** 2).sum(-1)
