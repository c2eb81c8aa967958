"""Which convolutions can be orthogonal, and kernels that are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError


def overlap_stride(stride: int | Sequence[int], dilation: int | Sequence[int]) -> tuple[int, ...]:
    """R = S/gcd(S, dilation) per axis: outputs of a layer meet in taps whose lag is a multiple of it."""
    d = max(len(value) for value in (stride, dilation, (0,)) if not isinstance(value, int))
    return tuple(s // math.gcd(s, step) for s, step in zip(per_axis(stride, d), per_axis(dilation, d), strict=True))


def per_axis(value: int | Sequence[int], d: int) -> tuple[int, ...]:
    """One number for every axis, or those given."""
    return (value,) * d if isinstance(value, int) else tuple(value)


def exists(
    outputs: int,
    inputs: int,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    d: int = 2,
    dilation: int | Sequence[int] = 1,
) -> bool:
    """Whether an orthogonal convolution of M outputs, C inputs, this kernel and stride exists (circular padding).

    Without dilation, rows can be orthonormal iff M ≤ C·k^d; columns (M ≥ C·S^d) iff S ≤ k along every axis.
    """
    return infeasibility_floor(outputs, inputs, kernel_size, stride, d, dilation) == 0


def infeasibility_floor(
    outputs: int,
    inputs: int,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    d: int = 2,
    dilation: int | Sequence[int] = 1,
) -> int:
    """The least L_orth any kernel of these sizes reaches: 0, or M − C·k^d for rows and C·(S^d − k^d) for columns.

    Where stride and dilation share a factor, taps fall on R = S/gcd phases only, and all beyond M = C·R^d is missing.

    Source   derived from the existence proof of arXiv 2108.05623; checked by minimization in the tests.
    """
    kernel, strides = per_axis(kernel_size, d), per_axis(stride, d)
    met = overlap_stride(strides, dilation)
    width = inputs * math.prod(met)
    unread = max(0, outputs - width) - max(0, outputs - inputs * math.prod(strides))
    if outputs <= width:
        return max(0, outputs - inputs * math.prod(kernel))
    return width - inputs * math.prod(min(k, s) for k, s in zip(kernel, met, strict=True)) + unread


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

    With dilation, give the stride of `overlap_stride`.

    Source   the existence proof of arXiv 2108.05623; one tap per pair of channels, then K ← Q·K·R.
    """
    floor = infeasibility_floor(outputs, inputs, kernel_size, stride, d)
    if floor:
        raise ParameterError(
            f"No orthogonal convolution has {outputs} outputs, {inputs} inputs, kernel {kernel_size} and stride "
            f"{stride}: its penalty stays at {floor} or more.",
            "Use a kernel at least as large as the stride, or fewer outputs.",
        )
    sides, strides = per_axis(kernel_size, d), per_axis(stride, d)
    kernel = torch.zeros(outputs, inputs, *sides, dtype=torch.float64)
    # Any taps are orthogonal to each other if their offsets differ modulo the stride, or if the channels differ.
    within = [torch.arange(min(k, s)) for k, s in zip(sides, strides, strict=True)]
    offsets = torch.cartesian_prod(*within).reshape(-1, d)
    for row in range(min(outputs, len(offsets) * inputs)):
        kernel[(row, row % inputs, *offsets[row // inputs].tolist())] = 1.0
    left, right = _orthogonal(outputs, generator), _orthogonal(inputs, generator)
    return torch.einsum("nm,mc...,ce->ne...", left, kernel, right).to(dtype)


def _orthogonal(n: int, generator: torch.Generator | None) -> Tensor:
    q, r = torch.linalg.qr(torch.randn(n, n, generator=generator, dtype=torch.float64))
    return q * torch.sign(r.diagonal())
