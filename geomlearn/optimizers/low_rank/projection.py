"""To the modes of a gradient and back: by products or FFT, in single or half precision, whichever is faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from geomlearn.optimizers.low_rank.dct import (
    columns_of,
    half_spectrum,
    inverse_dct,
    modes_as_rows,
    scores_of,
    sketch,
)
from geomlearn.optimizers.newton_schulz import arithmetic

# On a CPU a real FFT beats the product with the whole basis from this size on, and its inverse that with so many modes.
_FFT_FROM, _FFT_MODES = 256, 256
# On a CPU products of smaller matrices are as fast in single as in half precision.
_HALF_FROM = 512
# Sums of rows that a sketch ranks modes by: squared norms are known to about 18 %.
SKETCH = 64


def projector(
    stack: Tensor, rows: Tensor, choosing: bool, group: dict[str, Any]
) -> tuple[Tensor | None, Callable[[int, Tensor, Tensor], Tensor]]:
    """Scores (b, n) of all modes of the matrices (b, m, n) if any chooses, and what takes modes (r,) of one of them.

    The latter is given the number of a matrix, its modes, and these modes as rows (r, n).
    """
    n, p = len(rows), group["score_p"]
    scores = None
    if choosing and group["scores"] == "sketch":
        sums = sketch(stack, SKETCH, group["seed"])
        scores = scores_of(half_spectrum(sums), n, p) if _by_fft(sums, group) else _norms(_product(sums, rows), p)
    elif choosing and _by_fft(stack, group):
        half = half_spectrum(stack)
        return scores_of(half, n, p), lambda index, modes, chosen: columns_of(half[index], modes, n)
    elif choosing:
        coefficients = _product(stack, rows)
        return _norms(coefficients, p), lambda index, modes, chosen: coefficients[index].index_select(1, modes)
    return scores, lambda index, modes, chosen: _product(stack[index], chosen)


def _product(matrices: Tensor, rows: Tensor) -> Tensor:
    """Coefficients of some modes, in the arithmetic of the latter."""
    return (matrices.to(rows.dtype) @ rows.T).to(matrices.dtype)


def _norms(coefficients: Tensor, p: int) -> Tensor:
    return (coefficients.square() if p == 2 else coefficients.abs()).sum(-2)


def restored(columns: Tensor, modes: Tensor, chosen: Tensor, n: int, group: dict[str, Any]) -> Tensor:
    """a Q_Iᵀ (m, n) from a (m, r): by the inverse transform where that is cheaper than the product."""
    if restores_by_fft(columns, chosen, group):
        return inverse_dct(columns.new_zeros(columns.shape[0], n).index_copy_(1, modes, columns))
    return columns.to(chosen.dtype) @ chosen


def _by_fft(inputs: Tensor, group: dict[str, Any]) -> bool:
    """Whether to transform all of the inputs by FFT."""
    if group["transform"] != "auto":
        return group["transform"] == "fft"
    return group["basis"] == "dct2" and not inputs.is_cuda and inputs.shape[-1] >= _FFT_FROM


def restores_by_fft(columns: Tensor, chosen: Tensor, group: dict[str, Any]) -> bool:
    """Whether `restored` takes the inverse transform."""
    if group["transform"] != "auto":
        return group["transform"] == "fft"
    half = chosen.dtype != columns.dtype
    return group["basis"] == "dct2" and not (columns.is_cuda or half) and len(chosen) >= _FFT_MODES


def mode_rows(inputs: Tensor, group: dict[str, Any]) -> Tensor:
    """All modes as rows, in the arithmetic of products: that of the inputs where half precision gains no time."""
    n, choice = inputs.shape[-1], group["product_dtype"]
    plain = choice == "auto" and not inputs.is_cuda and n < _HALF_FROM
    # What the modes miss is a difference, and is told in full.
    dtype = inputs.dtype if plain or group["residual"] != "drop" else arithmetic(inputs, choice)
    return modes_as_rows(group["basis"], n, dtype, str(inputs.device), group["seed"])
