"""What verbs do with files: read shapes and say their warnings, and refuse a bad output before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geomlearn.app.cli.terminal import Terminal
from geomlearn.core.errors import CountsFromOne, FormatError, GeomError
from geomlearn.core.files import absolute, free_path

if TYPE_CHECKING:
    from geomlearn.shapes.io.parsed import Held
    from geomlearn.shapes.shape import Shape


def load(spec: str, terminal: Terminal, index_base: int | None = None) -> Shape:
    """The shape in a file or built in; what its reading warned of goes to stderr."""
    return load_held(spec, terminal, index_base).shape


def load_surface(spec: str, terminal: Terminal) -> Shape:
    """The shape, for work that follows its surface: slits, loose triangles and separate pieces are said too."""
    from geomlearn.shapes.cautions import cautions

    shape = load(spec, terminal)
    terminal.warn(cautions(shape))
    return shape


def load_held(spec: str, terminal: Terminal, index_base: int | None = None) -> Held:
    """The same with the arrays per vertex that the file holds beside its shape."""
    from geomlearn.shapes.load import load_held as held_by

    try:
        held = held_by(spec, index_base=index_base)
    except CountsFromOne as error:
        hint = f"{error.hint} Rewrite it with `geomlearn convert {spec} OUT --index-base 1`."
        raise CountsFromOne(error.message, hint) from None
    terminal.warn(held.shape.warnings)
    return held


def claim(path: Path, suffixes: Sequence[str], what: str, *, force: bool) -> Path:
    """`path` as an absolute path that may be written: refused now, not after minutes of work.

    Raises
    ------
    FormatError   the suffix is none of those that `what` is written in.
    GeomError     the file exists and `force` is false, or the folder cannot be written.
    """
    path = absolute(path)
    if path.suffix.lower() not in suffixes:
        given = f"as {path.suffix[:20]}" if path.suffix else "without a suffix"
        raise FormatError(f"{what} cannot be written {given}.", f"Use one of {', '.join(suffixes)}.")
    free_path(path, force=force)
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
        if _is_file(":".join(parts[:end])):
            return ":".join(parts[:end]), parts[end:]
    return spec, []


def _is_file(path: str) -> bool:
    try:
        return absolute(path).is_file()
    except (OSError, GeomError):
        return False  # a name longer than any file's
