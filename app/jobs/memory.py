"""How much memory a job takes, and how much there is."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMeter:
    """The most memory that this process holds from now on, beyond what it holds now."""

    def __init__(self) -> None:
        self._before = 0
        with suppress(OSError, ValueError):
            # Five sets the high-water mark of the process back to what it holds.
            _RESET.write_text("5")
            self._before = _field(_STATUS.read_text(), "VmRSS")

    def peak_bytes(self) -> int:
        """Bytes beyond the start; 0 where the system does not tell."""
        try:
            return max(_field(_STATUS.read_text(), "VmHWM") - self._before, 0) if self._before else 0
        except (OSError, ValueError):
            return 0


def free_bytes() -> int | None:
    """What can be used without pushing others out, or None where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return _field(Path("/proc/meminfo").read_text(), "MemAvailable")
    except (OSError, ValueError):
        return None


def size_words(n_bytes: float | None, least: float = 5e8) -> str:
    """Such as "1.2 GB"; empty for less than `least` bytes, and for what is not known."""
    if n_bytes is None or n_bytes < least:
        return ""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes < 9.95e9 else f"{n_bytes / 1e9:.0f} GB"


def _field(text: str, name: str) -> int:
    """Bytes in the line "name:  number kB" of a file of the kernel."""
    for line in text.splitlines():
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    raise ValueError(f"there is no line {name}")
