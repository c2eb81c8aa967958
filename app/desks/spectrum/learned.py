"""A basis from a network that reads bare points, beside the computed ones; and what it takes points to weigh."""

from __future__ import annotations

import shlex
from typing import cast

from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import BasisItem, ValuesItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import call_script, first_layer, identifier, result_item
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.learned_eigenbasis.options import LearnedOptions

LEARN = "geomlearn.spectral.learned_eigenbasis.of_shape:learned_basis"
_FIT_ONLY = tuple(name for name in LearnedOptions.model_fields if name not in ("network", "k", "refine", "eigenvalues"))


class LearnedPanel:
    """Asks for learned bases, and keeps what was chosen."""

    def __init__(self) -> None:
        self.options = LearnedOptions()

    def draw(self, app: Application, ui: Ui, shape: ShapeItem, basis: BasisItem | None) -> None:
        """Which network, how many modes, the button; and the masses of the basis in focus."""
        fits = self.options.network == "fit"
        skip = () if fits else _FIT_ONLY
        self.options = draw_options(ui, self.options, first=("network", "k", "refine"), skip=skip)
        reason = "This is being computed." if app.busy(LEARN) else ""
        wait = app.will_take(LEARN, shape.shape, self.options)
        words = f"{'Fit' if fits else 'Predict'} {self.options.k} modes{wait}"
        if ui.button(
            words, "learn basis", reason=reason, width=-1, tip="From the points alone; faces are only sampled"
        ):
            self.learn(app, shape)
        if basis is None:
            return
        if ui.link("Show the masses as colours", "masses", tip="What each point stands for in this basis"):
            show_masses(app, shape, basis)

    def learn(self, app: Application, shape: ShapeItem) -> None:
        """Ask a worker for the basis; it arrives as a new item."""
        options = self.options
        app.submit(
            f"{options.k} learned modes of {shape.label}",
            LEARN,
            shape.shape,
            options,
            on_result=lambda basis: self.arrived(app, shape.id, options, basis),
        )

    def arrived(self, app: Application, shape_id: str, options: LearnedOptions, basis: Basis) -> None:
        """Put a learned basis on the stage and show its first mode."""
        if shape_id not in app.scene:
            raise ParameterError("The shape of this basis has been removed meanwhile.", "Undo, then ask again.")
        shape = app.scene[shape_id]
        label = f"{shape.label} · {'fitted' if options.network == 'fit' else 'learned'} {basis.k}"
        item = result_item(basis, [shape], label=label, parameters=options.model_dump())
        name = identifier(shape.label)
        module, function = LEARN.split(":")
        show = {"on": shape.label, "label": label}
        python = call_script(module, function, [name], options, f"{name}_learned", show, tell=True)
        made = Script(shell_line(shape, cast(BasisItem, item), f"{name}.npz"), python)
        if app.do(Add((item,), f"{basis.k} learned modes of {shape.label}", made, first_layer(item))):
            app.focus_on(item.id)
            for note in basis.metadata.get("notes", ()):
                app.notices.news(note)


def is_learned(basis: BasisItem) -> bool:
    """Whether a basis came from here."""
    return "network" in basis.parameters


def shell_line(shape: ShapeItem, basis: BasisItem, path: str) -> str:
    """The same on the command line."""
    options = LearnedOptions(**basis.parameters)
    given = options.model_dump(exclude_defaults=True, exclude={"network", "k"})
    fit = "fit " if options.network == "fit" else ""
    flags = "".join(f"--{key.replace('_', '-')}{'' if value is True else f' {value}'} " for key, value in given.items())
    source = shlex.quote(shape.source or shape.label)
    return f"geomlearn basis {source} -k {basis.basis.k} --learned {fit}{flags}-o {shlex.quote(path)}"


def show_masses(app: Application, shape: ShapeItem, basis: BasisItem) -> None:
    """Colour the shape with the masses of a basis, relative to their mean."""
    mass = basis.basis.mass / basis.basis.mass.mean()
    names = ("mass relative to the mean",)
    item = ValuesItem(label=f"masses of {basis.label}", owner=shape.id, values=mass[None], names=names)
    name = identifier(basis.label)
    python = f"masses = {name}.mass / {name}.mass.mean()"
    app.do(Add((item,), f"Masses of {basis.label}", Script("", python), first_layer(item)))
