"""All singular values of a convolutional layer: exact by frequency when circular, by its matrix for other paddings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.orthogonal_conv import Convolution, checked_stride, orthogonal_conv, singular_value_range
from geomlearn.regularizers.orthogonal_existence import infeasibility_floor, per_axis

# The dense matrix of a layer with more entries than this would not fit beside its decomposition.
_LARGEST_DENSE = 2**26


def circular_singular_values(
    kernel: Tensor, size: int | Sequence[int], stride: int | Sequence[int] = 1, dilation: int | Sequence[int] = 1
) -> Tensor:
    """Singular values of the circular layer with `size` outputs per axis (and stride × size inputs).

    The kernel is split into its S^d phases, which makes an (M, C·S^d) layer of stride 1; one small decomposition per
    frequency then gives all values (N^d, min(M, C·S^d)), descending in each row.

    Source   Sedghi, Gupta & Long 2019, arXiv 1805.10408, for stride 1; the phases are ours.
    """
    strides = checked_stride(kernel, stride, 1)
    sizes = (size,) * len(strides) if isinstance(size, int) else tuple(size)
    symbol = kernel.detach().to(torch.float64).to(torch.complex128)
    for axis, step in enumerate(per_axis(dilation, len(strides)), start=2):
        # Zeros between the taps make a plain kernel of a dilated one.
        stuffed = symbol.new_zeros(*symbol.shape[:axis], step * (symbol.shape[axis] - 1) + 1, *symbol.shape[axis + 1 :])
        stuffed.movedim(axis, 0)[::step] = symbol.movedim(axis, 0)
        symbol = stuffed
    for s, n in zip(strides, sizes, strict=True):
        k = symbol.shape[2]
        padded = torch.nn.functional.pad(symbol.movedim(2, -1), (0, -k % s))
        taps = padded.unflatten(-1, (-1, s))
        frequencies = torch.arange(n, dtype=torch.float64)[:, None] * torch.arange(taps.shape[-2], dtype=torch.float64)
        turns = torch.polar(torch.ones_like(frequencies), 2 * math.pi / n * frequencies)
        # The axis done moves behind those to come, as (phase, frequency).
        symbol = torch.einsum("...as,na->...sn", taps, turns)
    d = len(strides)
    # (M, C, s1, n1[, s2, n2]) → (n1[, n2], M, C·s1·s2)
    order = [3 + 2 * axis for axis in range(d)] + [0, 1] + [2 + 2 * axis for axis in range(d)]
    matrices = symbol.permute(order).reshape(math.prod(sizes), kernel.shape[0], -1)
    return torch.linalg.svdvals(matrices)


def layer_singular_values(layer: nn.Module, size: int | Sequence[int]) -> Tensor:
    """Singular values (r,), descending, of a convolution with its own padding, for inputs of `size` per axis.

    Raises
    ------
    ParameterError   the layer is no convolution, or its matrix would be too large.
    """
    if not isinstance(layer, Convolution):
        raise ParameterError(f"{type(layer).__name__} is no convolution.", "Choose another layer.")
    sizes = (size,) * len(layer.stride) if isinstance(size, int) else tuple(size)
    n = layer.in_channels * math.prod(sizes)
    with torch.no_grad():
        one = next(layer.parameters()).new_zeros(1, layer.in_channels, *sizes)
        outputs = layer(one).numel()
        if n * outputs > _LARGEST_DENSE:
            raise ParameterError(f"The matrix of this layer at {sizes} is {outputs} by {n}.", "Use a smaller size.")
        impulses = torch.eye(n, dtype=one.dtype, device=one.device).reshape(n, layer.in_channels, *sizes)
        matrix = (layer(impulses) - layer(one)).reshape(n, -1)
    return torch.linalg.svdvals(matrix.double())


@dataclass(frozen=True)
class ConvReport:
    """What orthogonality means for one convolution of a model.

    Attributes
    ----------
    case      "rows", "columns" or "square": what can be orthonormal.
    floor     the least L_orth such a kernel can have; 0 where an orthogonal one exists.
    loss      L_orth now;  low, high: bounds on all singular values at every size (circular padding).
    padding   a sentence: what its padding leaves of the promise.
    """

    name: str
    case: str
    floor: int
    loss: float
    low: float
    high: float
    padding: str


def conv_reports(module: nn.Module) -> list[ConvReport]:
    """One report per convolution inside `module`, transposed ones included, by name.

    A transposed convolution is the transpose of the layer whose rows and columns its `case` speaks of.
    """
    reports = []
    for name, layer in module.named_modules():
        if isinstance(layer, Convolution):
            kernel, stride, groups, dilation = layer.weight.detach(), layer.stride, layer.groups, layer.dilation
            width = kernel.shape[1] * math.prod(stride)
            outputs = kernel.shape[0] // groups
            case = "square" if outputs == width else "rows" if outputs < width else "columns"
            sizes = (outputs, kernel.shape[1], kernel.shape[2:], stride, len(stride), dilation)
            floor = groups * infeasibility_floor(*sizes)
            bounds = [singular_value_range(part, stride, dilation) for part in kernel.chunk(groups)]
            low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
            loss = float(orthogonal_conv(kernel.double(), stride, groups, dilation))
            reports.append(ConvReport(name, case, floor, loss, low, high, padding_sentence(layer, case)))
    return reports


def padding_sentence(layer: Convolution, case: str) -> str:
    """What the layer's padding leaves of an orthogonal kernel's promise."""
    padded = layer.padding not in (0, "valid") and any(p != 0 for p in layer.padding)
    if padded and layer.padding_mode == "circular":
        return "Circular padding: an orthogonal kernel makes an isometry."
    if padded and layer.padding_mode != "zeros":
        return f"Padding by {layer.padding_mode} expands some signals even under an orthogonal kernel."
    if not padded and case == "rows":
        if layer.transposed:
            return "Nothing is cut off: an orthogonal kernel's layer keeps every length."
        return "Without padding the rows of an orthogonal kernel's layer stay orthonormal."
    if layer.transposed:
        return "The layer never expands; at the rim an orthogonal kernel's layer need not keep every length."
    return "The layer never expands, but it loses some signals at the rim; circular padding would keep them."
