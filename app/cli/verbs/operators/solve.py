"""`geomlearn solve EQUATION`: an equation on a shape, as a field over time."""

# No postponed annotations here: each verb's signature carries the option model of its own equation.

import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from geomlearn.app.cli.exits import CANCELLED, DONE
from geomlearn.app.cli.files import claim, load_surface
from geomlearn.app.cli.flags import SPEECH, Common, Force, Output, Spec, View, flat
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import Terminal, number, shown
from geomlearn.core.options import Options
from geomlearn.core.results import Result, Status
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions, EvolutionOptions

FramesLike = Annotated[
    Path | None,
    Parameter(help="Keep frames as far apart as this model of `train rollout` continues them.", metavar="MODEL"),
]

solve = App(
    name="solve",
    help="""Solve an equation on a shape.

Start from --vertex (a bump), --expression (a formula in x, y, z) or
--values-file; without any, from a bump at the first vertex, or from random
data where the equation calls for it. The file holds times (t,) and values
(t, n).
""",
    help_format="plaintext",
)


_FIRST = ("vertex", "expression", "duration", "boundary")


def _add(equation: str, model: type[EquationOptions]) -> None:
    def command(
        file: Spec,
        /,
        *,
        output: Output,
        frames_like: FramesLike = None,
        options: EquationOptions = model(),  # noqa: B008 (frozen)
        force: Force = False,
        view: View = False,
        common: Common = SPEECH,
    ) -> int:
        asked = options, frames_like
        return _solve(equation, file, output, asked, force=force, view=view, terminal=common.terminal())

    own = [name for name in model.__annotations__ if name in model.model_fields]
    first = tuple(name for name in (*own[:1], *_FIRST) if name in model.model_fields)
    rest: dict[type[Options], str] = {
        EquationOptions: "Where it starts",
        EvolutionOptions: "Time in detail",
        model: f"{equation} in detail",
    }
    command.__annotations__["options"] = Annotated[model, flat(model, f"Options of {equation}", first=first, rest=rest)]
    command.__doc__ = model.__doc__
    solve.command(command, name=equation)


def _solve(
    equation: str,
    file: str,
    output: Output,
    asked: tuple[EquationOptions, Path | None],
    *,
    force: bool,
    view: bool,
    terminal: Terminal,
) -> int:
    from geomlearn.operators.fields.field_files import WRITABLE, write_field
    from geomlearn.operators.fields.solve import solve as solve_equation

    require_display(view)
    # One vtp file shows one moment; a field over time is a pvd with its frames beside it.
    suffixes = WRITABLE if equation == "poisson" else tuple(suffix for suffix in WRITABLE if suffix != ".vtp")
    output = claim(output, suffixes, "A field" if equation == "poisson" else "A field over time", force=force)
    shape = load_surface(file, terminal)
    options, model = asked
    options = options if model is None else _frames_like(model, equation, options, shape)

    start = time.perf_counter()
    with terminal.progress(f"{equation} on {shape.name}") as progress:
        result = solve_equation(equation, shape, options, progress=progress)
    elapsed = time.perf_counter() - start
    series = result.value
    write_field(output, series, shape, force=force)
    terminal.warn(series.metadata.get("notes", ()))
    terminal.wrote(output, f"{len(series.times)} frames of {', '.join(series.names)} on {shape.name}")
    facts = field_facts(result, elapsed)
    terminal.rows(_in_words(facts))
    terminal.next(f"geomlearn render {file} --field {shown(output)} -o {equation}.png")
    terminal.finish({"file": file, "output": output, "equation": equation, **facts, "metadata": series.metadata})
    open_window(view, [file, output])
    return CANCELLED if result.status is Status.CANCELLED else DONE


def _frames_like(model: Path, equation: str, options: EquationOptions, shape: Any) -> EquationOptions:
    """The options whose frames a model of `train rollout` continues."""
    from geomlearn.core.errors import ParameterError
    from geomlearn.operators.fields.discrete.domain import build_domain
    from geomlearn.operators.sequence.model_files import load_sequence_model
    from geomlearn.operators.sequence.rollout.model import RolloutModel
    from geomlearn.operators.sequence.rollout.pacing import frames_like

    loaded, _ = load_sequence_model(model)
    if not isinstance(loaded, RolloutModel):
        raise ParameterError(f"{model.name} continues no fields.", "Give a model of `geomlearn train rollout`.")
    if not isinstance(options, EvolutionOptions):
        raise ParameterError(f"{equation} has no frames.", "Leave --frames-like out.")
    return frames_like(loaded.equation, loaded.pace, equation, options, build_domain(shape).radius)


def field_facts(result: Result[Any], elapsed: float) -> dict[str, Any]:
    """What a field is, for people and programs alike."""
    series = result.value
    return {
        "names": list(series.names),
        "frames": len(series.times),
        "vertices": series.n_vertices,
        "t_end": float(series.times[-1]),
        "minimum": float(series.values[-1].min()),
        "maximum": float(series.values[-1].max()),
        "status": str(result.status),
        "sentence": result.sentence,
        "stats": dict(result.stats),
        "time_s": elapsed,
    }


def _in_words(facts: dict[str, Any]) -> dict[str, str | None]:
    return {
        "times": f"0 … {number(facts['t_end'])}" if facts["frames"] > 1 else None,
        "last frame": f"{number(facts['minimum'])} … {number(facts['maximum'])}",
        "status": f"{facts['status']}. {facts['sentence']}".strip(),
        "time": f"{facts['time_s']:.2f} s",
    }


for _equation, _model in EQUATIONS.items():
    _add(_equation, _model)
