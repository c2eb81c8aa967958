"""Looks at a model while it learns: spectra of its weights and steps, and how far each layer is from an isometry."""

from __future__ import annotations

import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from geomlearn.operators.training.watching.spectra import SPECTRA, LayerSpectrum, Spectra, write_spectra
from geomlearn.optimizers.base import matrix_view, optimizer_state_bytes, wide
from geomlearn.regularizers.orthogonal_conv import Convolution, orthogonal_conv, orthogonal_dense

# Looking takes no more than one twentieth of the time, and never more than once in this many seconds.
_SHARE, _EVERY_S = 20.0, 1.0
_LARGEST = 2**20


class Watcher:
    """Measures a model before and after some of its steps and leaves what it saw in the run's folder."""

    def __init__(self, folder: Path, model: nn.Module) -> None:
        self.path, self.model = folder / SPECTRA, model
        self._next = time.monotonic()
        self._before: dict[str, Tensor] = {}

    def before_step(self) -> None:
        """Keep the weights, if it is time to look."""
        if time.monotonic() >= self._next:
            self._before = {name: weight.detach().clone() for name, weight in _matrices(self.model)}

    def after_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """Measure and write, if the weights were kept."""
        if not self._before:
            return
        start = time.monotonic()
        write_spectra(self.path, measured(self.model, self._before, step, optimizer))
        self._before = {}
        now = time.monotonic()
        self._next = now + max(_EVERY_S, _SHARE * (now - start))


def measured(model: nn.Module, before: dict[str, Tensor], step: int, optimizer: torch.optim.Optimizer) -> Spectra:
    """The spectra of a model's matrices now, and of their change since `before`, weights by name."""
    layers = []
    for name, weight in _matrices(model):
        now = wide(weight.detach())
        pair = [torch.linalg.svdvals(matrix_view(part)).cpu().numpy() for part in (now, now - wide(before[name]))]
        layers.append(LayerSpectrum(name, tuple(weight.shape), pair[0], pair[1], orthogonality_defect(model, name)))
    size = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
    return Spectra(step, tuple(layers), optimizer_state_bytes(optimizer), size)


def orthogonality_defect(model: nn.Module, name: str) -> float:
    """How far the layer that owns the weight of this name is from an isometry; see `LayerSpectrum.defect`."""
    owner, _, _ = name.rpartition(".")
    layer, weight = model.get_submodule(owner), wide(model.get_parameter(name).detach())
    if isinstance(layer, Convolution) and name.endswith(".weight"):
        outputs, inputs = weight.shape[:2]
        size = min(outputs, inputs * layer.groups * math.prod(layer.stride))
        loss = orthogonal_conv(weight, layer.stride, layer.groups, layer.dilation)
        return math.sqrt(max(float(loss), 0.0) / size)
    matrix = matrix_view(weight)
    return math.sqrt(float(orthogonal_dense(matrix)) / min(matrix.shape))


def _matrices(model: nn.Module) -> list[tuple[str, Tensor]]:
    """Real trainable weights of two or more dimensions that are small enough to decompose."""
    return [
        (name, weight)
        for name, weight in model.named_parameters()
        if weight.requires_grad and weight.ndim >= 2 and not weight.is_complex() and weight.numel() <= _LARGEST
    ]
