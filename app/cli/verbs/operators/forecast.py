"""`geomlearn forecast FIELD`: continue one series by what it shows itself."""

# No postponed annotations here: the signature carries the option model.

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, shown, table
from geomlearn.operators.sequence.rollout.options import ForecastOptions

SUFFIXES = (".npz", ".mat", ".h5", ".hdf5", ".pvd")
_DEFAULTS = ForecastOptions()


def forecast(
    field: Annotated[
        Path,
        Parameter(help="A series on its shape: of `solve`, or arrays vertices, faces, values (t, n).", metavar="FIELD"),
    ],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="File to write: .npz, .mat, .h5 or .pvd.")],
    frames: Annotated[int, Parameter(help="Frames to continue it by.")] = 16,
    options: Annotated[ForecastOptions, flat(ForecastOptions, "Options of the forecast")] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Continue one series of a field on a shape, without a trained model.

    Dynamic mode decomposition and the rule are fitted to the series itself.
    How well each foretells the last fifth of the frames is printed, beside
    leaving the field as it is.
    """
    terminal = common.terminal()
    target = claim(output, SUFFIXES, "A field over time", force=force)

    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.operators.sequence.rollout.own_series import forecast_series
    from geomlearn.operators.sequence.rollout.series_set import read_field_and_shape

    series, shape = read_field_and_shape(field)
    with terminal.progress(f"{frames} frames") as progress:
        result = forecast_series(series, shape, frames, options, progress=progress)
    write_field(target, result.value, shape, force=force)
    stats = result.stats
    terminal.wrote(target, f"{frames} frames after t = {number(float(series.times[-1]))}, by {stats['method']}")
    grid = table("method", f"relative L2 over the last {stats['held']} frames", right=())
    for name, error in sorted(stats["errors"].items(), key=lambda pair: (pair[1] is None, pair[1])):
        grid.add_row(name, "cannot be fitted" if error is None else number(error))
    terminal.show(grid)
    terminal.rows({"beyond the modes": f"{number(stats['missed'])} of the field, which no forecast here can hold"})
    still, own = stats["errors"]["persistence"], stats["errors"][stats["method"]]
    if own is None or (still is not None and own > still):
        terminal.warn([f"Over the last frames {stats['method']} was no better than leaving the field as it is."])
    terminal.next(f"geomlearn render {field} --field {shown(target)} -o forecast.png")
    terminal.finish({"output": target, "frames": frames, **stats})
    return DONE
