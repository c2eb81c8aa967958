"""Numbers written in decimals, eight digits at a time and many words at once.

What a word means is what `float` says, to the last bit: words that are no plain decimals, and those whose rounding is
in doubt, are given to a reader of any number.

Sources   D. Lemire, "Number parsing at a gigabyte per second", 2021: eight digits in three multiplications.
          W. Clinger, "How to read floating point numbers accurately", 1990: when one division rounds correctly.
          T. Dekker, "A floating-point technique for extending the available precision", 1971: the others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geomlearn.shapes.io.blocks import blocks

# As many digits behind the point as there are powers of ten without rounding, in double precision.
_MOST_DIGITS = 22
_MARGIN = b" " * (_MOST_DIGITS + 2)
_TENS = np.array([10**i if i < 20 else 0 for i in range(_MOST_DIGITS + 1)], np.uint64)
_POWERS = np.array([10.0**i for i in range(_MOST_DIGITS + 1)])
_EXACT, _LARGEST = 2**53, 2**62
_SPLIT = 2.0**27 + 1
# If a correction larger by this much changed a sum, its rounding is in doubt.
_DOUBT = 1 + 2.0**-20
_U = np.uint64


Reader = Callable[[bytes], np.ndarray]


def decimals(text: bytes, read: Reader) -> np.ndarray:
    """(n,) the numbers of `text`, which white space divides, in double precision.

    Parameters
    ----------
    read  what reads words that are no plain decimals, or raises what is to be raised about them.
    """
    parts = [_numbers(block, read) for block in blocks(text, b"\n", b" ")]
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0), *parts])


def _numbers(block: bytes, read: Reader) -> np.ndarray:
    buffer = np.frombuffer(_MARGIN + block + b" ", np.uint8)
    blank = (buffer == 32) | (buffer - np.uint8(9) < 5)
    edges = np.flatnonzero(blank[1:] != blank[:-1]).reshape(-1, 2).T + 1
    if edges.size == 0:
        return np.zeros(0)
    starts, ends = edges
    negative = buffer[starts] == ord("-")
    values, odd = _unsigned(buffer, starts + negative, ends)
    np.negative(values, out=values, where=negative)
    places = np.flatnonzero(odd)
    if len(places) > len(starts) // 16:
        return read(block)
    if len(places):
        values[places] = read(b" ".join([buffer[i:j].tobytes() for i, j in edges[:, places].T.tolist()]))
    return values


def _unsigned(buffer: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) decimals without a sign, and where a word is none or it is not known how to round it."""
    points = _points(buffer, starts, ends)
    before, behind = points - starts, np.maximum(ends - points - 1, 0)
    whole, odd = _digits(buffer, points, before, 16)
    part, odd_part = _digits(buffer, ends, behind, _MOST_DIGITS)
    behind = np.minimum(behind, _MOST_DIGITS)
    divisors = _POWERS[behind]
    odd |= odd_part | (before + behind == 0) | (whole * divisors + part > _LARGEST)
    digits = whole * _TENS[behind] + part
    values = digits.view(np.int64) / divisors
    long = np.flatnonzero(digits >= _EXACT)
    if len(long):
        values[long], in_doubt = _divided(digits[long], divisors[long])
        odd[long] |= in_doubt
    return values, odd


def _points(buffer: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(n,) where the decimal point of each word is, or its end; of several the last."""
    points = np.flatnonzero(buffer == ord("."))
    if len(points) == len(starts) and (points >= starts).all() and (points < ends).all():
        return points
    every = ends.copy()
    every[np.searchsorted(starts, points, "right") - 1] = points
    return every


def _digits(buffer: np.ndarray, ends: np.ndarray, lengths: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) what the digits before `ends` are together, and where one is no digit or they are too many."""
    total, marks = _eight(buffer, ends, lengths)
    odd = lengths > most
    for done in range(8, min(int(lengths.max()), most), 8):
        more, further = _eight(buffer, ends - done, np.maximum(lengths - done, 0))
        odd |= more > _U(_LARGEST // 10**done)
        total += more * _TENS[done]
        marks |= further
    return total, odd | ((marks & _U(0x8080808080808080)) != 0)


def _eight(buffer: np.ndarray, ends: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) what the last digits before `ends` are, at most eight; and marks, in 0x80 of each byte that is no digit."""
    eights = np.ndarray(len(buffer) - 7, "<u8", buffer, strides=(1,))
    spare = (64 - 8 * np.minimum(lengths, 8)).view(_U)
    x = eights[ends - 8] ^ _U(0x3030303030303030)
    x >>= spare
    x <<= spare
    marks = (x + _U(0x7676767676767676)) | x
    x *= _U(2561)
    x >>= _U(8)
    x &= _U(0x00FF00FF00FF00FF)
    x *= _U(6553601)
    x >>= _U(16)
    x &= _U(0x0000FFFF0000FFFF)
    x *= _U(42949672960001)
    x >>= _U(32)
    return x, marks


def _divided(digits: np.ndarray, divisors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) quotients of integers below 2^63, rounded once, and where the rounding is in doubt."""
    high = digits.astype(np.float64)
    low = (digits - high.astype(_U)).view(np.int64).astype(np.float64)
    first = high / divisors
    # What is left of the dividend after the first quotient, exactly: both factors are split into halves.
    a, b = _halves(first), _halves(divisors)
    product = first * divisors
    error = ((a[0] * b[0] - product) + a[0] * b[1] + a[1] * b[0]) + a[1] * b[1]
    second = ((high - product) - error + low) / divisors
    total = first + second
    rest = second - (total - first)
    return total, total + rest * _DOUBT != total


def _halves(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaled = _SPLIT * values
    high = scaled - (scaled - values)
    return high, values - high
