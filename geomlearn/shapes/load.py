"""A shape from what a person types: a path, or the name of a built-in shape."""

from __future__ import annotations

from pathlib import Path

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.shape import Shape

BUILTIN = "builtin:"


def load_shape(spec: str | Path) -> Shape:
    """The shape that `spec` names.

    Parameters
    ----------
    spec   the path of a mesh or point cloud, or ``builtin:NAME`` such as ``builtin:sphere``.

    Raises
    ------
    ParameterError   there is no built-in shape of this name.
    FormatError      the file is missing, damaged or of no known format.
    MeshError        the geometry in the file cannot be used.
    """
    if not str(spec).startswith(BUILTIN):
        from geomlearn.shapes.io import read_shape

        return read_shape(spec)
    from geomlearn.shapes.builtin import builtin, builtin_names

    name = str(spec).removeprefix(BUILTIN)
    if name not in builtin_names():
        raise ParameterError(
            f"There is no built-in shape called {name or '(nothing)'}.", _nearest(name, builtin_names())
        )
    return builtin(name)


def _nearest(name: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=3, cutoff=0.4) or names[:6]
    return f"Did you mean {' or '.join(near)}?"
