"""Names of temporaries that tell whose they are, so that those of a killed process are swept by the next one.

A name holds the machine, the process id and when that process started: ids are used again, and a folder may be shared
by machines and containers. Only what belongs to a process of this machine that is surely gone is removed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

_MARK = ".geomlearn-"
_NAME = re.compile(r"\.?geomlearn-(?:jobs-)?(?P<place>[0-9a-f]{8})-(?P<pid>\d+)-(?P<start>\d+)-")


def prefix(kind: str = "") -> str:
    """What the name of a temporary of this process begins with; a file beside others is hidden, a `kind` is not."""
    head = f"geomlearn-{kind}-" if kind else _MARK
    return f"{head}{_place()}-{os.getpid()}-{_started(os.getpid())}-"


def sweep(folder: Path) -> list[Path]:
    """Remove from a folder what processes that are gone left there; returns what was removed."""
    gone = []
    with suppress(OSError):
        gone = [path for path in folder.iterdir() if _is_orphan(path.name)]
    for path in gone:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()
    return gone


@cache
def sweep_once(folder: Path) -> None:
    """`sweep`, the first time that this process writes into the folder."""
    sweep(folder)


def _is_orphan(name: str) -> bool:
    found = _NAME.match(name)
    if found is None or found["place"] != _place():
        return False
    return _is_gone(int(found["pid"]), int(found["start"]))


def _is_gone(pid: int, start: int) -> bool:
    """Whether no process has this id, or another one that began at another time; never true where that is unsure."""
    if os.name == "nt":  # where asking for a process may end it
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    now = _started(pid)
    return bool(start and now) and now != start


def _started(pid: int) -> int:
    """When a process began, in ticks since the machine started; 0 where the system does not tell."""
    try:
        # The name of the program, in parentheses, may hold anything; 19 fields behind it is the start.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


@cache
def _place() -> str:
    """This machine, and the container in it that counts processes on its own."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return hashlib.blake2b(f"{platform.node()} {space}".encode(), digest_size=4).hexdigest()
