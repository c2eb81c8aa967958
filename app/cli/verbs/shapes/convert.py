"""`geomlearn convert`: one shape, another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim, load_held
from geomlearn.app.cli.flags import SPEECH, Common, Force, Spec, Speech, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import number
from geomlearn.app.cli.verbs.collections.each import Format, each, is_many, suffix_of
from geomlearn.core.errors import GeomError

if TYPE_CHECKING:
    from geomlearn.shapes.io.parsed import Held
    from geomlearn.shapes.shape import Shape
    from geomlearn.spectral.basis import Basis


def convert(
    source: Spec,
    /,
    *more: Annotated[
        str, Parameter(help="File to write; its suffix chooses the format. Or, with -o, more shapes.", metavar="OUT")
    ],
    output: Annotated[
        Path | None, Parameter(name=("--output", "-o"), help="Instead of OUT; of several shapes a folder.")
    ] = None,
    format: Format = "ply",
    index_base: Annotated[
        Literal[0, 1] | None,
        Parameter(help="What the faces count from, where the file does not keep to its format.", show_default=False),
    ] = None,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> int:
    """Rewrite a shape in another format, or each of a folder.

    Arrays with a number per vertex go along where the format has room: .vtp,
    .npz and .ply. A basis becomes fields, a mode each. What is left out is
    named.
    """
    from geomlearn.shapes.io import WRITABLE

    require_display(view)
    sources = [source, *more]
    if output is None:
        if len(sources) != 2:
            raise UsageError("There is no file to write.", "Write convert FILE OUT, or several files and -o FOLDER.")
        output = Path(sources.pop())
    if is_many(sources):

        def once(one: str, target: Path, speech: Speech) -> None:
            convert(one, output=target, index_base=index_base, force=force, common=speech)

        return each(sources, output, suffix_of(format), once, common, force=force)
    terminal = common.terminal()
    output = claim(output, WRITABLE, "Shapes", force=force)
    held = load_held(source, terminal, index_base)
    shape, with_it = held.shape, {}
    lost, fields = _write(source, output, held, force=force)
    if lost:
        terminal.warn([f"A {output.suffix[1:]} file has no room for {', '.join(lost)}: left out."])
    if fields:
        with_it = {"with": ", ".join(fields)}
    counts = f"{number(shape.n_vertices)} vertices, {number(shape.n_faces)} faces"
    terminal.wrote(output, f"{counts}, with {with_it['with']}" if with_it else counts)
    payload = {"vertices": shape.n_vertices, "faces": shape.n_faces, "fields": fields, "left_out": lost}
    terminal.finish({"source": source, "output": output, **payload})
    open_window(view, [output])
    return DONE


def _write(source: str, output: Path, held: Held, *, force: bool) -> tuple[list[str], list[str]]:
    """Write what the file holds; what was left out, and which arrays went along."""
    from geomlearn.shapes.io import write_shape
    from geomlearn.shapes.io.writing import WITH_POINT_DATA, shown, without_room

    suffix = output.suffix.lower()
    basis = _basis(source, held)
    if basis is not None:
        if suffix not in WITH_POINT_DATA:
            write_shape(output, held.shape, force=force)
            return [f"the basis of {basis.k} modes"], []
        return _write_basis(output, held.shape, basis, force=force)
    lost = without_room(suffix, held.shape, held.point_data)
    data = held.point_data if suffix in WITH_POINT_DATA else {}
    write_shape(output, held.shape, point_data=data, force=force)
    return lost, [shown(name) for name in data]


def _write_basis(output: Path, shape: Shape, basis: Basis, *, force: bool) -> tuple[list[str], list[str]]:
    from geomlearn.shapes.io import write_shape
    from geomlearn.spectral.basis_files import fields_of, write_basis

    if output.suffix.lower() == ".ply":
        write_shape(output, shape, point_data=fields_of(basis), force=force)
        return ["what the basis was computed with"], [f"{basis.k} modes"]
    write_basis(output, basis, shape, force=force)
    return [], [f"{basis.k} modes"]


def _basis(source: str, held: Held) -> Basis | None:
    """The basis in the file, when it is one of this shape."""
    from geomlearn.spectral.basis_files import read_basis

    if not any("evecs" in name.lower() or "mode" in name.lower() or "phi" in name.lower() for name in held.point_data):
        return None
    try:
        basis = read_basis(source)
    except GeomError:
        return None
    return basis if basis.n_vertices == held.shape.n_vertices else None
