"""What the next run is made of: model, data and method."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geomlearn.app.desks.learn.method import draw_method
from geomlearn.app.desks.learn.records import KNOBS
from geomlearn.app.desks.learn.runs import Spec
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.core.options import Options
from geomlearn.operators.models.table import MODELS, model_named
from geomlearn.operators.training.options import TrainingOptions

EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "darcy": ("Darcy flow on 29 × 29", {"resolution": 85, "stride": 3}),
    "burgers": ("Burgers' equation on a circle", {"resolution": 64, "solver_resolution": 256}),
}
"""Data that is made here, in seconds."""
_FILE = "file"
# Sizes that a processor trains in minutes.
_SMALL: dict[str, dict[str, Any]] = {
    "lsm": {"width": 16, "scales": 3},
    "unet": {"width": 16, "scales": 2},
    "fno": {"width": 16, "modes": 8},
}
_TRAINING = TrainingOptions(epochs=20, batch_size=16, learning_rate=3e-3)


class Choices:
    """The choices, as the person left them."""

    def __init__(self) -> None:
        self.model = "unet"
        self.data = "darcy"
        self.samples = 120
        self.file = ""
        self.training = _TRAINING
        self.self_tune = False
        self.model_options: dict[str, Options] = {}

    def missing(self) -> str:
        """Why nothing can be started, or ""."""
        if self.data == _FILE and not self.file:
            return "Type the folder or file that holds the samples."
        if self.data == _FILE and not Path(self.file).expanduser().exists():
            return "There is nothing at that path."
        return ""

    def spec(self) -> Spec:
        """What a run is started with."""
        given = self.data == _FILE
        options = {} if given else dict(EXAMPLES[self.data][1])
        return Spec(
            model=self.model,
            task="" if given else self.data,
            samples=self.samples,
            data_options=options,
            file=str(Path(self.file).expanduser().absolute()) if given else "",
            model_options=self._options().model_dump(mode="json"),
            training=self.training.model_dump(mode="json"),
            self_tune=",".join(KNOBS) if self.self_tune else "",
        )

    def draw(self, ui: Ui) -> None:
        """The widgets."""
        titles = {**{key: title for key, (title, _) in EXAMPLES.items()}, _FILE: "Samples in a file or folder"}
        _, self.data = ui.combo("Data", list(titles), self.data, labels=list(titles.values()))
        if self.data == _FILE:
            _, self.file = ui.input_text(
                "Path", self.file, tip="A folder that `geomlearn data` made, or a public file."
            )
        else:
            tip = "A fifth of them is kept for judging."
            _, self.samples = ui.slider_int("Samples", self.samples, 20, 2000, tip=tip, log=True)
        rows = [row for row in MODELS if self.data == _FILE or row.kind == "grid"]
        keys = [row.key for row in rows]
        self.model = self.model if self.model in keys else keys[0]
        _, self.model = ui.combo("Model", keys, self.model, labels=[row.title for row in rows])
        with ui.section("Options of the model", open_=False) as shown:
            if shown:
                self.model_options[self.model] = draw_options(ui, self._options())
        tip = "Dropout, noise on inputs and weight decay follow a fifth of the samples while the model trains, by Adam."
        _, self.self_tune = ui.checkbox("Knobs tune themselves", self.self_tune, "self-tune", tip=tip)
        with ui.section("Method") as shown:
            if shown:
                self.training = draw_method(ui, self.training)
        ui.gap(2)

    def _options(self) -> Options:
        if self.model not in self.model_options:
            kind = model_named(self.model).resolve_options()
            self.model_options[self.model] = kind(**_SMALL.get(self.model, {}))
        return self.model_options[self.model]

    def kept(self) -> dict[str, Any]:
        """What a session keeps."""
        options = {key: one.model_dump(mode="json") for key, one in self.model_options.items()}
        training = self.training.model_dump(mode="json")
        return {
            "model": self.model,
            "data": self.data,
            "samples": self.samples,
            "file": self.file,
            "self_tune": self.self_tune,
            "training": training,
            "model_options": options,
        }

    @classmethod
    def recalled(cls, kept: Mapping[str, Any]) -> Choices:
        """From what a session kept; what is not understood stays at its default."""
        choices = cls()
        choices.data = kept.get("data") if kept.get("data") in (*EXAMPLES, _FILE) else choices.data
        choices.samples = min(max(int(kept.get("samples", choices.samples)), 20), 2000)
        choices.file = str(kept.get("file", ""))
        choices.self_tune = kept.get("self_tune") is True
        try:
            choices.training = TrainingOptions(**kept.get("training", {})) if kept.get("training") else choices.training
            for key, values in kept.get("model_options", {}).items():
                choices.model_options[key] = model_named(key).resolve_options()(**values)
            choices.model = model_named(str(kept.get("model", choices.model))).key
        except ParameterError:
            return choices
        return choices


def changed_words(old: TrainingOptions, new: TrainingOptions | None) -> str:
    """What differs, such as "optimizer muon, learning rate 0.01"; empty when nothing does."""
    if new is None:
        return ""
    before = old.model_dump()
    pairs = [(name, value) for name, value in new.model_dump().items() if before[name] != value]
    shown = [f"{name.replace('_', ' ')} {value if value != '' else 'none'}" for name, value in pairs]
    return ", ".join(shown)
