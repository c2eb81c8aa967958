"""`geomlearn basis`: the spectral basis of a shape, as a file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim, load_surface
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, Speech, View, flat
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.collections.each import Format, each, is_many, suffix_of
from geomlearn.app.cli.verbs.spectral.learned_basis import learn
from geomlearn.spectral.learned_eigenbasis.options import FitRecipe
from geomlearn.spectral.options import EigenbasisOptions

if TYPE_CHECKING:
    from geomlearn.spectral.basis import Basis

SUFFIXES = (".npz", ".mat", ".h5", ".hdf5", ".vtp")
_DEFAULTS, _RECIPE = EigenbasisOptions(), FitRecipe()
_FIRST = ("probes", "steps", "n_samplings", "n_points", "dimension")
Learned = Annotated[
    bool | str | None,
    Parameter(
        negative="",
        show_default=False,
        help="Take it from a network: the shipped one, a model file, or `fit` for one made for this shape or table.",
        metavar="[fit|MODEL]",
    ),
]


def basis(
    file: Spec,
    /,
    *files: Spec,
    output: Output,
    format: Format = "npz",
    options: Annotated[EigenbasisOptions, flat(EigenbasisOptions)] = _DEFAULTS,
    learned: Learned = None,
    potential: Annotated[
        Path | None,
        Parameter(help="A .npy file with one value per point, for --probes schrodinger.", show_default=False),
    ] = None,
    recipe: Annotated[
        FitRecipe, flat(FitRecipe, "Options of --learned fit", first=_FIRST, rest="--learned fit in detail")
    ] = _RECIPE,
    cache: Annotated[bool, Parameter(help="Take it from the cache when it was computed before.")] = True,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> int:
    """Compute the spectral basis of a shape.

    That is the k lowest eigenpairs of its Laplacian. The file, .npz, .mat,
    .h5 or .vtp, holds evals (k,) ascending, evecs (n, k) orthonormal under
    mass (n,), vertices and faces. A folder or several files give a folder of
    them and a table. With --learned a network gives them from
    the bare points; --learned fit also takes a table of features (.csv,
    .npy), whose modes are then written as .npz or as coordinates (.csv, .npy).
    """
    require_display(view)
    if is_many([file, *files]):
        if learned:
            raise UsageError("--learned is for one shape.", "Leave it out, or give one file.")

        def once(one: str, target: Path, speech: Speech) -> None:
            basis(one, output=target, options=options, cache=cache, force=force, common=speech)

        return each([file, *files], output, suffix_of(format), once, common, force=force)
    terminal = common.terminal()
    if learned:
        learn(file, output, options, learned, recipe, potential, force=force, view=view, terminal=terminal)
        return DONE
    output = claim(output, SUFFIXES, "A basis", force=force)
    shape = load_surface(file, terminal)

    from geomlearn.spectral.basis_files import write_basis
    from geomlearn.spectral.eigenbasis import eigenbasis

    start = time.perf_counter()
    with terminal.progress(f"basis of {shape.name}") as progress:
        computed = eigenbasis(shape, options, progress, cache=cache)
    elapsed = time.perf_counter() - start
    write_basis(output, computed, shape, force=force)
    facts = basis_facts(computed, elapsed)
    terminal.warn(computed.metadata.get("notes", ()))
    terminal.wrote(output, f"{computed.k} modes of {shape.name}")
    terminal.rows(_in_words(facts))
    if computed.k > 1:
        mode = min(5, computed.k - 1)
        terminal.next(f"geomlearn render {file} --field {shown(output)}:evecs:{mode} -o mode{mode}.png")
    terminal.finish({"file": file, "output": output, **facts, "evals": computed.evals, "metadata": computed.metadata})
    open_window(view, [file, output])
    return DONE


def basis_facts(basis: Basis, elapsed: float) -> dict[str, Any]:
    """What a basis is, for people and programs alike; clusters are [first, last] modes with near-equal eigenvalues."""
    return {
        "k": basis.k,
        "vertices": basis.n_vertices,
        "laplacian": basis.operator,
        "boundary": basis.boundary,
        "smallest": float(basis.evals[0]),
        "largest": float(basis.evals[-1]),
        "area": float(basis.mass.sum()),
        "max_residual": basis.metadata.get("max_residual"),
        "clusters": [[start, stop - 1] for start, stop in basis.metadata.get("clusters", ())],
        "time_s": elapsed,
    }


def _in_words(facts: dict[str, Any]) -> dict[str, str | None]:
    clusters = facts["clusters"]
    shared = ", ".join(f"{first}–{last}" for first, last in clusters[:5]) + (" …" if len(clusters) > 5 else "")
    # The first eigenvalue of a closed shape is zero up to rounding, which is no news.
    smallest = facts["smallest"] if facts["smallest"] > 1e-9 * facts["largest"] else 0.0
    return {
        "vertices": number(facts["vertices"]),
        "Laplacian": f"{facts['laplacian']}, {facts['boundary']}",
        "eigenvalues": f"{number(smallest)} … {number(facts['largest'])} 1/length²",
        "residual": f"{facts['max_residual']:.1e}" if facts["max_residual"] is not None else None,
        "near-equal": f"modes {shared}: only their span means something" if clusters else None,
        "time": f"{facts['time_s']:.2f} s",
    }
