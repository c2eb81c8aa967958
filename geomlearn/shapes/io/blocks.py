"""Text in pieces: what is computed from one stays in the processor's cache; fresh memory would cost as much again."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK = 1 << 17


def blocks(text: bytes, *ends: bytes) -> Iterator[bytes]:
    """Pieces of the text, each of which ends with one of the bytes `ends`; the last with the text."""
    start = 0
    while start < len(text):
        limit = start + BLOCK
        stop = max(text.rfind(end, start, limit) for end in ends) + 1 if limit < len(text) else len(text)
        stop = stop or min((at + 1 for at in (text.find(end, limit) for end in ends) if at >= 0), default=len(text))
        yield text[start:stop]
        start = stop
