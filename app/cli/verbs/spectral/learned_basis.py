"""`geomlearn basis --learned`: the same file as `basis`, from a network that reads bare points."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.screen import open_window
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.core.errors import FormatError
from geomlearn.spectral.learned_eigenbasis.options import BasisModelOptions, FitOptions, FitRecipe, ReadingOptions
from geomlearn.spectral.options import EigenbasisOptions

if TYPE_CHECKING:
    from geomlearn.core.progress import Progress
    from geomlearn.shapes.shape import Shape
    from geomlearn.spectral.basis import Basis

FIT = "fit"
_TABLES = (".csv", ".npy")
_BASES = (".npz", ".mat", ".h5", ".hdf5")


def learn(
    file: str,
    output: Path,
    options: EigenbasisOptions,
    learned: bool | str,
    recipe: FitRecipe,
    potential: Path | None,
    *,
    force: bool,
    view: bool,
    terminal: Terminal,
) -> None:
    """Do as `basis` does, by a fit (`learned` is "fit"), a model file, or the shipped model (True)."""
    is_table = learned == FIT and Path(file).suffix.lower() in _TABLES
    if is_table and view:
        raise UsageError("--view shows shapes, and a table has none.", "Leave it out.")
    suffixes = (*_BASES, *_TABLES) if is_table else (*_BASES, ".vtp")
    output = claim(output, suffixes, "A learned basis", force=force)
    start = time.perf_counter()
    if is_table:
        from geomlearn.spectral.learned_eigenbasis.tables import read_table

        shape, points = None, read_table(file)
        name = Path(file).stem
    else:
        shape = load(file, terminal)
        points, name = shape.vertices, shape.name
    k: dict[str, Any] = {"k": options.k} if "k" in options.model_fields_set else {}
    with terminal.progress(f"learned basis of {name}") as progress:
        if learned == FIT:
            fitting = FitOptions(**recipe.model_dump(), **k, seed=options.seed)
            made = _fitted(points, shape, fitting, _values(potential), name, progress)
        else:
            made = _predicted(points, recipe, k, learned, name)
    _write(output, made, shape, force=force)
    facts = _facts(made, learned, time.perf_counter() - start)
    terminal.warn(made.metadata["notes"])
    terminal.wrote(output, f"{made.k} modes of {name}")
    terminal.rows(_in_words(facts))
    if shape is not None and made.k > 1:
        mode = min(5, made.k - 1)
        terminal.next(f"geomlearn render {file} --field {shown(output)}:evecs:{mode} -o mode{mode}.png")
    terminal.finish({"file": file, "output": output, **facts, "evals": made.evals, "metadata": made.metadata})
    open_window(view, [file, output])


def _fitted(
    points: Any, shape: Shape | None, options: FitOptions, potential: Any, name: str, progress: Progress
) -> Basis:
    from geomlearn.core.errors import Cancelled
    from geomlearn.core.results import Status
    from geomlearn.spectral.learned_eigenbasis.fit import fit_points, fit_shape

    if shape is None:
        result = fit_points(points, options, progress, potential=potential, name=name)
    else:
        result = fit_shape(shape, options, progress, potential=potential)
    if result.status is Status.CANCELLED:
        raise Cancelled
    return result.value.basis(points, name)


def _values(path: Path | None) -> Any:
    """The numbers of a file with one per point."""
    if path is None:
        return None
    from geomlearn.core.arrays import read_arrays

    values = next(iter(read_arrays(path)[0].values())).squeeze()
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        raise FormatError(f"{path.name} does not hold one number per point.", "Save it as (n,).")
    return values.astype(float)


def _predicted(points: Any, recipe: FitRecipe, k: dict[str, Any], learned: bool | str, name: str) -> Basis:
    from geomlearn.spectral.learned_eigenbasis.amortised.model import load_eigenbasis_model

    model = load_eigenbasis_model(learned if isinstance(learned, str) else None)
    reading = {field: getattr(recipe, field) for field in ReadingOptions.model_fields}
    return model.basis(points, BasisModelOptions(**{"k": model.network.options.k, **k}, **reading), name)


def _write(output: Path, basis: Basis, shape: Shape | None, *, force: bool) -> None:
    if output.suffix.lower() in _TABLES:
        from geomlearn.spectral.learned_eigenbasis.tables import write_coordinates

        if basis.k < 2:
            raise FormatError("One mode gives no coordinates.", "Ask for k ≥ 2.")
        write_coordinates(output, basis.evecs[:, 1:], force=force)
        return
    from geomlearn.spectral.basis_files import write_basis

    write_basis(output, basis, shape, force=force)


def _facts(basis: Basis, learned: bool | str, elapsed: float) -> dict[str, Any]:
    return {
        "k": basis.k,
        "vertices": basis.n_vertices,
        "model": FIT if learned == FIT else basis.operator,
        "refined": bool(basis.metadata["parameters"]["refine"]),
        "smallest": float(basis.evals[0]),
        "largest": float(basis.evals[-1]),
        "area": float(basis.mass.sum()),
        "time_s": elapsed,
    }


def _in_words(facts: dict[str, Any]) -> dict[str, str]:
    smallest = facts["smallest"] if facts["smallest"] > 1e-9 * facts["largest"] else 0.0
    return {
        "points": number(facts["vertices"]),
        "network": facts["model"] + (", refined" if facts["refined"] else ""),
        "eigenvalues": f"{number(smallest)} … {number(facts['largest'])} 1/length²",
        "time": f"{facts['time_s']:.2f} s",
    }
