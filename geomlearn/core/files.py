"""Writing files so that an interrupted write leaves the old file whole."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

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
    path = free_path(path, force=force)
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
    path = absolute(path)
    try:
        there = path.stat()
    except FileNotFoundError:
        raise FormatError(f"There is no file {shortened(path)}.", "Check the name.") from None
    except (OSError, ValueError) as error:
        raise FormatError(f"{shortened(path)} cannot be opened: {_reason(error)}.", "Check the name.") from None
    if other := _no_file(there):
        raise FormatError(f"{path if other == _FOLDER else path.name} is {other}, not a file.", "Give one file.")
    if there.st_size == 0:
        raise FormatError(f"{path.name} is empty (0 bytes).", "Export it again from the program that made it.")
    if not os.access(path, os.R_OK):
        raise FormatError(f"{path.name} may not be read.", "Check its permissions.")
    return path


def free_path(path: str | Path, *, force: bool = False) -> Path:
    """`path` as an absolute path where a file may be written; a link is followed, so that it stays.

    Raises
    ------
    GeomError   the file exists and `force` is false, or what is there is a folder, a device or a pipe.
    """
    path = absolute(path)
    try:
        there = path.stat()
    except FileNotFoundError:
        return path.resolve() if path.is_symlink() else path
    except NotADirectoryError:
        return path  # making its folder says so
    except (OSError, ValueError) as error:
        raise GeomError(f"{shortened(path)} cannot be written: {_reason(error)}.", "Choose another name.") from None
    if other := _no_file(there):
        raise GeomError(f"{path if other == _FOLDER else path.name} is {other}, not a file.", "Choose another name.")
    if not force:
        raise GeomError(f"{path.name} exists already.", "Choose another name, or overwrite it with --force.")
    return path.resolve() if path.is_symlink() else path


def absolute(path: str | Path) -> Path:
    """`path` from the root, with the ``~`` of a user filled in.

    Raises
    ------
    FormatError   there is no such user.
    """
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:
        raise FormatError(f"{shortened(path)} begins with a user who is not there.", "Write the folder out.") from None


def beside(path: Path, reference: str) -> Path | None:
    """The file that a file refers to, or None when the reference leads out of its folder.

    A file from a stranger does not choose what else is read from this disk: not by an absolute path, by ``..``, by a
    drive, a share or a scheme, however any platform spells these.
    """
    parts = PureWindowsPath(reference)  # knows both kinds of slashes
    if parts.drive or parts.root or ".." in parts.parts or ":" in reference or "\0" in reference or not parts.parts:
        return None
    return path.parent.joinpath(*parts.parts)


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Inside, a sentence that does not say which file it is about says it."""
    try:
        yield
    except GeomError as error:
        name = Path(path).name
        if name in error.message:
            raise
        raise type(error)(f"{shortened(name, 60)}: {error.message}", error.hint) from error


def shortened(text: object, most: int = 120) -> str:
    """Text for a sentence: printable, and cut in the middle when it is long."""
    plain = "".join(c if c.isprintable() else "?" for c in str(text))
    return plain if len(plain) <= most else f"{plain[: most // 2]}…{plain[-most // 3 :]}"


_FOLDER, _DEVICE = "a folder", "a device or a pipe"


def _no_file(there: os.stat_result) -> str:
    """What is there instead of a file, or nothing."""
    return _FOLDER if stat.S_ISDIR(there.st_mode) else "" if stat.S_ISREG(there.st_mode) else _DEVICE


def _reason(error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]
