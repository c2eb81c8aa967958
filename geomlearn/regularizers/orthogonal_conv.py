"""Orthogonality of convolutions: a penalty on the kernel alone that equals the residual of the whole layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from geomlearn.core.errors import ParameterError, SizeMismatch

_CONV = {1: functional.conv1d, 2: functional.conv2d}


def orthogonal_conv(kernel: Tensor, stride: int | Sequence[int] = 1, groups: int = 1) -> Tensor:
    """L_orth(K): zero exactly when the layer's matrix has orthonormal rows, or columns, at every input size.

    With P = ⌊(k−1)/S⌋·S and Z = conv(K, K; padding P, stride S),
    L_orth = ‖Z − I_r0‖²_F − max(0, M − C·S^d)                                             (equation 1)
    and for circular padding and every output size N with S·N ≥ 2k − 1
    ‖residual of the layer's matrix‖²_F = N^d · L_orth                                     (equation 2)
    where the residual is 𝒦𝒦ᵀ − I if M ≤ C·S^d and 𝒦ᵀ𝒦 − I otherwise.

    Parameters
    ----------
    kernel (M, C/groups, k) or (M, C/groups, k, k)   as torch stores it; sides may differ and be even. For a transposed
                                                     convolution its weight (in, out, …) as it is.
    stride   one number, or one per axis. With a stride of 1 any dilation has the same L_orth.

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
             stop at M − C·S^d. 3. Even and rectangular kernels, groups, and any stride (derived, and tested).
    """
    stride = checked_stride(kernel, stride, groups)
    kernel = kernel.float() if kernel.dtype in (torch.bfloat16, torch.float16) else kernel
    return sum((_one_group(part, stride) for part in kernel.chunk(groups)), kernel.new_zeros(()))


def _one_group(kernel: Tensor, stride: tuple[int, ...]) -> Tensor:
    outputs, inputs = kernel.shape[:2]
    padding = tuple((k - 1) // s * s for k, s in zip(kernel.shape[2:], stride, strict=True))
    overlaps = _CONV[len(stride)](kernel, kernel, stride=stride, padding=padding)
    centre = tuple(p // s for p, s in zip(padding, stride, strict=True))
    target = torch.zeros_like(overlaps)
    target[(slice(None), slice(None), *centre)] = torch.eye(outputs, dtype=kernel.dtype, device=kernel.device)
    return (overlaps - target).square().sum() - max(0, outputs - inputs * math.prod(stride))


def orthogonal_dense(weight: Tensor) -> Tensor:
    """‖WWᵀ − I‖²_F of a matrix with no more rows than columns, ‖WᵀW − I‖²_F of another."""
    weight = weight if weight.shape[0] <= weight.shape[1] else weight.T
    gram = weight @ weight.T
    return (gram - torch.eye(len(gram), dtype=gram.dtype, device=gram.device)).square().sum()


def exists(
    outputs: int, inputs: int, kernel_size: int | Sequence[int], stride: int | Sequence[int] = 1, d: int = 2
) -> bool:
    """Whether an orthogonal convolution of M outputs, C inputs, this kernel and stride exists (circular padding).

    Rows can be orthonormal iff M ≤ C·k^d; columns (M ≥ C·S^d) iff S ≤ k along every axis.
    """
    return infeasibility_floor(outputs, inputs, kernel_size, stride, d) == 0


def infeasibility_floor(
    outputs: int, inputs: int, kernel_size: int | Sequence[int], stride: int | Sequence[int] = 1, d: int = 2
) -> int:
    """The least L_orth any kernel of these sizes reaches: 0, or M − C·k^d for rows and C·(S^d − k^d) for columns.

    Source   derived from the existence proof of arXiv 2108.05623; checked by minimization in the tests.
    """
    kernel, strides = _per_axis(kernel_size, d), _per_axis(stride, d)
    phases = math.prod(strides)
    if outputs <= inputs * phases:
        return max(0, outputs - inputs * math.prod(kernel))
    return inputs * (phases - math.prod(min(k, s) for k, s in zip(kernel, strides, strict=True)))


def spectral_factor(kernel: Tensor, stride: int | Sequence[int] = 1) -> float:
    """α of ‖residual‖₂² ≤ α·L_orth (equation 3): M·Π(2⌊(k−1)/S⌋+1) for rows, C·Π(2k−1) for columns, both if square."""
    strides = checked_stride(kernel, stride, 1)
    outputs, inputs = kernel.shape[:2]
    rows = outputs * math.prod(2 * ((k - 1) // s) + 1 for k, s in zip(kernel.shape[2:], strides, strict=True))
    columns = inputs * math.prod(2 * k - 1 for k in kernel.shape[2:])
    width = inputs * math.prod(strides)
    return float(min(rows, columns) if outputs == width else rows if outputs < width else columns)


def singular_value_range(kernel: Tensor, stride: int | Sequence[int] = 1) -> tuple[float, float]:
    """Bounds on all singular values at every size: [√(1−ε), √(1+ε)] with ε = √(α·L_orth); no lower one if ε ≥ 1."""
    with torch.no_grad():
        loss = max(float(orthogonal_conv(kernel.double(), stride)), 0.0)
    epsilon = math.sqrt(spectral_factor(kernel, stride) * loss)
    return math.sqrt(max(0.0, 1 - epsilon)), math.sqrt(1 + epsilon)


def orthogonal_kernel(
    outputs: int,
    inputs: int,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    *,
    d: int = 2,
    generator: torch.Generator | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """A kernel (M, C, k…) of an orthogonal layer, turned at random along its outputs and inputs: L_orth = 0.

    Raises
    ------
    ParameterError   there is none of these sizes; the sentence gives the floor of L_orth.

    Source   the existence proof of arXiv 2108.05623; one tap per pair of channels, then K ← Q·K·R.
    """
    floor = infeasibility_floor(outputs, inputs, kernel_size, stride, d)
    if floor:
        raise ParameterError(
            f"No orthogonal convolution has {outputs} outputs, {inputs} inputs, kernel {kernel_size} and stride "
            f"{stride}: its penalty stays at {floor} or more.",
            "Use a kernel at least as large as the stride, or fewer outputs.",
        )
    sides, strides = _per_axis(kernel_size, d), _per_axis(stride, d)
    kernel = torch.zeros(outputs, inputs, *sides, dtype=torch.float64)
    # Any taps are orthogonal to each other if their offsets differ modulo the stride, or if the channels differ.
    within = [torch.arange(min(k, s)) for k, s in zip(sides, strides, strict=True)]
    offsets = torch.cartesian_prod(*within).reshape(-1, d)
    for row in range(min(outputs, len(offsets) * inputs)):
        kernel[(row, row % inputs, *offsets[row // inputs].tolist())] = 1.0
    left, right = _orthogonal(outputs, generator), _orthogonal(inputs, generator)
    return torch.einsum("nm,mc...,ce->ne...", left, kernel, right).to(dtype)


def checked_stride(kernel: Tensor, stride: int | Sequence[int], groups: int) -> tuple[int, ...]:
    """The stride per axis.

    Raises
    ------
    SizeMismatch   the kernel is not of one or two axes, or its outputs do not divide into the groups.
    """
    if kernel.ndim not in (3, 4):
        raise SizeMismatch(
            f"A kernel of shape {tuple(kernel.shape)} is no convolution along one or two axes.",
            "Give (outputs, inputs, k) or (outputs, inputs, k, k).",
        )
    if kernel.shape[0] % groups:
        raise SizeMismatch(f"{kernel.shape[0]} outputs do not divide into {groups} groups.", "Change the groups.")
    return _per_axis(stride, kernel.ndim - 2)


def _per_axis(value: int | Sequence[int], d: int) -> tuple[int, ...]:
    return (value,) * d if isinstance(value, int) else tuple(value)


def _orthogonal(n: int, generator: torch.Generator | None) -> Tensor:
    q, r = torch.linalg.qr(torch.randn(n, n, generator=generator, dtype=torch.float64))
    return q * torch.sign(r.diagonal())
