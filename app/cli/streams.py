"""The standard streams: any encoding takes our sentences, and one that cannot be written is said, not raised."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from contextlib import suppress

_PLAIN = {
    **{"→": "->", "←": "<-", "↔": "<->", "·": "*", "…": "...", "–": "-", "—": "-", "−": "-", "×": "x", "≤": "<="},
    **{"≥": ">=", "≈": "~", "±": "+-", "‖": "||", "√": "sqrt ", "∞": "inf", "°": " deg", "Δ": "Delta", "∇": "grad "},
    **{"│": "|", "┃": "|", "─": "-", "━": "-", "═": "=", "║": "|"},
}


def plain(text: str) -> str:
    """The same in letters of ASCII: λ is lambda, → is ->, é is e; a byte that was no text is written as \\xNN."""
    return "".join(character if character < "\x80" else _plain(character) for character in text)


def _plain(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # Python's stand-in for a byte in the name of a file
        return f"\\x{ord(character) - 0xDC00:02x}"
    name = unicodedata.name(character, "")
    if character in _PLAIN:
        return _PLAIN[character]
    if name.startswith("GREEK SMALL LETTER "):
        return name.split()[-1].lower().replace("lamda", "lambda")
    if name.startswith("BOX DRAWINGS"):
        return "+"
    ascii_part = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return ascii_part or "?"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def prepare() -> None:
    """Make standard output and error take every character; one that is closed takes everything and keeps nothing."""
    codecs.register_error("geomlearn.plain", _replaced)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 (it stays open)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="geomlearn.plain")


def takes(text: str) -> bool:
    """Whether standard output has all these characters itself."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def flush() -> None:
    """Hand over what was printed.

    Raises
    ------
    OSError   it cannot be written.
    """
    sys.stdout.flush()


def give_up() -> None:
    """Forget what standard output would not take, so that Python says nothing about it at exit either."""
    with suppress(OSError, ValueError):
        number = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
