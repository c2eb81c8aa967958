"""Folders that belong to a running process: a lock in each, which the system lets go of however the process ends."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

LOCK = "held"
YOUNG_S = 30.0
"""A folder so young may be about to be held."""


class HeldFolder:
    """A new folder below `base`, held until `let_go` or the end of the process."""

    def __init__(self, base: Path, prefix: str) -> None:
        base.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        self._lock = _hold(self.path)

    def let_go(self) -> None:
        """The folder stays, and belongs to nobody."""
        self._lock.close()


def abandoned(base: Path, prefix: str) -> Iterator[Path]:
    """Folders below `base` whose process has ended."""
    for folder in sorted(base.glob(f"{prefix}*")) if base.is_dir() else ():
        with suppress(OSError):
            if (folder / LOCK).is_file() or time.time() - folder.stat().st_mtime > YOUNG_S:
                _hold(folder).close()
                yield folder


def _hold(folder: Path) -> IO[bytes]:
    """Take the folder for this process.

    Raises
    ------
    OSError   another process has it.
    """
    stream = (folder / LOCK).open("a+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        raise
    return stream
