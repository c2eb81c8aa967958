"""Writing files so that an interrupted write leaves the old file whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.leftovers import prefix, sweep_once


@contextmanager
def atomic_path(path: str | Path, *, force: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well, and vanishes when it does not.

    The temporary name keeps the suffix, since many writers choose the format by it. What killed processes left in the
    folder is swept.

    Raises
    ------
    GeomError   the file exists and `force` is false, or its folder cannot be written.
    """
    path = Path(path).expanduser().absolute()
    if path.exists() and not force:
        raise GeomError(f"{path.name} exists already.", "Choose another name, or overwrite it with --force.")
    if path.is_dir():
        raise GeomError(f"{path} is a folder, not a file.", "Give a file name inside it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_once(path.parent)
        handle, name = tempfile.mkstemp(prefix=prefix(), suffix=path.suffix[:20], dir=path.parent)
    except OSError as error:
        raise GeomError(f"{path.parent} cannot be written: {error.strerror}.", "Choose another folder.") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; what a person exports should follow their umask like any other file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        raise GeomError(f"{path.name} could not be written: {error.strerror or error}.", "Check the disk.") from error
    finally:
        temporary.unlink(missing_ok=True)


def existing_file(path: str | Path) -> Path:
    """`path` as an absolute path to a file that is there and not empty.

    Raises
    ------
    FormatError   there is no such file, it is a folder, or it holds no bytes.
    """
    path = Path(path).expanduser().absolute()
    if not path.exists():
        raise FormatError(f"There is no file {path}.", "Check the name.")
    if path.is_dir():
        raise FormatError(f"{path} is a folder.", "Give one file.")
    if path.stat().st_size == 0:
        raise FormatError(f"{path.name} is empty (0 bytes).", "Export it again from the program that made it.")
    return path
