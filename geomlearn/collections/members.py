"""Which shapes a collection is of: a folder, a pattern or files, and what each shape is called."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geomlearn
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.folders import files_in
from geomlearn.shapes.load import BUILTIN

# Of all that can be read, what is surely a shape when it merely lies in a folder: tables and arrays may be anything.
SHAPES = (".ply", ".obj", ".off", ".stl", ".glb", ".gltf", ".3mf", ".vtp", ".vtu", ".vtk", ".pcd", ".pts", ".xyz")


@dataclass(frozen=True)
class Member:
    """One shape of a collection.

    Attributes
    ----------
    name   its path from the collection's root without suffix, ``/`` written ``__``;  spec  what to read.
    """

    name: str
    spec: str

    @property
    def key(self) -> str:
        """Digest of the file's bytes: equal files have an equal one, whatever they are called.

        Raises
        ------
        FormatError   the file cannot be read.
        """
        if self.spec.startswith(BUILTIN):
            return _digest(f"{self.spec} {geomlearn.__version__}".encode())
        try:
            return _digest(Path(self.spec).read_bytes())
        except OSError as error:
            raise FormatError(f"{self.spec} cannot be read: {error.strerror}.", "Check the file.") from None


def members_of(sources: Sequence[str | Path]) -> tuple[Member, ...]:
    """The shapes in folders (below them too), files, patterns such as ``scans/*.ply``, and built-in ones, by name.

    Raises
    ------
    FormatError      there is no such file, or no shape in a folder.
    ParameterError   two shapes would be called the same.
    """
    files: list[tuple[Path, Path]] = []
    members: list[Member] = []
    for source in map(str, sources):
        if source.startswith(BUILTIN):
            members.append(Member(_safe(source.removeprefix(BUILTIN)), source))
        else:
            files += _files(source)
    root = Path(os.path.commonpath([parent for _, parent in files])) if files else Path()
    members += [Member(_safe(path.relative_to(root).with_suffix("").as_posix()), str(path)) for path, _ in files]
    members = sorted(set(members), key=lambda member: member.name)
    _refuse_clashes(members)
    return tuple(members)


def _files(source: str) -> list[tuple[Path, Path]]:
    """Each file with the folder that its name may be told from."""
    path = Path(source).expanduser().absolute()
    if path.is_dir():
        found = list(_shapes_below(path))
        if not found:
            raise FormatError(f"There is no shape in {source}.", f"Shapes end in {' '.join(SHAPES)}.")
        return [(file, path) for file in found]
    if not path.exists() and glob.has_magic(source):
        found = sorted(one for one in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if one.is_file())
        if not found:
            raise FormatError(f"Nothing is called {source}.", "Check the pattern.")
        return [(file, file.parent) for file in found]
    if not path.exists():
        raise FormatError(f"There is no file {path}.", "Check the name.")
    return [(path, path.parent)]


def _shapes_below(folder: Path) -> Iterator[Path]:
    for path in files_in(folder, below=True):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SHAPES and not hidden:
            yield path


def _refuse_clashes(members: Iterable[Member]) -> None:
    # Without regard to case: some file systems do not tell a.txt from A.txt.
    by_name: dict[str, Member] = {}
    for member in members:
        other = by_name.setdefault(member.name.casefold(), member)
        if other is not member:
            raise ParameterError(
                f"{other.spec} and {member.spec} would both be called {member.name}.", "Rename one of them."
            )


def _safe(name: str) -> str:
    return name.replace("/", "__").replace(":", "-").replace("\\", "__")


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()
