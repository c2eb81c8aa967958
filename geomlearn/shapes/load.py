"""A shape from what a person types: a path, or the name of a built-in shape."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.shape import Shape

if TYPE_CHECKING:
    from geomlearn.shapes.io.parsed import Held

BUILTIN = "builtin:"


class BuiltinSpec(NamedTuple):
    """A built-in shape as a person names it.

    Attributes
    ----------
    name        one of `builtin_names()`.
    n_vertices  how many vertices.
    seed        which triangulation of the same surface.
    """

    name: str
    n_vertices: int = 5000
    seed: int = 0


def load_shape(spec: str | Path, *, index_base: int | None = None) -> Shape:
    """The shape that `spec` names.

    Parameters
    ----------
    spec   the path of a mesh or point cloud, or ``builtin:NAME[@VERTICES[:SEED]]``, such as ``builtin:sphere`` or
           ``builtin:biped-tall-walk@20000:3``.
    index_base   0 or 1, what the faces of a file count from, where it does not keep to its format.

    Raises
    ------
    ParameterError   there is no built-in shape of this name, or it cannot have so many vertices.
    FormatError      the file is missing, damaged or of no known format.
    MeshError        the geometry in the file cannot be used.
    """
    return load_held(spec, index_base=index_base).shape


def load_held(spec: str | Path, *, index_base: int | None = None) -> Held:
    """The same with the named arrays per vertex that a file holds beside its shape.

    Raises
    ------
    ParameterError, FormatError, MeshError   as `load_shape`.
    """
    if not str(spec).startswith(BUILTIN):
        from geomlearn.shapes.io import read_held

        return read_held(spec, index_base=index_base)
    from geomlearn.shapes.builtin import builtin
    from geomlearn.shapes.io.parsed import Held

    return Held(builtin(*parse_builtin(str(spec))), {})


def parse_builtin(spec: str) -> BuiltinSpec:
    """Name, number of vertices and seed of ``builtin:NAME[@VERTICES[:SEED]]``.

    Raises
    ------
    ParameterError   the name is unknown, or what follows it is no number.
    """
    from geomlearn.shapes.builtin import builtin_names

    name, at, rest = spec.removeprefix(BUILTIN).partition("@")
    if name not in builtin_names():
        raise ParameterError(
            f"There is no built-in shape called {name or '(nothing)'}.", _nearest(name, builtin_names())
        )
    numbers = rest.split(":") if at else []
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        raise ParameterError(f"{spec} cannot be understood.", f"Write {BUILTIN}{name}@VERTICES or @VERTICES:SEED.")
    return BuiltinSpec(name, *map(int, numbers))


def _nearest(name: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=3, cutoff=0.4) or names[:6]
    return f"Did you mean {' or '.join(near)}?"
