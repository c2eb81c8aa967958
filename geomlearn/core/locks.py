"""A folder that one process at a time works in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from geomlearn.core.errors import GeomError, ParameterError

LOCK = ".lock"


@contextmanager
def locked(folder: str | Path) -> Iterator[None]:
    """Inside, no other process that asks for the same folder gets it.

    The system holds the lock and lets go of it however the process ends; a file ``.lock`` that a kill leaves behind
    means nothing by itself.

    Raises
    ------
    ParameterError   another process, or another thread of this one, has the folder.
    GeomError        the folder cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / LOCK).open("a+")
    except OSError as error:
        raise GeomError(f"{folder} cannot be written: {error.strerror}.", "Choose another folder.") from None
    with stream:
        # Who opened the file just before another removed it holds a lock that nobody else would see.
        if not _take(stream) or not _is_there(stream, folder / LOCK):
            stream.seek(0)
            holder = stream.read(20).strip()
            raise ParameterError(
                f"{folder} is in use by another process{f', {holder}' if holder.isdigit() else ''}.",
                "Wait until it ends, or use another name.",
            )
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        try:
            yield
        finally:
            with suppress(OSError):
                (folder / LOCK).unlink()


def _is_there(stream: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except OSError:
        return False


def _take(stream: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # Far behind the text, which others may read.
            stream.seek(1 << 20)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
