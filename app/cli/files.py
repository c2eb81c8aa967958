"""What verbs do with files: read shapes and say their warnings, and refuse a bad output before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geomlearn.app.cli.terminal import Terminal
from geomlearn.core.errors import CountsFromOne, FormatError, GeomError

if TYPE_CHECKING:
    from geomlearn.shapes.shape import Shape


def load(spec: str, terminal: Terminal, index_base: int | None = None) -> Shape:
    """The shape in a file or built in; what its reading warned of goes to stderr."""
    from geomlearn.shapes.load import load_shape

    try:
        shape = load_shape(spec, index_base=index_base)
    except CountsFromOne as error:
        hint = f"{error.hint} Rewrite it with `geomlearn convert {spec} OUT --index-base 1`."
        raise CountsFromOne(error.message, hint) from None
    terminal.warn(shape.warnings)
    return shape


def claim(path: Path, suffixes: Sequence[str], what: str, *, force: bool) -> Path:
    """`path` as an absolute path that may be written: refused now, not after minutes of work.

    Raises
    ------
    FormatError   the suffix is none of those that `what` is written in.
    GeomError     the file exists and `force` is false, or the folder cannot be written.
    """
    path = path.expanduser().absolute()
    if path.suffix.lower() not in suffixes:
        given = f"as {path.suffix}" if path.suffix else "without a suffix"
        raise FormatError(f"{what} cannot be written {given}.", f"Use one of {', '.join(suffixes)}.")
    if path.is_dir():
        raise GeomError(f"{path} is a folder, not a file.", "Give a file name inside it.")
    if path.exists() and not force:
        raise GeomError(f"{path.name} exists already.", "Choose another name, or overwrite it with --force.")
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise GeomError(f"{folder} is a file, so {path.name} cannot be put below it.", "Choose another folder.")
    return path


def split_key(spec: str) -> tuple[str, list[str]]:
    """A file and the keys behind it: ``basis.npz:evecs:5`` is ``basis.npz`` and ``["evecs", "5"]``.

    The longest part that is a file wins, so that colons in names and drive letters do no harm.
    """
    parts = spec.split(":")
    for end in range(len(parts), 0, -1):
        if Path(":".join(parts[:end])).expanduser().is_file():
            return ":".join(parts[:end]), parts[end:]
    return spec, []
