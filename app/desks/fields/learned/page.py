"""The widgets of the page of trained operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from geomlearn.app.desks.fields.learned.items import is_answer, shown
from geomlearn.app.desks.fields.learned.looks import draw_looks
from geomlearn.app.model.computed import FieldItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import identifier
from geomlearn.app.model.scene import unique
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.operators.models.shipped import PREFIX, SHIPPED

if TYPE_CHECKING:
    from geomlearn.operators.inspection.inspect import Inspection

INSPECT = "geomlearn.operators.inspection.inspect:inspect"
INSPECT_ON = "geomlearn.operators.inspection.inspect:inspect_on"
_FILE = "a file"
_HERE = "Asks the model about the first moment of this field, on its own shape, and solves the equation beside it."
_ON_SHAPES = tuple(PREFIX + row.key for row in SHIPPED if row.data[0].endswith("-on-shapes"))


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
    return learned.missing() or ("A model is being asked." if app.busy(INSPECT) or app.busy(INSPECT_ON) else "")


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
    here = _own_field(app) if learned.model in _ON_SHAPES else None
    if here is not None and ui.button(
        f"Continue {here.label}", "ask here", reason=needs_model(app, learned), tip=_HERE, width=-1
    ):
        ask_here(app, learned, here)
    if answer is None:
        ui.faint(
            "Input, answer, truth and their difference then stand side by side; the timeline goes through samples."
        )
        return
    learned.block = draw_looks(app, ui, answer, learned.block)


def ask(app: Application, learned: Learned) -> None:
    """Run the model in a worker and put what it says on the stage."""
    model, given = learned.source(), learned.samples.strip()
    call = f"inspect({model!r}, {given!r}, surface={learned.surface}, seed={learned.seed})"
    python = f"from geomlearn.operators.inspection.inspect import inspect\nseen = {call}"
    _submit(app, model, INSPECT, (model, given), "", python, surface=learned.surface, seed=learned.seed)


def _submit(
    app: Application, model: str, target: str, args: tuple[Any, ...], place: str, python: str, **more: Any
) -> None:
    def arrived(seen: Inspection) -> None:
        name = model.removeprefix(PREFIX).rpartition("/")[2]
        label = unique(f"{name} on {place}" if place else name, (item.label for item in app.scene))
        step, answer = shown(seen, model, label, Script("", python))
        if app.do(step):
            app.focus_on(answer.id)
            app.look("front")

    app.submit(f"Ask {model}", target, *args, on_result=arrived, **more)


def ask_here(app: Application, learned: Learned, field: FieldItem) -> None:
    """Let a model of shapes continue a field on the stage from its first moment."""
    shape: ShapeItem = app.scene[field.owner]
    values = field.values[0] if field.values.ndim == 2 else field.values[0, :, 0]
    start = f"series_of(scene.by_label({field.label!r})).values[0]"
    call = f"inspect_on({learned.model!r}, {identifier(shape.label)}, {start})"
    lines = [
        "from geomlearn.app.model.fields import series_of",
        "from geomlearn.operators.inspection.inspect import inspect_on",
        f"seen = {call}",
    ]
    _submit(app, learned.model, INSPECT_ON, (learned.model, shape.shape, values), shape.label, "\n".join(lines))


def _own_field(app: Application) -> FieldItem | None:
    """A solution on the shape in focus that is no model's answer."""
    on_shape = app.scene.children(app.shape.id, FieldItem) if app.shape else []
    found = [item for item in on_shape if item.role == "solution" and not is_answer(item)]
    return found[-1] if found else None
