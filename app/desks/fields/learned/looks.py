"""Looking at a model's answer: how wrong it is, at which frequencies, and what its blocks do."""

from __future__ import annotations

import numpy as np

from geomlearn.app.desks.fields.learned.items import tokens_of
from geomlearn.app.model.commands import change
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.widgets import Ui

_CHANNELS = 24


def draw_looks(app: Application, ui: Ui, answer: FieldItem, block: str) -> str:
    """All of it, of the sample on the stage; returns the block whose maps are shown."""
    _errors(app, ui, answer)
    _spectrum(app, ui, answer)
    _tokens(app, ui, answer)
    return _maps(ui, answer, block)


def _sample(app: Application, answer: FieldItem) -> int:
    """Which of the samples is on the stage, whatever of it is shown."""
    for shape in app.scene.of(ShapeItem):
        source = app.scene.items.get(shape.layer.source) if shape.layer else None
        if isinstance(source, FieldItem) and source.owner == answer.owner:
            return source.frame(shape.layer.column)
    return 0


def _errors(app: Application, ui: Ui, answer: FieldItem) -> None:
    residual = next((item for item in app.scene.children(answer.owner, FieldItem) if item.role == "residual"), None)
    if residual is None:
        return
    errors, at = residual.curves["relative error"], _sample(app, answer)
    ui.pairs(
        [
            ("model", str(answer.parameters["learned"])),
            ("relative error of this sample", f"{errors[min(at, len(errors) - 1)]:.3g}"),
            ("mean and worst of all", f"{np.mean(errors):.3g}, {np.max(errors):.3g}"),
        ]
    )


def _spectrum(app: Application, ui: Ui, answer: FieldItem) -> None:
    """Energy of the truth and of the error, frequency by frequency, of the sample on the stage."""
    waves = np.asarray(answer.parameters["waves"])
    if not waves.size:
        return
    at = _sample(app, answer)
    with ui.section("Which frequencies are wrong") as open_:
        if not open_:
            return
        lines = [np.asarray(answer.parameters[name])[at] for name in ("truth_energy", "error_energy")]
        top = max(float(lines[0].max()), 1e-300)
        truth, error = (np.log10(np.maximum(one / top, 1e-12)) for one in lines)
        name = "wave number" if np.all(waves == np.rint(waves)) else "square root of the eigenvalue"
        with plots.plot(ui, "spectrum", name, "log10 energy", height=170) as drawn:
            if drawn:
                plots.line(ui, "truth", waves, truth, ui.theme.accent)
                plots.line(ui, "error", waves, error, plots.SECOND)
        plots.key(ui, (ui.theme.accent, "truth"), (plots.SECOND, "error"))


def _tokens(app: Application, ui: Ui, answer: FieldItem) -> None:
    """Colour the answer's picture by the token that each point reads most."""
    tokens = tokens_of(app.scene, answer)
    if tokens is None:
        return
    with ui.section("Tokens") as open_:
        if not open_:
            return
        shape = app.scene[answer.owner]
        now = shape.layer.source if shape.layer else ""
        scale = tokens.component(shape.layer.column) + 1 if now == tokens.id else 0
        names = ["answer", *(f"scale {number + 1}" for number in range(len(tokens.names)))]
        chosen = names.index(ui.choice("tokens", names, names[scale]))
        if chosen != scale:
            frame = _sample(app, answer)
            source, column = (answer, frame) if chosen == 0 else (tokens, (chosen - 1) * len(tokens.times) + frame)
            app.do(change(shape.id, f"Colour by {names[chosen]}", layer=Layer(source=source.id, column=column)))
        ui.faint("Each point takes the colour of the token of its patch that it reads most.")


def _maps(ui: Ui, answer: FieldItem, block: str) -> str:
    """What a block does to the value of a token, one line per channel; returns the block chosen."""
    maps = answer.parameters["maps"]
    if not maps:
        return block
    with ui.section("Learned scalar maps") as open_:
        if not open_:
            return block
        block = ui.choice("block", list(maps), block if block in maps else next(iter(maps)))
        before, after = (np.asarray(maps[block][key]) for key in ("before", "after"))
        with plots.plot(ui, "maps", "token before", "gained", height=170) as drawn:
            if drawn:
                for channel, values in enumerate(after[:_CHANNELS]):
                    plots.line(ui, f"channel {channel}", before, values - before, ui.theme.accent, weight=1.0)
        ui.faint(f"What {min(len(after), _CHANNELS)} of {len(after)} channels gain, over the values of this sample.")
    return block
