"""`geomlearn forecast FIELD`: continue one series by what it shows itself."""

# No postponed annotations here: the signature carries the option model.

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, number, shown, table
from geomlearn.operators.sequence.forecasting.options import ForecastOptions

SUFFIXES = (".npz", ".mat", ".h5", ".hdf5", ".pvd")
_DEFAULTS = ForecastOptions()


def forecast(
    field: Annotated[
        Path,
        Parameter(
            help="A series: of `solve`, arrays vertices, faces, values (t, n), or on a grid values (t, ...grid).",
            metavar="FIELD",
        ),
    ],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="File to write: .npz, .mat, .h5 or .pvd.")],
    frames: Annotated[int, Parameter(help="Frames to continue it by.")] = 16,
    options: Annotated[ForecastOptions, flat(ForecastOptions, "Options of the forecast")] = _DEFAULTS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Continue one series of a field on a mesh, a cloud or a grid, untrained.

    Standing still, several dynamic mode decompositions and a sparse rule are
    asked for parts of the past by what was before them; the table says how
    well each did. The best is fitted to all frames. Where it leaves what was
    seen, it is led back to the last frame, and that is said.
    """
    terminal = common.terminal()
    target = claim(output, SUFFIXES, "A field over time", force=force)

    from geomlearn.core.arrays import read_arrays

    # A series of several times on a grid holds no vertices.
    on_grid = field.suffix.lower() != ".pvd" and "vertices" not in read_arrays(field)[0]
    compute = _on_grid if on_grid else _on_shape
    stats, sentence, last = compute(field, target, frames, options, force, terminal)
    terminal.wrote(target, f"{frames} frames after t = {number(last)}, by {stats['method']}")
    _tell(stats, sentence, terminal)
    if not on_grid:
        terminal.next(f"geomlearn render {field} --field {shown(target)} -o forecast.png")
    terminal.finish({"output": target, "frames": frames, "sentence": sentence, **stats})
    return DONE


def _on_shape(
    field: Path, target: Path, frames: int, options: ForecastOptions, force: bool, terminal: Terminal
) -> tuple[dict[str, Any], str, float]:
    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.operators.sequence.forecasting.forecast import forecast_series
    from geomlearn.operators.sequence.rollout.series_set import read_field_and_shape

    series, shape = read_field_and_shape(field)
    with terminal.progress(f"{frames} frames") as progress:
        result = forecast_series(series, shape, frames, options, progress=progress)
    write_field(target, result.value, shape, force=force)
    return dict(result.stats), result.sentence, float(series.times[-1])


def _on_grid(
    field: Path, target: Path, frames: int, options: ForecastOptions, force: bool, terminal: Terminal
) -> tuple[dict[str, Any], str, float]:
    import numpy as np

    from geomlearn.core.arrays import write_arrays
    from geomlearn.operators.sequence.forecasting.forecast import forecast_grid
    from geomlearn.operators.sequence.forecasting.grid_files import read_grid_series

    times, values = read_grid_series(field)
    with terminal.progress(f"{frames} frames") as progress:
        result = forecast_grid(values, frames, options, progress=progress)
    after = times[-1] + (times[-1] - times[0]) / (len(times) - 1) * np.arange(1, frames + 1)
    about = {"method": f"{result.stats['method']} of the series itself"}
    write_arrays(target, {"times": after, "values": result.value}, about, force=force)
    return dict(result.stats), result.sentence, float(times[-1])


def _tell(stats: dict[str, Any], sentence: str, terminal: Terminal) -> None:
    grid = table("method", f"relative L2, {stats['held']} frames foretold", "seconds", right=("seconds",))
    for row in stats["candidates"]:
        told = "dropped: " + row["dropped"] if row["error"] is None else number(row["error"])
        grid.add_row(row["name"], told, number(row["time_s"]))
    terminal.show(grid)
    own = next(row for row in stats["candidates"] if row["name"] == stats["method"])
    still = next(row for row in stats["candidates"] if row["name"] == "persistence")
    if stats["left"] is not None:
        terminal.warn([sentence])
    if stats["method"] != "persistence" and own["error"] is not None and own["error"] > still["error"]:
        terminal.warn([f"On the past {stats['method']} was no better than leaving the field as it is."])
