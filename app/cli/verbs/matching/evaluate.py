"""`geomlearn evaluate`: how far a correspondence is from the true one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.files import load
from geomlearn.app.cli.flags import SPEECH, Common, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import number

if TYPE_CHECKING:
    from geomlearn.matching.evaluation import Evaluation, Truth
    from geomlearn.shapes.shape import Shape


def evaluate(
    map: Annotated[Path, Parameter(metavar="MAP", help="The map from A to B to be measured.")],
    /,
    *,
    source: Annotated[str, Parameter(metavar="A", help="The shape the map starts from; a file or builtin:NAME.")],
    target: Annotated[str, Parameter(metavar="B", help="The shape it leads to.")],
    truth: Annotated[
        str | None,
        Parameter(metavar="FILE", help="A map, or two lists a.vts,b.vts; built-in shapes know it themselves."),
    ] = None,
    index_base: Annotated[
        Literal[0, 1] | None, Parameter(help="What MAP counts from; inferred when not given.")
    ] = None,
    max_points: Annotated[int, Parameter(help="Measure at this many points drawn at random; 0 takes all.")] = 1000,
    seed: Annotated[int, Parameter(help="Seed of that draw.")] = 0,
    view: View = False,
    common: Common = SPEECH,
) -> None:
    """Measure a correspondence against the true one.

    Vertices without an image (-1 or NaN) are left out and counted. Where MAP
    may count from 0 or from 1, the truth decides.

    Errors are geodesic distances on B, divided by the square root of its
    area, times 100. When a list b.sym.vts lies beside b.vts, a map that
    confuses left and right is told from one that is plainly wrong.
    """
    from geomlearn.matching.evaluation import evaluate_either_base
    from geomlearn.matching.io.maps import read_map

    require_display(view)
    terminal = common.terminal()
    shape_a, shape_b = load(source, terminal), load(target, terminal)
    sizes = {"n_source": shape_a.n_vertices, "n_target": shape_b.n_vertices}
    read = read_map(map, **sizes, index_base=index_base, unmatched=True)
    known = truth_of(truth, source, target, shape_a, shape_b)
    with terminal.progress("measuring distances") as progress:
        settings = {"max_points": max_points, "seed": seed}
        measured, read, either = evaluate_either_base(read, known, shape_b, **settings, progress=progress)
    terminal.title(map.name, f"A {shape_a.name} → B {shape_b.name}")
    terminal.rows(_in_words(measured))
    if either:
        terminal.say(f"{either} --index-base overrides that.")
    elif read.inferred:
        terminal.say(f"{read.sentence} --index-base overrides that.")
    payload = {"map": map, "source": source, "target": target, "truth": truth, "direction": "source to target"}
    terminal.finish({**payload, "index_base": read.index_base, **evaluation_facts(measured)})
    open_window(view, [source, target, map])


def truth_of(truth: str | None, source: str, target: str, shape_a: Shape, shape_b: Shape) -> Truth:
    """The true map from a file, or as two built-in shapes know it.

    Raises
    ------
    UsageError   nobody knows it.
    """
    from geomlearn.matching.evaluation import read_truth
    from geomlearn.shapes.load import BUILTIN

    if truth is not None:
        return read_truth(truth, shape_a.n_vertices, shape_b.n_vertices, shape_b.faces)
    if source.startswith(BUILTIN) and target.startswith(BUILTIN):
        return builtin_truth(source, target)
    raise UsageError("The true map is not known.", "Give --truth FILE: a map, or two lists a.vts,b.vts.")


def builtin_truth(source: str, target: str) -> Truth:
    """The exact correspondence of two built-in shapes, and the one that swaps left and right."""
    import numpy as np

    from geomlearn.matching.evaluation import Truth
    from geomlearn.shapes.builtin import ground_truth
    from geomlearn.shapes.load import parse_builtin

    (name_a, n_a, seed_a), (name_b, n_b, seed_b) = parse_builtin(source), parse_builtin(target)
    sizes: dict[str, Any] = {"n_vertices_a": n_a, "n_vertices_b": n_b, "seed_a": seed_a, "seed_b": seed_b}
    direct = ground_truth(name_a, name_b, **sizes)
    return Truth(np.arange(len(direct)), direct, ground_truth(name_a, name_b, symmetric=True, **sizes))


def evaluation_facts(measured: Evaluation) -> dict[str, Any]:
    """The errors of a map, for programs."""
    return {
        "unit": "100 x geodesic distance / sqrt(area of target)",
        "mean_error": measured.mean_error,
        "median_error": measured.median_error,
        "max_error": measured.max_error,
        "auc": measured.auc,
        "curve": measured.curve,
        "symmetric_mean_error": measured.symmetric_mean_error,
        "flipped": measured.flipped,
        "n_evaluated": len(measured.errors),
        "n_truth": measured.n_truth,
        "n_unmatched": measured.n_unmatched,
    }


def _in_words(measured: Evaluation) -> dict[str, str | None]:
    # Thresholds run from 0 to 0.25 in a hundred steps: the twentieth is 5 % of √area.
    swapped = "left and right are swapped" if measured.flipped else "worse, so left is left"
    symmetric = measured.symmetric_mean_error
    return {
        "mean error": f"{number(measured.mean_error)}  (100 × geodesic distance / √area of B)",
        "median, max": f"{number(measured.median_error)}, {number(measured.max_error)}",
        "within 5": f"{100 * measured.curve[20]:.0f} % of the points",
        "AUC": f"{measured.auc:.3f}  (area under the error curve up to 25; 1 is perfect)",
        "mirrored": None if symmetric is None else f"{number(symmetric)} against the mirrored truth: {swapped}",
        "points": f"{len(measured.errors):,} of {measured.n_truth:,}",
        "left out": f"{number(measured.n_unmatched)} without an image" if measured.n_unmatched else None,
    }
