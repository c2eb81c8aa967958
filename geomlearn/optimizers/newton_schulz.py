"""Newton–Schulz iteration: the polar factor of a matrix by products alone, and the size of the step it makes."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from geomlearn.optimizers.options import MUON_COEFFICIENTS, Arithmetic, Scale, Triple

# Blocks in which symmetric products are computed: large enough that their products run at full speed.
BLOCK = 128
# Matrices with fewer blocks per side do not pay for the strips they are cut into: measured in single precision, 1.0 of
# the plain product at 512², 0.85 at 768². In half precision strips cost twice the whole at 512², and are not cut.
SMALLEST = 6


def newton_schulz(
    matrices: Tensor,
    steps: int = 5,
    coefficients: Triple = MUON_COEFFICIENTS,
    *,
    eps: float = 1e-7,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Push every singular value through an odd polynomial, `steps` times, leaving the singular vectors.

    Parameters
    ----------
    matrices (…, m, n)   real or complex; each is first divided by its Frobenius norm, or by `eps` if that is larger.
    coefficients         (a, b, c): a step maps σ to aσ + bσ³ + cσ⁵ (equation 1).
    dtype                arithmetic of the iteration, that of the matrices if absent; complex input widens it.

    Returns
    -------
    (…, m, n) in that dtype: U p^{∘steps}(Σ/‖Σ‖) Vᴴ, close to UVᴴ where σ/‖Σ‖ is above some 1e-3.

    Source   Jordan et al. 2024, Muon; Bernstein & Newhouse 2024, arXiv 2409.20325.
    Differs  1. The norm is taken before rounding to `dtype`. 2. Batches of equal shapes. 3. Of symmetric products of
             large matrices, one half is computed. 4. Products are written to the same memory in every step.
    """
    shape = matrices.shape
    x = matrices
    if x.ndim != 2:
        # One matrix alone is faster through mm than through bmm.
        x = x.reshape(shape[-2:] if x.numel() == shape[-2] * shape[-1] else (-1, *shape[-2:]))
    size = torch.linalg.vector_norm(x, dim=(-2, -1), keepdim=True).clamp_(min=eps)
    if dtype is None:
        x = x / size
    else:
        x = x.to(_with_imaginary_part(dtype) if x.is_complex() else dtype, copy=True).div_(size.to(dtype))
    x = _steps(x.mH, steps, coefficients).mH if shape[-2] > shape[-1] else _steps(x, steps, coefficients)
    return x if x.ndim == len(shape) else x.reshape(shape)


def _steps(x: Tensor, steps: int, coefficients: Triple) -> Tensor:
    """The iteration on wide matrices (m, n) or (b, m, n), which it overwrites."""
    a, b, c = coefficients
    # Batched products of transposed layouts in half precision fall back to loops a thousand times slower.
    x = x.contiguous()
    product, add_product = (torch.mm, torch.addmm) if x.ndim == 2 else (torch.bmm, torch.baddbmm)
    by_blocks = x.shape[-2] >= SMALLEST * BLOCK and x.dtype is not torch.bfloat16 and not x.is_cuda
    gram = x.new_empty(*x.shape[:-1], x.shape[-2])
    square, moved = torch.empty_like(gram), x.new_empty(x.shape)
    for _ in range(steps):
        if by_blocks:
            symmetric_product(x, out=gram)
            symmetric_product(gram, gram, b, c, out=square)
        else:
            product(x, x.mH, out=gram)
            add_product(gram, gram, gram, beta=b, alpha=c, out=square)
        add_product(x, square, x, beta=a, out=moved)
        x, moved = moved, x
    return x


def symmetric_product(x: Tensor, base: Tensor | None = None, b: float = 0.0, c: float = 1.0, *, out: Tensor) -> Tensor:
    """b·base + c·x xᴴ (…, m, m) for a Hermitian base, by the blocks on and above the diagonal; the others are mirrored.

    A Newton–Schulz step of a large square matrix takes a quarter to a third fewer operations.
    """
    add_product = torch.addmm if x.ndim == 2 else torch.baddbmm
    m = x.shape[-2]
    for start in range(0, m, BLOCK):
        stop = min(start + BLOCK, m)
        left, right = x[..., start:stop, :], x[..., start:, :].mH
        if base is None:
            strip = left @ right
        else:
            strip = add_product(base[..., start:stop, start:], left, right, beta=b, alpha=c)
        out[..., start:stop, start:] = strip
        if stop < m:
            out[..., stop:, start:stop] = strip[..., stop - start :].mH
    return out


def transferred(sigma: Tensor, steps: int = 5, coefficients: Triple = MUON_COEFFICIENTS) -> Tensor:
    """What the iteration makes of singular values σ/‖Σ‖: equation 1, `steps` times."""
    a, b, c = coefficients
    for _ in range(steps):
        square = sigma * sigma
        sigma = sigma * (a + square * (b + square * c))
    return sigma


def polar_factor(matrices: Tensor) -> Tensor:
    """The exact polar factor UVᴴ (…, m, n) by a singular value decomposition."""
    u, _, vh = torch.linalg.svd(matrices, full_matrices=False)
    return u @ vh


def step_scale(rows: int, columns: int, rule: Scale) -> float:
    """How much longer than the learning rate a step along a polar factor of this shape is.

    "original" gives √max(1, rows/columns), the same change of outputs for every width; "match_rms_adamw" gives
    0.2·√max(rows, columns), entries as large as AdamW's steps (Liu et al. 2025, arXiv 2502.16982).
    """
    if rule == "original":
        return math.sqrt(max(1.0, rows / columns))
    return 0.2 * math.sqrt(max(rows, columns)) if rule == "match_rms_adamw" else 1.0


def arithmetic(tensor: Tensor, choice: Arithmetic) -> torch.dtype:
    """The real dtype to iterate in: `choice`, or for "auto" the fastest that suffices.

    That is bfloat16 on GPUs and on processors that multiply in it, float32 elsewhere, float64 for float64.
    """
    if choice != "auto":
        return getattr(torch, choice)
    if tensor.dtype in (torch.float64, torch.complex128):
        return torch.float64
    return torch.bfloat16 if tensor.is_cuda or _processor_has_bfloat16() else torch.float32


@torch.compiler.assume_constant_result
def _processor_has_bfloat16() -> bool:
    return _capable()


@lru_cache(maxsize=1)
def _capable() -> bool:
    found: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def _with_imaginary_part(dtype: torch.dtype) -> torch.dtype:
    return torch.complex128 if dtype is torch.float64 else torch.complex64
