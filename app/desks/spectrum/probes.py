"""The probe playground: functions of a family on the shape, and the basis that such functions ask for."""

from __future__ import annotations

from typing import Any

import numpy as np

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import ValuesItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import call_script, first_layer, identifier, result_item
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.options import ProbeOptions

_ROOM = "geomlearn.spectral.learned_eigenbasis.of_shape"
SAMPLE, INDUCE = f"{_ROOM}:sample_probes", f"{_ROOM}:induced_basis"
_N_SHOWN, _K = 8, 20
# What each family is made of; the rest would be knobs without effect.
_KNOBS = {
    "self-tuned": ("smoothing", "n_neighbours"),
    "reference": ("n_steps",),
    "schrodinger": ("potential_weight", "n_steps"),
    "hadamard": (),
    "polynomial": ("degree",),
}


class ProbePanel:
    """Asks for probes and for the bases they induce, and keeps what was chosen."""

    def __init__(self) -> None:
        self.options = ProbeOptions()

    def draw(self, app: Application, ui: Ui, shape: ShapeItem) -> None:
        """The family, its knobs, and two buttons."""
        ui.faint("Choosing random functions is choosing an operator: its modes rebuild them best.")
        shown = ("probes", *_KNOBS[self.options.probes])
        self.options = draw_options(ui, self.options, skip=[n for n in ProbeOptions.model_fields if n not in shown])
        potential = colours(app, shape)
        reason = ""
        if self.options.probes == "schrodinger":
            ui.faint("The potential is what the shape's colours show now.")
            reason = "" if potential is not None else "Colour the shape with a function first."
        busy = "This is being computed." if app.busy(SAMPLE) or app.busy(INDUCE) else reason
        if ui.button(f"Show {_N_SHOWN} probes", "show probes", reason=busy):
            self.ask(app, shape, SAMPLE, (_N_SHOWN,), potential)
        if ui.button(f"Their best {_K} modes", "induce", reason=busy, tip="In closed form, without a network"):
            self.ask(app, shape, INDUCE, (_K,), potential)

    def ask(
        self, app: Application, shape: ShapeItem, target: str, numbers: tuple[int, ...], potential: np.ndarray | None
    ) -> None:
        """Ask a worker for probes or for the basis they induce."""
        options = self.options
        given: dict[str, Any] = {"potential": potential} if options.probes == "schrodinger" else {}
        what = "Probes" if target == SAMPLE else "Modes of probes"
        app.submit(
            f"{what} on {shape.label}",
            target,
            shape.shape,
            options,
            *numbers,
            on_result=lambda result: self.arrived(app, shape.id, target, options, result),
            **given,
        )

    def arrived(self, app: Application, shape_id: str, target: str, options: ProbeOptions, result: Any) -> None:
        """Put probes, or a basis, on the stage."""
        if shape_id not in app.scene:
            raise ParameterError("The shape of these functions has been removed meanwhile.", "Undo, then ask again.")
        shape = app.scene[shape_id]
        name = identifier(shape.label)
        if isinstance(result, Basis):
            label = f"{shape.label} · {options.probes} probes {result.k}"
            item = result_item(result, [shape], label=label)
            module, function = target.split(":")
            show = {"on": shape.label, "label": label}
            python = (
                ""
                if options.probes == "schrodinger"
                else call_script(module, function, [name], options, f"{name}_induced", show)
            )
        else:
            names = tuple(f"probe {i + 1} of {options.probes}" for i in range(len(result)))
            label = f"{options.probes} probes on {shape.label}"
            item = ValuesItem(label=label, owner=shape.id, values=result, names=names, style="symmetric")
            python = ""
        if app.do(Add((item,), label, Script("", python), first_layer(item))):
            app.focus_on(item.id)


def colours(app: Application, shape: ShapeItem) -> np.ndarray | None:
    """(n,) the numbers that colour a shape now, or None."""
    if shape.layer is None or shape.layer.source not in app.scene:
        return None
    paint = app.scene[shape.layer.source].paint(app.scene, shape, shape.layer.column)
    if paint is None or paint.values.ndim != 1 or not np.isfinite(paint.values).all():
        return None
    return np.asarray(paint.values, float)
