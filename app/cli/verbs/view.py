"""`geomlearn view`: the window."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Files = Annotated[str, Parameter(help="Shapes, bases, fields, maps, or session folders.", metavar="FILE")]
Lines = Annotated[
    tuple[str, ...], Parameter(name="--do", negative="", help="A command to run once all is open; may be repeated.")
]


def view(*files: Files, do: Lines = ()) -> int:
    """Open the window on files, or on built-in shapes.

    The commands of --do are what "Copy as command" copies: set, paint,
    remove and stage, such as --do "set cat edges=true".
    """
    from app.window import view_files

    return view_files(files, lines=do)
