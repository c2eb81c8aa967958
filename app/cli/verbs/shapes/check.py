"""`geomlearn check`: whether a shape is usable, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.text import Text

from geomlearn.app.cli.exits import DONE, FAILED, UsageError
from geomlearn.app.cli.files import claim, load
from geomlearn.app.cli.flags import SPEECH, Common, Force, Spec, Speech, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal, number
from geomlearn.app.cli.verbs.collections.each import Format, each, is_many, suffix_of
from geomlearn.core.errors import GeomError

if TYPE_CHECKING:
    from geomlearn.shapes.checks import Report
    from geomlearn.shapes.shape import Shape

_COLORS = {"error": "red", "warning": "yellow", "note": "dim"}


def check(
    file: Spec,
    /,
    *files: Spec,
    repair: Annotated[
        bool, Parameter(negative="", show_default=False, help="Mend what can be mended; needs -o.")
    ] = False,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), help="File for the repaired shape.")] = None,
    format: Format = "ply",
    largest_only: Annotated[
        bool, Parameter(negative="", show_default=False, help="When repairing, keep only the largest piece.")
    ] = False,
    weld_tolerance_rel: Annotated[
        float, Parameter(help="When repairing, weld vertices closer than this part of the diagonal (0 … 0.1).")
    ] = 0.0,
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> int:
    """Say whether a shape is usable, and repair it.

    The exit code is 0 when it is usable, else 1. With --repair it lists
    what it did, and judges the repaired shape. Of a folder or several files
    -o FOLDER holds a table, and with --repair the repaired shapes.
    """
    require_display(view)
    if is_many([file, *files]):

        def once(one: str, target: Path, speech: Speech) -> int:
            return check(
                one,
                repair=repair,
                output=target if repair else None,
                largest_only=largest_only,
                weld_tolerance_rel=weld_tolerance_rel,
                force=force,
                common=speech,
            )

        return each([file, *files], output, suffix_of(format) if repair else "", once, common, force=force)
    terminal = common.terminal()
    if repair != (output is not None):
        raise UsageError("--repair and --output belong together.", "Write --repair -o OUT.")
    if output is not None:
        from geomlearn.shapes.io import WRITABLE

        output = claim(output, WRITABLE, "Shapes", force=force)
    try:
        shape = load(file, Terminal(json=True, quiet=True))
    except GeomError as error:
        terminal.finish({"file": file, "usable": False, "findings": [], "error": error.message, "hint": error.hint})
        raise
    report, payload = _report(shape, terminal)
    if output is not None:
        options = {"largest_only": largest_only, "weld_tolerance_rel": weld_tolerance_rel}
        report, payload["repair"] = _repair(shape, output, terminal, options, force=force)
    elif report.repairable:
        terminal.next(f"geomlearn check {file} --repair -o repaired.ply")
    terminal.finish({"file": file, "usable": report.usable, **payload})
    open_window(view, [output or file])
    return DONE if report.usable else FAILED


def _report(shape: Shape, terminal: Terminal) -> tuple[Report, dict[str, Any]]:
    from geomlearn.shapes.checks import check as check_shape

    report = check_shape(shape)
    verdict = Text("usable", style="green") if report.usable else Text("not usable", style="red")
    terminal.say(Text.assemble((shape.name, "bold"), "  ", verdict))
    for finding in report.findings:
        mark = Text(f"  {finding.severity:<8}", style=_COLORS[finding.severity])
        remedy = Text("  (--repair mends it)", style="dim") if finding.repairable else ""
        terminal.say(Text.assemble(mark, finding.sentence, remedy))
    if not report.findings:
        terminal.say("  nothing to report")
    findings = [
        {
            "kind": finding.kind,
            "severity": str(finding.severity),
            "count": finding.count,
            "sentence": finding.sentence,
            "repairable": finding.repairable,
            "element": finding.element,
            "examples": finding.examples,
        }
        for finding in report.findings
    ]
    return report, {"findings": findings}


def _repair(
    shape: Shape, output: Path, terminal: Terminal, options: dict[str, Any], *, force: bool
) -> tuple[Report, dict[str, Any]]:
    from geomlearn.shapes.checks import repair as repair_shape
    from geomlearn.shapes.io import write_shape

    repaired = repair_shape(shape, **options)
    for action in repaired.actions or ("Nothing had to be mended.",):
        terminal.say(Text.assemble(("  did     ", "green"), action))
    write_shape(output, repaired.shape, force=force)
    counts = f"{number(repaired.shape.n_vertices)} vertices, {number(repaired.shape.n_faces)} faces"
    terminal.wrote(output, counts)
    report, after = _report(repaired.shape.replace(name=output.stem), terminal)
    return report, {"output": output, "actions": repaired.actions, **after}
