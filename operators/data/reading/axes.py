"""What each axis of an array of samples is: told, recognised by the sizes of both arrays of a pair, or asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from geomlearn.core.errors import FormatError, SizeMismatch

# Fewer nodes than this along an axis are channels, unless someone says otherwise.
_SHORTEST = 5
# EmbeddingPair of a picture differ by less than this; channels are fewer than the nodes by more than that.
_SLENDER = 2.5
_FEWER = 3
_FEW = 4
HINT = "Say what the axes are, a letter for each: --axes ncxy (n samples, c channels, x y z the grid, t frames)."


def with_channels_last(array: np.ndarray, axes: str, name: str = "The array") -> np.ndarray:
    """An array whose axes the letters name, as (N, *grid, channels); frames count as channels, slower than those.

    Raises
    ------
    SizeMismatch   there are more or fewer letters than axes.
    """
    if array.ndim != len(axes):
        raise SizeMismatch(f"{name} has shape {array.shape}, and {axes} names {len(axes)} axes.", HINT)
    grid = [axes.index(letter) for letter in axes if letter in "xyz"]
    merged = [axes.index(letter) for letter in "tc" if letter in axes]
    turned = array.transpose([axes.index("n"), *grid, *merged])
    return turned.reshape(*turned.shape[: 1 + len(grid)], math.prod(turned.shape[1 + len(grid) :]))


def in_words(axes: str) -> str:
    """(n, c, x, y)"""
    return f"({', '.join(axes)})"


def recognised(inputs: Sequence[int], targets: Sequence[int], names: tuple[str, str]) -> tuple[str, str]:
    """The letters of both arrays of a pair, from their shapes (N, …) alone.

    Both lie on one grid. Where several readings are left, channels are few beside the nodes and the sides of pictures
    and boxes alike; where that leaves none or several, nothing is guessed.

    Raises
    ------
    FormatError   it cannot be told; the sentence names the flag that says it.
    """
    shapes = f"{names[0]} {tuple(inputs)} and {names[1]} {tuple(targets)}"
    if len(inputs) < 2 or len(targets) < 2 or inputs[0] != targets[0]:
        raise FormatError(f"{shapes} are no pairs: the first axis has to count the samples of both.", HINT)
    one, other = tuple(inputs[1:]), tuple(targets[1:])
    pairs = [
        (first, second)
        for first in _readings(one)
        for second in _readings(other)
        if _grid(first, one) == _grid(second, other) and (one != other or first == second)
    ]
    likely = [pair for pair in pairs if _is_likely(pair[0], one) and _is_likely(pair[1], other)]
    if not likely and one != other:
        # No likely sizes, and still only one way in which the two lie on one grid.
        likely = [pair for pair in pairs if not any({"t", "c"} <= set(reading) for reading in pair)]
    if len(likely) == 1:
        return f"n{likely[0][0]}", f"n{likely[0][1]}"
    if not pairs:
        raise FormatError(f"{shapes} lie on no common grid of {_SHORTEST} nodes or more along each axis.", HINT)
    ways = " or ".join(" to ".join(in_words(f"n{reading}") for reading in pair) for pair in (likely or pairs)[:3])
    raise FormatError(f"{shapes} can be read as {ways}.", HINT)


def _readings(shape: tuple[int, ...]) -> Iterator[str]:
    """Letters for the axes of one sample: a bare grid, channels at an end, or frames first and channels last."""
    for before, after in (("", ""), ("", "c"), ("c", ""), ("t", "c")):
        n_axes = len(shape) - len(before) - len(after)
        letters = f"{before}{'xyz'[:n_axes]}{after}"
        if 1 <= n_axes <= 3 and len(letters) == len(shape) and min(_grid(letters, shape)) >= _SHORTEST:
            yield letters


def _grid(letters: str, shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for letter, size in zip(letters, shape, strict=True) if letter in "xyz")


def _is_likely(letters: str, shape: Sequence[int]) -> bool:
    grid = _grid(letters, shape)
    if max(grid) > _SLENDER * min(grid) or (letters == "xyz" and len(set(grid)) > 1):
        return False
    others = [size for letter, size in zip(letters, shape, strict=True) if letter in "ct"]
    return all(size <= max(_FEW, min(grid) / _FEWER) for size in others)
