"""Fixed orthogonal bases, the cosine transform by products or by FFT, and the choice of the modes that hold most."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError

BasisName = Literal["dct2", "dct3", "hadamard", "random"]


def orthogonal_basis(
    name: BasisName, n: int, dtype: torch.dtype = torch.float32, device: str = "cpu", seed: int = 0
) -> Tensor:
    """The orthogonal matrix Q (n, n) whose columns are the modes; one per size, shared by all layers.

    "dct2" has cosines of growing frequency, so that G Q is the orthonormal DCT-II of each row of G (equation 1):
    Q[j, i] = s_i √(2/n) cos(π i (2j + 1) / 2n), s_0 = 1/√2 and 1 otherwise. "dct3" is its transpose, "hadamard" needs
    a power of two, "random" is the Q of a Gaussian matrix.

    Raises
    ------
    ParameterError   "hadamard" of a size that is no power of two.
    """
    return modes_as_rows(name, n, dtype, device, seed).T


@lru_cache(maxsize=32)
def modes_as_rows(
    name: BasisName, n: int, dtype: torch.dtype = torch.float32, device: str = "cpu", seed: int = 0
) -> Tensor:
    """Qᵀ of `orthogonal_basis`, laid out so that taking some modes copies whole rows."""
    if name == "random":
        q = torch.linalg.qr(torch.randn(n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)).Q
    elif name == "hadamard":
        if n & (n - 1):
            raise ParameterError(f"There is no Hadamard basis of {n} modes, only of powers of two.", "Use dct2.")
        q = torch.ones(1, 1, dtype=torch.float64)
        while len(q) < n:
            q = torch.cat([torch.cat([q, q], 1), torch.cat([q, -q], 1)]) / math.sqrt(2)
    else:
        # Whole numbers modulo the period: the argument of the cosine stays exact for large n.
        turns = torch.arange(n)[None, :] * (2 * torch.arange(n)[:, None] + 1) % (4 * n)
        q = torch.cos(turns.double() * (math.pi / (2 * n))) * math.sqrt(2 / n)
        q[:, 0] /= math.sqrt(2)
        q = q.T if name == "dct3" else q
    return q.T.to(device=device, dtype=dtype).contiguous()


def dct(rows: Tensor) -> Tensor:
    """The orthonormal DCT-II of the last axis by one real FFT of the same length; equals ``rows @ basis("dct2")``.

    Source   Makhoul 1980, A fast cosine transform in one and two dimensions.
    """
    n = rows.shape[-1]
    return columns_of(half_spectrum(rows), torch.arange(n, device=rows.device), n)


def half_spectrum(rows: Tensor) -> Tensor:
    """The cosine coefficients (…, m, n) as (…, m, n//2 + 1) complex numbers, without putting them in order.

    Conjugate symmetry: mode k ≤ n/2 is the real part of number k, and mode n − k minus its imaginary part.
    """
    order, turn = _makhoul(rows.shape[-1], rows.dtype, str(rows.device))
    n = rows.shape[-1]
    # Selecting from a matrix is ten times faster than indexing, or than selecting from a stack.
    flat = rows.reshape(-1, n).index_select(1, order)
    return torch.fft.rfft(flat).mul_(turn).reshape(*rows.shape[:-1], n // 2 + 1)


def scores_of(half: Tensor, n: int, p: int = 2) -> Tensor:
    """The ℓp norms, to the power p, of the n columns (…, n) of a half spectrum."""
    parts = torch.view_as_real(half)
    sums = parts.square().sum(-3) if p == 2 else parts.abs().sum(-3)
    return torch.cat([sums[..., 0], sums[..., 1 : (n + 1) // 2, 1].flip(-1)], dim=-1)


def columns_of(half: Tensor, modes: Tensor, n: int) -> Tensor:
    """The columns (…, m, r) of these modes (r,)."""
    upper = modes > n // 2
    place = torch.where(upper, 2 * (n - modes) + 1, 2 * modes)
    parts = torch.view_as_real(half).flatten(-2)
    found = parts.reshape(-1, parts.shape[-1]).index_select(1, place)
    return found.mul_(torch.where(upper, -1, 1).to(found.dtype)).reshape(*half.shape[:-1], len(modes))


def inverse_dct(coefficients: Tensor) -> Tensor:
    """The inverse of `dct`."""
    n = coefficients.shape[-1]
    order, turn = _makhoul(n, coefficients.dtype, str(coefficients.device))
    imaginary = torch.zeros_like(coefficients[..., : n // 2 + 1])
    imaginary[..., 1:] = -coefficients[..., (n + 1) // 2 :].flip(-1)
    if n % 2 == 0:
        # The middle mode stands in both halves: it is its own mirror image, with a turn of one eighth.
        imaginary[..., n // 2] = -coefficients[..., n // 2]
    values = torch.fft.irfft(torch.complex(coefficients[..., : n // 2 + 1], imaginary) / turn, n)
    return values.reshape(-1, n).index_select(1, order.argsort()).reshape(values.shape)


@lru_cache(maxsize=32)
def _makhoul(n: int, dtype: torch.dtype, device: str) -> tuple[Tensor, Tensor]:
    """The order of samples, even ones up and odd ones down, and the turn w_k of each frequency."""
    order = torch.cat([torch.arange(0, n, 2), torch.arange(1, n, 2).flip(0)])
    angle = torch.arange(n // 2 + 1, dtype=torch.float64) * (math.pi / (2 * n))
    turn = torch.polar(torch.full_like(angle, math.sqrt(2 / n)), -angle)
    turn[0] = 1 / math.sqrt(n)
    return order.to(device), turn.to(device, torch.complex128 if dtype is torch.float64 else torch.complex64)


def strongest_modes(coefficients: Tensor, rank: int, p: int = 2) -> Tensor:
    """The `rank` columns of S (…, m, n) with the largest ℓp norm, ascending (…, rank).

    For p = 2 no other columns leave less: ‖G − G Q_I Q_Iᵀ‖² is smallest, and at most (1 − rank/n)‖G‖² (equation 2).
    """
    return strongest(coefficients.square().sum(-2) if p == 2 else coefficients.abs().sum(-2), rank)


def strongest(scores: Tensor, rank: int) -> Tensor:
    """The places of the `rank` largest scores (…, n), ascending."""
    return scores.topk(rank, dim=-1).indices.sort(dim=-1).values


def sketch(matrices: Tensor, n_rows: int, seed: int = 0) -> Tensor:
    """Sums of neighbouring rows of G (…, m, n) with random signs, at least `n_rows` of them or as many as there are.

    Over the signs, the expected square of the norm of each column is that of G, also after any change of basis of the
    rows; its relative deviation is at most √(2/n_rows) (equation 4). Reading G once is all it costs.
    """
    m = matrices.shape[-2]
    size = max(1, m // n_rows)
    whole = m - m % size
    signs = _signs(m, seed, matrices.dtype, str(matrices.device))
    stack = matrices.reshape(-1, m, matrices.shape[-1])
    groups = stack[:, :whole].unflatten(1, (-1, size)).flatten(0, 1)
    sums = torch.bmm(signs[:whole].view(-1, 1, size).repeat(len(stack), 1, 1), groups).view(
        len(stack), -1, stack.shape[-1]
    )
    if whole < m:
        sums = torch.cat([sums, signs[None, whole:] @ stack[:, whole:]], 1)
    return sums.view(*matrices.shape[:-2], *sums.shape[1:])


@lru_cache(maxsize=32)
def _signs(m: int, seed: int, dtype: torch.dtype, device: str) -> Tensor:
    draws = torch.randint(2, (m,), generator=torch.Generator().manual_seed(seed))
    return (2 * draws - 1).to(device=device, dtype=dtype)


def in_place_of(old: Tensor, new: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The new modes (r,), each one that stays in the column where it was; and which columns (r,) those are.

    Columns of moments times that mask are, up to their order, columns @ (Q_oldᵀ Q_new), whose entries are 1 where a
    mode stays and 0 elsewhere (equation 3).
    """
    was, comes = new.new_zeros(n, dtype=torch.bool), new.new_zeros(n, dtype=torch.bool)
    was[old], comes[new] = True, True
    stays = comes[old]
    # Modes that were not there come first, and go in order to the columns that are free.
    fresh = new[was[new].to(torch.uint8).argsort(stable=True)]
    return torch.where(stays, old, fresh[((~stays).cumsum(0) - 1).clamp_(min=0)]), stays
