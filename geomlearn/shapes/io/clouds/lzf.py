"""LZF, the compression inside PCD files."""

from __future__ import annotations


def decompress(packed: bytes, size: int) -> bytes | None:
    """The `size` bytes that `packed` stands for, or None when it is damaged.

    Source   the format of liblzf: a byte below 32 announces a literal run; others a copy of earlier output, whose
    length is in the three high bits (7 means another byte adds to it) and whose distance in the rest.
    """
    # Three bytes stand for 264 at most: more is damage, found before any memory is taken.
    if size > 88 * len(packed) + 264:
        return None
    out, at, end = bytearray(), 0, len(packed)
    while at < end:
        control = packed[at]
        at += 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7 and at < end:
            length += packed[at]
            at += 1
        if at >= end:
            return None
        distance = ((control & 31) << 8) + packed[at] + 1
        at += 1
        length += 2
        start = len(out) - distance
        if start < 0:
            return None
        if distance >= length:
            out += out[start : start + length]
        else:
            # The copy overlaps its own output: a short pattern repeated.
            out += (out[start:] * (length // distance + 1))[:length]
        if len(out) > size:
            return None
    return bytes(out) if len(out) == size else None
