"""The widgets of the page of trained operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from app.desks.fields.learned.items import shown, tokens_of
from app.model.commands import change
from app.model.computed import FieldItem
from app.model.items import Layer, ShapeItem
from app.model.scene import unique
from app.model.texts import Script
from app.window.application import Application
from app.window.ui import plots
from app.window.ui.widgets import Ui
from operators.models.shipped import PREFIX, SHIPPED

INSPECT = "operators.inspection.inspect:inspect"
_FILE = "a file"
_CHANNELS = 24


@dataclass
class Learned:
    """The person's choice.

    Attributes
    ----------
    model    a shipped model's ``shipped:NAME``, or "a file".
    path     of the model, when it is a file.
    samples  folder or file of samples; empty for new ones.
    surface  which of the places that the samples lie on.
    seed     of new samples.
    block    whose scalar maps are shown.
    """

    model: str = PREFIX + SHIPPED[0].key if SHIPPED else _FILE
    path: str = ""
    samples: str = ""
    surface: int = 0
    seed: int = 1
    block: str = "block 1"

    def source(self) -> str:
        """The model as `load_operator` takes it."""
        return self.path.strip() if self.model == _FILE else self.model

    def missing(self) -> str:
        """Why nothing can be asked yet, as a sentence, or nothing."""
        if not self.source():
            return "Type the path of a model that `geomlearn train` wrote."
        if self.model == _FILE and not self.samples.strip():
            return "Type the folder of samples to ask about."
        return ""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def recalled(cls, kept: Mapping[str, Any]) -> Learned:
        return cls(**{f.name: kept[f.name] for f in fields(cls) if f.name in kept})


def needs_model(app: Application, learned: Learned) -> str:
    """Why no model can be asked now."""
    return learned.missing() or ("A model is being asked." if app.busy(INSPECT) else "")


def draw_learned(app: Application, ui: Ui, learned: Learned, answer: FieldItem | None) -> None:
    """Choose and ask; below, what came of it where the field in focus is an answer."""
    names = [PREFIX + row.key for row in SHIPPED]
    titles = [row.title for row in SHIPPED]
    _, learned.model = ui.combo("Model", [*names, _FILE], learned.model, labels=[*titles, "A file…"])
    if learned.model == _FILE:
        _, learned.path = ui.input_text("Model file", learned.path, hint="model.safetensors")
    _, learned.samples = ui.input_text("Samples", learned.samples, hint="folder or file; new ones when empty")
    if not learned.samples.strip() and learned.model != _FILE:
        _, learned.seed = ui.slider_int("Seed of the new samples", learned.seed, 1, 99)
    n_surfaces = int(answer.parameters["n_surfaces"]) if answer is not None else 1
    if n_surfaces > 1:
        _, learned.surface = ui.slider_int("Shape of the samples", learned.surface, 0, n_surfaces - 1)
    if ui.button("Ask the model", "ask", primary=True, reason=needs_model(app, learned), width=-1):
        app.run("fields.ask")
    if answer is None:
        ui.faint(
            "Input, answer, truth and their difference then stand side by side; the timeline goes through samples."
        )
        return
    _errors(app, ui, answer)
    _spectrum(app, ui, answer)
    _tokens(app, ui, answer)
    _maps(ui, learned, answer)


def ask(app: Application, learned: Learned) -> None:
    """Run the model in a worker and put what it says on the stage."""
    model, given = learned.source(), learned.samples.strip()

    def arrived(seen) -> None:
        label = unique(model.removeprefix(PREFIX).rpartition("/")[2], (item.label for item in app.scene))
        call = f"inspect({model!r}, {given!r}, surface={learned.surface}, seed={learned.seed})"
        script = Script("", f"from operators.inspection.inspect import inspect\nseen = {call}")
        step, answer = shown(seen, model, label, script)
        if app.do(step):
            app.focus = answer.id
            app.view_wanted = "front"

    app.submit(f"Ask {model}", INSPECT, model, given, surface=learned.surface, seed=learned.seed, on_result=arrived)


def is_answer(item: object) -> bool:
    """Whether a field is a model's answer."""
    return isinstance(item, FieldItem) and "learned" in item.parameters


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


def _maps(ui: Ui, learned: Learned, answer: FieldItem) -> None:
    """What a block does to the value of a token, one line per channel."""
    maps = answer.parameters["maps"]
    if not maps:
        return
    with ui.section("Learned scalar maps") as open_:
        if not open_:
            return
        learned.block = ui.choice("block", list(maps), learned.block if learned.block in maps else next(iter(maps)))
        before, after = (np.asarray(maps[learned.block][key]) for key in ("before", "after"))
        with plots.plot(ui, "maps", "token before", "gained", height=170) as drawn:
            if drawn:
                for channel, values in enumerate(after[:_CHANNELS]):
                    plots.line(ui, f"channel {channel}", before, values - before, ui.theme.accent, weight=1.0)
        ui.faint(f"What {min(len(after), _CHANNELS)} of {len(after)} channels gain, over the values of this sample.")
