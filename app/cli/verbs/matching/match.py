"""`geomlearn match`: the correspondence between two shapes, as a file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from geomlearn.app.cli.exits import CANCELLED, DONE, UsageError
from geomlearn.app.cli.files import claim, load_surface
from geomlearn.app.cli.flags import SPEECH, Common, Force, View, flat
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal, shown
from geomlearn.app.cli.verbs.collections.match_many import Many, match_many
from geomlearn.core.results import Status
from geomlearn.matching.diffumatch.options import DiffuMatchOptions
from geomlearn.matching.options import (
    AutoOptions,
    CommonMatchOptions,
    DescriptorOptions,
    FunctionalMapOptions,
    LearnedOptions,
    MatchOptions,
    ZoomOutOptions,
)

if TYPE_CHECKING:
    import numpy as np

    from geomlearn.core.results import Result
    from geomlearn.matching.prepared import ShapeMatch
    from geomlearn.shapes.shape import Shape

_DEFAULTS = MatchOptions()
_FIRST = ("method", "k_end", "orientation", "time", "seed")
_REST = {
    CommonMatchOptions: "Any method",
    AutoOptions: "--method auto",
    LearnedOptions: "--method learned, and auto",
    DiffuMatchOptions: "--method diffumatch",
    DescriptorOptions: "First maps from descriptors",
    FunctionalMapOptions: "The energy of a first map",
    ZoomOutOptions: "Refinement by ZoomOut",
}
_ONE = Many()


def match(
    a: Annotated[str, Parameter(metavar="A", help="The shape the map starts from; a file or builtin:NAME.")],
    /,
    *b: Annotated[str, Parameter(metavar="B", help="The shape it leads to; or more shapes, or A is a folder.")],
    output: Annotated[
        Path, Parameter(name=("--output", "-o"), help="File for the map A → B; of many shapes a folder for all maps.")
    ],
    fmap: Annotated[Path | None, Parameter(help="File for the functional map too: npz, mat or npy.")] = None,
    landmarks: Annotated[
        Path | None, Parameter(help="Text file of known pairs, one a line: vertex of A, vertex of B.")
    ] = None,
    index_base: Annotated[Literal[0, 1], Parameter(help="What vertices are counted from in the map file.")] = 0,
    options: Annotated[MatchOptions, flat(MatchOptions, first=_FIRST, rest=_REST)] = _DEFAULTS,
    many: Annotated[Many, Parameter(name="*")] = _ONE,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> int:
    """Compute the correspondence between two shapes, or between the pairs of many.

    Entry i of the map is the vertex of B that belongs to vertex i of A. The
    suffix chooses its format: txt, npy, npz, mat, h5, csv, map, vts. Ctrl-C
    hands over the best map so far.

    With --all, --to or --pairs, a folder or several files give OUT/A--B.txt
    for each pair, OUT/table.csv and OUT/report.html. What was done is kept in
    OUT and not done again; a shape that fails costs its own rows.
    """
    require_display(view)
    terminal = common.terminal()
    if many.asked([a, *b]):
        _only_of_a_pair(fmap=fmap, landmarks=landmarks, view=view)
        return match_many([a, *b], output, many, options, index_base, force=force, terminal=terminal)
    if not b:
        raise UsageError(f"There is nothing to match {a} with.", "Give two shapes, or a folder and --all.")
    return _match_two(a, b[0], output, fmap, landmarks, index_base, options, force=force, view=view, terminal=terminal)


def _only_of_a_pair(**flags: Any) -> None:
    for name, value in flags.items():
        if value:
            raise UsageError(f"--{name} is for one pair of shapes.", "Leave it out, or give two files.")


def _match_two(
    a: str,
    b: str,
    output: Path,
    fmap: Path | None,
    landmarks: Path | None,
    index_base: Literal[0, 1],
    options: MatchOptions,
    *,
    force: bool,
    view: bool,
    terminal: Terminal,
) -> int:
    from geomlearn.matching.io import functional_maps, maps
    from geomlearn.matching.match import match_shapes

    output = claim(output, maps.WRITABLE, "A map", force=force)
    fmap = claim(fmap, functional_maps.WRITABLE, "A functional map", force=force) if fmap else None
    shape_a, shape_b = load_surface(a, terminal), load_surface(b, terminal)
    pairs = _known_pairs(landmarks, shape_a, shape_b, terminal) if landmarks else None
    start = time.perf_counter()
    with terminal.progress(f"{shape_a.name} → {shape_b.name}") as progress:
        result = match_shapes(shape_a, shape_b, options, landmarks=pairs, progress=progress)
    elapsed = time.perf_counter() - start
    found = result.value
    metadata = {**found.metadata, "status": str(result.status)}
    maps.write_map(output, found.partial_ab, metadata, index_base=index_base, force=force)
    direction = f"{shape_a.name} → {shape_b.name}"
    terminal.wrote(output, f"{direction}: entry i is the vertex of B for vertex i of A, counted from {index_base}")
    lost = int((found.partial_ab < 0).sum())
    if lost:
        terminal.say(f"{lost} of {len(found.map_ab)} vertices of {shape_a.name} have no partner: -1.")
    if fmap:
        functional_maps.write_fmap(fmap, found.fmap_ab, metadata, force=force)
        terminal.wrote(fmap, f"{direction}: coefficients of A to coefficients of B, {found.fmap_ab.shape}")
    terminal.rows(_in_words(result, elapsed))
    terminal.next(f"geomlearn render {a} --map {shown(output)} --target {b} -o match.png")
    payload = {"a": a, "b": b, "output": output, "fmap": fmap, **match_facts(result, elapsed), "metadata": metadata}
    terminal.finish(payload)
    open_window(view, [a, b, output])
    return CANCELLED if result.status is Status.CANCELLED else DONE


def _known_pairs(path: Path, shape_a: Shape, shape_b: Shape, terminal: Terminal) -> np.ndarray:
    from geomlearn.matching.io.landmarks import read_landmarks

    landmarks = read_landmarks(path, shape_a.n_vertices, shape_b.n_vertices)
    if landmarks.inferred:
        terminal.say(f"{landmarks.sentence} A line `# index_base: 0` or `1` in it settles that.")
    return landmarks.pairs


def match_facts(result: Result[ShapeMatch], elapsed: float) -> dict[str, Any]:
    """How a correspondence looks without ground truth, and how it was found."""
    scores, verdict = result.value.scores, result.value.verdict
    judged: dict[str, Any] = {} if verdict is None else {"verdict": verdict.word, "verdict_says": verdict.sentence}
    if verdict is not None:
        judged |= {"predicted_error": verdict.predicted_error, "p_within_5": verdict.p_within_5}
    return {
        **judged,
        "direction": "a to b",
        "n_a": len(result.value.map_ab),
        "n_b": len(result.value.map_ba),
        "without_partner": int((result.value.partial_ab < 0).sum()),
        "scores": {score.name: {"value": score.value, "unit": score.unit, "says": score.sentence} for score in scores},
        "status": str(result.status),
        "sentence": result.sentence,
        "stats": _without_states(result.stats),
        "time_s": elapsed,
    }


def _without_states(stats: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a run without the matrices it went through, which are for looking at."""
    story = {name: value for name, value in stats.get("zero_shot", {}).items() if name != "steps"}
    return {**stats, "zero_shot": story} if story else dict(stats)


def _in_words(result: Result[ShapeMatch], elapsed: float) -> dict[str, str]:
    stopped = f"{result.status}. {result.sentence}".strip()
    best = " These are the best maps so far." if result.status is Status.CANCELLED else ""
    verdict = result.value.verdict
    return {
        **({} if verdict is None else {"verdict": verdict.sentence}),
        **{score.name: score.sentence for score in result.value.scores},
        "status": stopped + best,
        "time": f"{elapsed:.2f} s",
    }
