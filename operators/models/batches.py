"""Samples as the tensors a `FieldOperator` takes, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from geomlearn.core.progress import SILENT, Progress
from geomlearn.operators.data.samples import AnySamples, ShapeSamples
from geomlearn.operators.layers.points_to_grid import Places
from geomlearn.operators.layers.shape_batch import Geometry, GeometryNeeds, collate, fill_rows


@dataclass(frozen=True)
class Batch:
    """Some samples on a device.

    Attributes
    ----------
    inputs, targets   (b, …, c).
    where    what the network takes beside the values.
    mask     (b, *grid) or None.
    weights  (b, n, 1) areas on shapes, zero where a row is only filling; None elsewhere.
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    where: Any
    mask: torch.Tensor | None
    weights: torch.Tensor | None


class Batches:
    """Samples made ready once, handed out by number.

    Parameters
    ----------
    needs     what the network wants to know of shapes; None on grids and points.
    progress  preparing shapes takes a while.
    """

    def __init__(self, samples: AnySamples, needs: GeometryNeeds | None, progress: Progress = SILENT) -> None:
        self.samples = samples
        self.geometries: list[Geometry] = []
        if isinstance(samples, ShapeSamples):
            from geomlearn.operators.layers.shape_geometry import build_geometry

            for index, shape in enumerate(samples.shapes):
                self.geometries.append(build_geometry(shape, needs or GeometryNeeds()))
                progress((index + 1) / len(samples.shapes), f"{index + 1} of {len(samples.shapes)} shapes prepared")

    def __len__(self) -> int:
        return self.samples.n_samples

    def at(self, which: torch.Tensor, device: torch.device) -> Batch:
        """The samples with these numbers."""
        numbers = which.cpu().numpy()
        if isinstance(self.samples, ShapeSamples):
            return self._on_shapes(self.samples, numbers, device)
        samples = self.samples
        inputs, targets = (torch.from_numpy(a[numbers]).to(device) for a in (samples.inputs, samples.targets))
        where = mask = None
        if samples.points is not None:
            code = None if samples.codes is None else torch.from_numpy(samples.codes[numbers]).to(device)
            where = Places(torch.from_numpy(samples.points[numbers]).to(device), code=code)
        if samples.mask is not None:
            mask = torch.from_numpy(samples.mask[numbers]).to(device)
        return Batch(inputs, targets, where, mask, None)

    def _on_shapes(self, samples: ShapeSamples, numbers: np.ndarray, device: torch.device) -> Batch:
        geometry = collate([self.geometries[samples.shape_of[i]] for i in numbers]).to(device)
        inputs, targets = (
            fill_rows([torch.from_numpy(values[i]) for i in numbers]).to(device)
            for values in (samples.inputs, samples.targets)
        )
        return Batch(inputs, targets, geometry, None, geometry.mass[..., None])
