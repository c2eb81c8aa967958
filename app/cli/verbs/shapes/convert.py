"""`geomlearn convert`: one shape, another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Spec, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import number


def convert(
    source: Spec,
    output: Annotated[Path, Parameter(help="File to write; its suffix chooses the format.", metavar="OUT")],
    /,
    *,
    index_base: Annotated[
        Literal[0, 1] | None,
        Parameter(help="What the faces count from, where the file does not keep to its format.", show_default=False),
    ] = None,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> None:
    """Rewrite a shape in another format."""
    from geomlearn.shapes.io import WRITABLE, write_shape

    require_display(view)
    terminal = common.terminal()
    output = claim(output, WRITABLE, "Shapes", force=force)
    shape = load(source, terminal, index_base)
    write_shape(output, shape, force=force)
    terminal.wrote(output, f"{number(shape.n_vertices)} vertices, {number(shape.n_faces)} faces")
    terminal.finish({"source": source, "output": output, "vertices": shape.n_vertices, "faces": shape.n_faces})
    open_window(view, [output])
