"""The page that places: which modes, which law, how many, where they must and may not be."""

from __future__ import annotations

from geomlearn.app.desks.sense.choices import LAPLACIAN, Choice, current_sensors, fields_on
from geomlearn.app.desks.sense.demanding import draw_demands, fault
from geomlearn.app.desks.sense.work import PLACE
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.sensing.items import SensorsItem
from geomlearn.app.model.sensing.readings import label_list
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.sensing.placement.options import PlacementOptions

MOST = 2000
"""Sensors on the slider; the command line takes more."""
LAWS = {
    "rdpp": "repeated DPP",
    "vol": "volume-rescaled",
    "dpp": "one DPP",
    "iid": "optimal, independent",
    "qdeim": "Q-DEIM",
    "fps": "farthest points",
    "uniform": "uniform",
}


def draw_placing(app: Application, ui: Ui, shape: ShapeItem, choice: Choice) -> None:
    """Everything above the sensors themselves."""
    fields = fields_on(app, shape)
    ids, labels = label_list(fields)
    if choice.modes not in (LAPLACIAN, *ids):
        choice.modes = LAPLACIAN
    with columns("what") as next_column:
        tip = "What the field is made of: smooth modes of the shape, or the main directions of fields like it."
        names = ("the shape", *(f"fields of {one}" for one in labels))
        _, choice.modes = ui.combo("Modes of", (LAPLACIAN, *ids), choice.modes, labels=names, tip=tip)
        next_column()
        law = PlacementOptions.model_fields["law"].description or ""
        _, chosen = ui.combo("Law", list(LAWS), choice.options.law, labels=list(LAWS.values()), tip=law)
        choice.options = choice.options.replace(law=chosen)
    most = min(shape.shape.n_vertices - 1, 500)
    if choice.modes:
        most = min(most, len(app.scene[choice.modes].times))
    with columns("numbers") as next_column:
        _, choice.k = ui.slider_int("modes", min(choice.k, most), 1, most, tip="How many the field is looked for in.")
        next_column()
        n = choice.options.n
        _, n = ui.slider_int("sensors", min(n, MOST), 1, min(MOST, shape.shape.n_vertices), tip="How many to place.")
        choice.options = choice.options.replace(n=n)
    with ui.section("More options", open_=False) as shown:
        if shown:
            choice.options = draw_options(ui, choice.options, skip=("n", "law", "repeats", "cost_weight"))
    draw_demands(app, ui, shape, choice)
    wait = app.will_take(PLACE, shape.shape, PlacementOptions())
    if ui.button(
        f"Place {choice.options.n} sensors{wait}", "compute", primary=True, reason=needs(app, choice), width=-1
    ):
        app.run("sense.compute")


def needs(app: Application, choice: Choice) -> str:
    """Why nothing can be placed now."""
    if app.shape is None:
        return "Open a shape first."
    return "Sensors are being placed." if app.busy(PLACE) else choice.missing() or fault(app, app.shape, choice)


def draw_promise(app: Application, ui: Ui, sensors: SensorsItem) -> None:
    """What the sensors promise: numbers, and λ_min as their number grows."""
    safe = "" if sensors.lambda_min >= 0.5 else " · below what is safe"
    ui.pairs(
        [
            ("sensors, modes", f"{len(sensors.vertices)}, {sensors.k}"),
            ("λ_min", f"{sensors.lambda_min:.3f}{safe}"),
            ("condition", f"{sensors.condition:.3g}"),
            ("expected error", f"{sensors.error_factor:.3g} × the best of these modes"),
            ("noise", f"{sensors.noise_gain:.3g} in the field for 1 in a reading"),
        ]
    )
    if len(sensors.climb) > 1:
        counts, values = sensors.climb.T
        limits = (float(counts[0]), float(counts[-1]), 0.0, 1.05 * max(1.0, float(values.max())))
        with plots.plot(ui, "lambda", "the first so many sensors", "λ_min", height=130, limits=limits) as shown:
            if shown:
                plots.line(ui, "safe", counts[[0, -1]], values[[0, -1]] * 0 + 0.5, ui.theme.faint, weight=1.0)
                plots.line(ui, "lambda", counts, values, ui.theme.accent, dots=len(counts) < 40)


def sensors_here(app: Application) -> str:
    """Why nothing can be done with sensors now."""
    return "" if current_sensors(app) else "There are no sensors yet: place them first."
