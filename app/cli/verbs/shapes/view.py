"""`geomlearn view`: the window."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter, validators

from geomlearn.app.cli.exits import DONE

Files = Annotated[str, Parameter(help="Shapes, bases, fields, maps, or session folders.", metavar="FILE")]
Lines = Annotated[
    tuple[str, ...], Parameter(name="--do", negative="", help="A command to run once all is open; may be repeated.")
]
Pictures = Annotated[
    str,
    Parameter(
        name="--pictures",
        metavar="DIR",
        help="Open nothing; write a picture of every desk, light and dark, at two sizes. Needs no screen.",
    ),
]
Scale = Annotated[
    float,
    Parameter(
        name="--scale", help="Size of the interface in these pictures.", validator=validators.Number(gte=0.75, lte=3)
    ),
]


Browser = Annotated[
    bool,
    Parameter(
        negative="",
        help="Open no window; serve the stage to a browser of this machine, to be turned and played, until Ctrl-C.",
    ),
]


def view(*files: Files, do: Lines = (), browser: Browser = False, pictures: Pictures = "", scale: Scale = 1.0) -> int:
    """Open the window on files, or on built-in shapes.

    In the window: drop files on it, or Ctrl+O. S computes the spectrum of a
    shape, M matches two, R solves an equation, Ctrl+Z takes anything back,
    Ctrl+S saves the session as a folder that opens like a file. H lists all
    keys, Ctrl+K finds any command.

    The commands of --do are what "Copy as command" copies: set, paint,
    remove and stage, such as --do "set cat edges=true".
    """
    from geomlearn.app.window import picture_tour, serve_files, view_files

    if browser:
        return serve_files(files, lines=do, told=lambda address: print(f"{address}  Ctrl-C ends it.", flush=True))
    if pictures:
        for path in picture_tour(pictures, files, scale=scale):
            print(path)
        return DONE
    return view_files(files, lines=do)
