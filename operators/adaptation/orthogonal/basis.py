"""One orthogonal basis that everybody can make again, and the columns of it that an adaptation reads."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions

SEED = 2312


@lru_cache(maxsize=8)
def shared_basis(width: int, seed: int = SEED) -> np.ndarray:
    """Orthogonal (width, width) float64: QR of a Gaussian of a public seed, with the signs that make it unique."""
    q, r = np.linalg.qr(np.random.default_rng([seed, width]).standard_normal((width, width)))
    q = q * np.sign(np.diag(r))
    q.flags.writeable = False
    return q


def checksum(width: int) -> str:
    """Of the shared basis to nine decimals, by which two machines know that they have the same."""
    # Adding zero turns −0 into 0.
    return hashlib.sha256((np.round(shared_basis(width), 9) + 0.0).tobytes()).hexdigest()


def columns_of(options: OrthogonalOptions, rank: int) -> tuple[int, ...]:
    """The columns of the shared basis that an adaptation reads; none where its directions are Gaussian.

    Raises
    ------
    ParameterError   the slot is beyond the last, or the rank beyond the basis.
    """
    room = options.width - options.reserved
    if rank > room:
        raise ParameterError(f"Rank {rank} is beyond the {room} free columns.", f"Use rank ≤ {room}, or more width.")
    if options.basis == "gaussian":
        return ()
    if options.basis == "pool":
        drawn = np.random.default_rng([SEED, options.width, options.number]).permutation(room)[:rank]
        return tuple(int(column) + options.reserved for column in np.sort(drawn))
    slots = options.n_slots(rank)
    if options.number >= slots:
        raise ParameterError(
            f"Tokens of {options.width} have {slots} slots of rank {rank}, and number {options.number} is asked for.",
            "Use a smaller rank or more width for all adaptations that are to be merged.",
        )
    first = options.reserved + options.number * rank
    return tuple(range(first, first + rank))


def directions(options: OrthogonalOptions, rank: int) -> np.ndarray:
    """B (width, rank): what the adaptation reads of a token."""
    columns = columns_of(options, rank)
    if columns:
        return shared_basis(options.width)[:, list(columns)]
    rng = np.random.default_rng([SEED, options.width, options.number, 1])
    return rng.standard_normal((options.width, rank)) / np.sqrt(options.width)


def class_token(options: OrthogonalOptions) -> np.ndarray:
    """e₀ (width,) of length 1: in the reserved columns where there are some, else anywhere."""
    basis = shared_basis(options.width)
    if options.reserved:
        return basis[:, : options.reserved].sum(1) / np.sqrt(options.reserved)
    return basis.sum(1) / np.sqrt(options.width)
