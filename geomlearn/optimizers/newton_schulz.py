"""Newton–Schulz iteration: the polar factor of a matrix by products alone, and the size of the step it makes."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from geomlearn.optimizers.options import MUON_COEFFICIENTS, Arithmetic, Scale, Triple

# Blocks in which symmetric products are computed: large enough that their products run at full speed.
BLOCK = 256
# Fewer blocks per side than this do not pay for the strips they are cut into.
SMALLEST = 4


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
    Differs  1. The norm is taken before rounding to `dtype`. 2. Batches of equal shapes.
    """
    size = torch.linalg.vector_norm(matrices, dim=(-2, -1), keepdim=True).clamp(min=eps)
    x = matrices / size
    if dtype is not None:
        x = x.to(_with_imaginary_part(dtype) if x.is_complex() else dtype)
    tall = x.shape[-2] > x.shape[-1]
    shape = x.shape
    x = (x.mH if tall else x).reshape(-1, *sorted(shape[-2:]))
    # One matrix alone is faster through mm than through bmm.
    x = _steps(x[0], steps, coefficients) if len(x) == 1 else _steps(x, steps, coefficients)
    x = x.reshape(*shape[:-2], *sorted(shape[-2:]))
    return x.mH if tall else x


def _steps(x: Tensor, steps: int, coefficients: Triple) -> Tensor:
    a, b, c = coefficients
    add_product = torch.addmm if x.ndim == 2 else torch.baddbmm
    for _ in range(steps):
        gram = symmetric_product(x)
        x = add_product(x, symmetric_product(gram, gram, b, c), x, beta=a)
    return x


def symmetric_product(x: Tensor, base: Tensor | None = None, b: float = 0.0, c: float = 1.0) -> Tensor:
    """b·base + c·x xᴴ (…, m, m) for a Hermitian base; of large matrices only the blocks on and above the diagonal.

    The others are mirrored: a Newton–Schulz step of a large square matrix takes a quarter to a third fewer operations.
    """
    add_product = torch.addmm if x.ndim == 2 else torch.baddbmm
    m = x.shape[-2]
    if m < SMALLEST * BLOCK:
        return x @ x.mH if base is None else add_product(base, x, x.mH, beta=b, alpha=c)
    out = x.new_empty(*x.shape[:-1], m)
    for start in range(0, m, BLOCK):
        rows = slice(start, min(start + BLOCK, m))
        left, right = x[..., rows, :], x[..., start:, :].mH
        strip = left @ right if base is None else add_product(base[..., rows, start:], left, right, beta=b, alpha=c)
        out[..., rows, start:] = strip
        out[..., start:, rows] = strip.mH
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


@lru_cache(maxsize=1)
def _processor_has_bfloat16() -> bool:
    found = getattr(torch.cpu, "get_capabilities", dict)()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def _with_imaginary_part(dtype: torch.dtype) -> torch.dtype:
    return torch.complex128 if dtype is torch.float64 else torch.complex64
