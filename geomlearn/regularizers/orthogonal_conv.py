"""Orthogonality of convolutions: a penalty on the kernel alone that equals the residual of the whole layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from geomlearn.core.errors import SizeMismatch
from geomlearn.regularizers.orthogonal_existence import overlap_stride, per_axis

_CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d


def orthogonal_conv(
    kernel: Tensor, stride: int | Sequence[int] = 1, groups: int = 1, dilation: int | Sequence[int] = 1
) -> Tensor:
    """L_orth(K): zero exactly when the layer's matrix has orthonormal rows, or columns, at every input size.

    With R = S/gcd(S, dilation), P = ⌊(k−1)/R⌋·R and Z = conv(K, K; padding P, stride R),
    L_orth = ‖Z − I_r0‖²_F − max(0, M − C·S^d)                                             (equation 1)
    and for circular padding and every output size N with S·N ≥ dilation·(2k − 2) + 1
    ‖residual of the layer's matrix‖²_F = N^d · L_orth                                     (equation 2)
    where the residual is 𝒦𝒦ᵀ − I if M ≤ C·S^d and 𝒦ᵀ𝒦 − I otherwise.

    Parameters
    ----------
    kernel (M, C/groups, k…)   of one to three axes, as torch stores it; sides may differ and be even. For a transposed
                               convolution its weight (in, out, …) as it is.
    stride, dilation   one number, or one per axis. Rows n and n' of the layer meet in taps whose lag ℓ satisfies
                       S(n − n') = dilation·ℓ, the multiples of R; where stride and dilation share a factor, whole
                       phases of the input are read by no tap.

    Returns
    -------
    A scalar in at least single precision; its infimum where no orthogonal layer exists is `infeasibility_floor`.

    Raises
    ------
    SizeMismatch   the kernel has another number of axes, or its outputs do not divide into the groups.

    Use when    layers should neither stretch nor shrink signals or gradients: Lipschitz bounds, deep plain stacks.
    Avoid when  the kernel is square (M = C·S^d): most starts stall near 0.1 with few singular values at 0; or padding
                is reflective, under which the layer expands all the same.
    Source   Achour, Malgouyres & Mamalet 2022, arXiv 2108.05623; Wang et al. 2020, arXiv 1911.12207.
    Differs  from Wang et al.: 1. The squared norm. 2. The subtracted constant, without which column-orthogonal layers
             stop at M − C·S^d. 3. Even and rectangular kernels, groups, three axes, and any stride and dilation
             (derived, and tested). 4. At least single precision, inside autocast too.
    """
    stride = checked_stride(kernel, stride, groups)
    met = overlap_stride(stride, dilation)
    kernel = kernel.float() if kernel.dtype in (torch.bfloat16, torch.float16) else kernel
    with torch.autocast(kernel.device.type, enabled=False):
        overlaps = sum((_overlaps(part, met) for part in kernel.chunk(groups)), kernel.new_zeros(()))
    outputs, inputs = kernel.shape[0] // groups, kernel.shape[1]
    return overlaps - groups * max(0, outputs - inputs * math.prod(stride))


def orthogonal_layer(layer: Convolution | nn.Linear) -> Tensor:
    """What `orthogonal_conv` or `orthogonal_dense` says of a layer, with its own stride, groups and dilation."""
    if isinstance(layer, nn.Linear):
        return orthogonal_dense(layer.weight)
    return orthogonal_conv(layer.weight, layer.stride, layer.groups, layer.dilation)


def _overlaps(kernel: Tensor, stride: tuple[int, ...]) -> Tensor:
    """‖Z − I_r0‖²_F of one group."""
    padding = tuple((k - 1) // s * s for k, s in zip(kernel.shape[2:], stride, strict=True))
    overlaps = _CONV[len(stride)](kernel, kernel, stride=stride, padding=padding)
    centre = tuple(p // s for p, s in zip(padding, stride, strict=True))
    target = torch.zeros_like(overlaps)
    at: tuple[slice | int, ...] = (slice(None), slice(None), *centre)
    target[at] = torch.eye(len(kernel), dtype=kernel.dtype, device=kernel.device)
    return (overlaps - target).square().sum()


def orthogonal_dense(weight: Tensor) -> Tensor:
    """‖WWᴴ − I‖²_F of a matrix (m, n) with m ≤ n, ‖WᴴW − I‖²_F of another; real."""
    weight = weight if weight.shape[0] <= weight.shape[1] else weight.mH
    weight = weight.float() if weight.dtype in (torch.bfloat16, torch.float16) else weight
    with torch.autocast(weight.device.type, enabled=False):
        gram = weight @ weight.mH
    return (gram - torch.eye(len(gram), dtype=gram.dtype, device=gram.device)).abs().square().sum()


def spectral_factor(kernel: Tensor, stride: int | Sequence[int] = 1, dilation: int | Sequence[int] = 1) -> float:
    """α of ‖residual‖₂² ≤ α·L_orth (equation 3): M·Π(2⌊(k−1)/R⌋+1) for rows, C·Π(2k−1) for columns, both if square."""
    strides = checked_stride(kernel, stride, 1)
    met = overlap_stride(strides, dilation)
    outputs, inputs = kernel.shape[:2]
    rows = outputs * math.prod(2 * ((k - 1) // s) + 1 for k, s in zip(kernel.shape[2:], met, strict=True))
    columns = inputs * math.prod(2 * k - 1 for k in kernel.shape[2:])
    width = inputs * math.prod(strides)
    return float(min(rows, columns) if outputs == width else rows if outputs < width else columns)


def singular_value_range(
    kernel: Tensor, stride: int | Sequence[int] = 1, dilation: int | Sequence[int] = 1
) -> tuple[float, float]:
    """Bounds on all singular values at every size: [√(1−ε), √(1+ε)] with ε = √(α·L_orth); no lower one if ε ≥ 1."""
    with torch.no_grad():
        loss = max(float(orthogonal_conv(kernel.double(), stride, 1, dilation)), 0.0)
    epsilon = math.sqrt(spectral_factor(kernel, stride, dilation) * loss)
    return math.sqrt(max(0.0, 1 - epsilon)), math.sqrt(1 + epsilon)


def checked_stride(kernel: Tensor, stride: int | Sequence[int], groups: int) -> tuple[int, ...]:
    """The stride per axis.

    Raises
    ------
    SizeMismatch   the kernel is not of one to three axes, or its outputs do not divide into the groups.
    """
    if kernel.ndim not in (3, 4, 5):
        raise SizeMismatch(
            f"A kernel of shape {tuple(kernel.shape)} is no convolution along one to three axes.",
            "Give (outputs, inputs, k), (outputs, inputs, k, k) or (outputs, inputs, k, k, k).",
        )
    if kernel.shape[0] % groups:
        raise SizeMismatch(f"{kernel.shape[0]} outputs do not divide into {groups} groups.", "Change the groups.")
    return per_axis(stride, kernel.ndim - 2)
