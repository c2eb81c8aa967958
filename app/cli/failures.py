"""What a person reads when something failed: every exception as an exit code, a sentence and a hint."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress

from geomlearn.app.cli.exits import CANCELLED, FAILED, USAGE, UsageError
from geomlearn.core.errors import Cancelled, GeomError

_NO_MEMORY = ("This needs more memory than is free.", "Use fewer vertices or a smaller k.")
_HINTS = {
    errno.ENOSPC: "Make room on the disk.",
    errno.EDQUOT: "Make room on the disk.",
    errno.EFBIG: "Write it where files may be larger.",
    errno.EACCES: "Check its permissions, or choose another place.",
    errno.EPERM: "Check its permissions, or choose another place.",
    errno.EROFS: "Choose another place: this one is read-only.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EMFILE: "Allow more open files (`ulimit -n`).",
    errno.EAGAIN: "End other programs first.",
}
# How libraries below us say that the memory is used up, and why the system refused them a file.
_MEMORY_WORDS = re.compile(
    r"cannot allocate memory|failed to map segment|DefaultCPUAllocator|unable to mmap|bad_alloc", re.IGNORECASE
)
_SYSTEM_ERROR = re.compile(r"(?:os error |errno = |errno )(\d+)", re.IGNORECASE)

# With less, BLAS does not fail but waits for ever for memory that never comes.
LEAST_SPACE = 768 << 20


def require_space() -> None:
    """Refuse to begin where a limit (`ulimit -v`) leaves too little address space for the numerical libraries.

    Raises
    ------
    GeomError   it does.
    """
    with suppress(ImportError):  # Windows has no such limit
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY and limit < LEAST_SPACE:
            raise GeomError(
                f"This process may use {limit >> 20} MB of address space only, too little for numerical libraries.",
                f"Allow {LEAST_SPACE >> 20} MB at least (`ulimit -v {LEAST_SPACE >> 10}`).",
            )


def in_words(error: BaseException) -> tuple[int, str, str]:
    """Exit code, sentence and hint; the sentence is empty where nothing is to be said."""
    if isinstance(error, GeomError):
        return USAGE if isinstance(error, UsageError) else FAILED, error.message, error.hint
    if isinstance(error, KeyboardInterrupt | Cancelled):
        return CANCELLED, "Cancelled; nothing was written.", ""
    if isinstance(error, BrokenPipeError):
        # The reader of our output went away (`| head`): leave without a word.
        return FAILED, "", ""
    if isinstance(error, MemoryError) or _MEMORY_WORDS.search(str(error)):
        return FAILED, *_NO_MEMORY
    if isinstance(error, OSError):
        return FAILED, *_of_system(error.errno, error.strerror or str(error), error.filename)
    if isinstance(error, ImportError):
        message = f"A part of the installation cannot be loaded: {error}".rstrip(".")
        return FAILED, f"{message}.", "`geomlearn doctor` says what is missing."
    number = _SYSTEM_ERROR.search(str(error))
    if number and int(number[1]) in errno.errorcode:
        return FAILED, *_of_system(int(number[1]), os.strerror(int(number[1])), None)
    text = f"Defect in geomlearn: {type(error).__name__}: {error}".rstrip(": .")
    return FAILED, f"{text}.", "Please report it with what --debug shows."


def _of_system(number: int | None, reason: str, name: str | bytes | None) -> tuple[str, str]:
    if number == errno.ENOMEM:
        return _NO_MEMORY
    reason = reason[:1].lower() + reason[1:]
    place = f"{_shortened(os.fsdecode(name))} cannot be used" if name else "Reading or writing failed"
    return f"{place}: {reason}.", _HINTS.get(number or 0, "Check the disk and the path.")


def _shortened(name: str, most: int = 120) -> str:
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 3 :]}"
