"""The weights of a model as matrices: linear maps as they are, kernels reshaped, spectral weights mode by mode."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.operators.layers.fourier import ModeWeights

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class MatrixForm:
    """How one weight is read as a matrix (m, n) that maps n inputs to m outputs, or as a stack of them.

    Attributes
    ----------
    shape     of the weight.
    spectral  pairs of real numbers (modes, n_in, n_out, 2): one complex matrix per mode.
    inputs_first   the weight has its inputs along the first axis, as transposed convolutions have.
    """

    shape: tuple[int, ...]
    spectral: bool = False
    inputs_first: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """(m, n)."""
        if self.spectral:
            return self.shape[2], self.shape[1]
        first, rest = self.shape[0], math.prod(self.shape[1:])
        return (rest, first) if self.inputs_first else (first, rest)

    @property
    def stack(self) -> tuple[int, ...]:
        """How many matrices there are, along one axis; empty for one."""
        return self.shape[:1] if self.spectral else ()

    def matrix(self, weight: torch.Tensor) -> torch.Tensor:
        """(…, m, n), complex for spectral weights."""
        if self.spectral:
            return torch.view_as_complex(weight.contiguous()).transpose(-2, -1)
        flat = weight.flatten(1)
        return flat.T if self.inputs_first else flat

    def weight(self, matrix: torch.Tensor) -> torch.Tensor:
        """The weight that `matrix` is read from."""
        if self.spectral:
            return torch.view_as_real(matrix.transpose(-2, -1).contiguous())
        return (matrix.T if self.inputs_first else matrix).reshape(self.shape)


def adaptable(model: nn.Module) -> Iterator[tuple[str, nn.Module, str, MatrixForm]]:
    """Name of the layer, layer, name of its weight and form of every weight that is a matrix."""
    seen: set[int] = set()
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            weight, form = "weight", MatrixForm(tuple(module.weight.shape))
        elif isinstance(module, (*_CONVOLUTIONS, *_TRANSPOSED)):
            transposed = isinstance(module, _TRANSPOSED)
            weight, form = "weight", MatrixForm(tuple(module.weight.shape), inputs_first=transposed)
        elif type(module) is ModeWeights:
            weight, form = "pairs", MatrixForm(tuple(module.pairs.shape), spectral=True)
        else:
            continue
        if id(getattr(module, weight)) not in seen:
            seen.add(id(getattr(module, weight)))
            yield name, module, weight, form


def chosen(model: nn.Module, patterns: str, rank: int) -> list[tuple[str, nn.Module, str, MatrixForm]]:
    """The weights whose layers match one of the patterns.

    Raises
    ------
    ParameterError   there are none, or the rank is beyond every one of them.
    """
    every = list(adaptable(model))
    found = [row for row in every if matches(row[0], patterns)]
    if not found:
        names = ", ".join(name for name, *_ in every[:4])
        raise ParameterError(f"No layer of the model is called {patterns}.", f"Its layers are {names} …")
    most = max(min(form.size) for *_, form in found)
    if rank > most:
        raise ParameterError(f"Rank {rank} is beyond every matrix to adapt.", f"Use rank ≤ {most}.")
    return found


def matches(name: str, patterns: str) -> bool:
    """Whether a layer is meant by one of the patterns, parted by commas: by its whole name, or by the end of it."""
    wanted = [part.strip() for part in patterns.split(",")]
    return any(fnmatchcase(name, part) or fnmatchcase(name, f"*.{part}") for part in wanted if part)
