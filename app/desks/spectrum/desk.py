"""The spectrum desk: compute bases, walk their modes, compare them, rebuild the shape from them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any, cast

from geomlearn.app.desks.spectrum.comparison import draw_comparison
from geomlearn.app.desks.spectrum.eigenvalues import draw_eigenvalues
from geomlearn.app.desks.spectrum.learned import LearnedPanel, is_learned
from geomlearn.app.desks.spectrum.learned import shell_line as learned_line
from geomlearn.app.desks.spectrum.modes import current_basis, draw_modes, flip, needs_modes, needs_steps, step
from geomlearn.app.desks.spectrum.probes import ProbePanel
from geomlearn.app.desks.spectrum.rebuild import draw_rebuild
from geomlearn.app.desks.spectrum.shape_model import ShapeModelPanel, current_model
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.results import call_script, first_layer, identifier, result_item
from geomlearn.app.model.texts import Script
from geomlearn.app.window.actions.table import Action, needs_shape
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk
from geomlearn.app.window.panels.export import ExportBox
from geomlearn.app.window.panels.tree.look import turn_to
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.compare import Comparison
from geomlearn.spectral.options import EigenbasisOptions

COMPUTE = "geomlearn.spectral.eigenbasis:eigenbasis"
COMPARE = "geomlearn.spectral.compare:compare_bases"
WRITE = "geomlearn.spectral.basis_files:write_basis"


class SpectrumDesk(Desk):
    """Bases of the shape in focus."""

    key = "spectrum"
    title = "Spectrum"

    def __init__(self) -> None:
        self.options = EigenbasisOptions(k=100)
        self.other = ""
        self.learned, self.probes, self.shape_model = LearnedPanel(), ProbePanel(), ShapeModelPanel()
        self.comparisons: dict[tuple[str, str], Comparison | None] = {}
        self._export = ExportBox("basis", WRITE, (".npz", ".mat", ".h5", ".vtp"))

    def findable(self, app: Application) -> Iterable[Action]:
        def show(app: Application) -> None:
            app.show_desk(self.key)

        yield Action("spectrum.learned", "Learned basis", show, words="neural predicted eigenbasis spectrum")
        yield Action("spectrum.probes", "Probes of a learned basis", show, words="functions test")
        yield Action("spectrum.rebuild", "Rebuild from the first modes", show, words="reconstruct low pass compression")
        yield Action("spectrum.model", "Move along a shape model", show, words="morphometrics pca modes mean play")
        yield Action("spectrum.export", "Export a basis", show, words="write save eigenvectors eigenvalues")
        repair = "mend fix holes duplicates check health mesh"
        scan = "outliers strays noise smooth decimate remesh scan fill holes weld"
        yield Action("spectrum.clean", "Clean a shape", _to_cleaning, when=needs_shape, words=scan)
        yield Action("spectrum.repair", "Check and repair a shape", _to_shape, when=needs_shape, words=repair)

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("spectrum.open", "Spectrum desk", lambda app: app.show_desk(self.key), ("F1",)),
            Action("spectrum.compute", "Compute the spectral basis", self.compute, ("S",), needs_shape),
            Action("spectrum.next", "Next mode or moment", lambda app: step(app, 1), ("Right",), needs_steps),
            Action("spectrum.previous", "Previous mode or moment", lambda app: step(app, -1), ("Left",), needs_steps),
            Action("spectrum.more", "More modes", lambda app: self.scale_k(1.25), ("]",)),
            Action("spectrum.fewer", "Fewer modes", lambda app: self.scale_k(0.8), ("[",)),
            Action("spectrum.flip", "Flip the sign of this mode", flip, ("X",), needs_modes),
        )

    def draw(self, app: Application, ui: Ui) -> None:
        shape = app.shape
        if shape is None:
            ui.faint("Open a shape first: drop a file, or press Ctrl+O.")
            return
        ui.heading(shape.label)
        self.options = draw_options(ui, self.options, first=("k", "laplacian"))
        reason = "This is being computed." if app.busy(COMPUTE) else ""
        k = min(self.options.k, max_modes(shape))
        wait = app.will_take(COMPUTE, shape.shape, self.options.replace(k=k))
        if ui.button(f"Compute {k} modes{wait}", "compute", primary=True, reason=reason, width=-1):
            app.run("spectrum.compute")
        basis = current_basis(app)
        with ui.section("Learned basis", open_=False) as shown:
            if shown:
                self.learned.draw(app, ui, shape, basis)
        with ui.section("Probes", open_=False) as shown:
            if shown:
                self.probes.draw(app, ui, shape)
        model = current_model(app)
        if model is not None:
            with ui.section("Shape model") as shown:
                if shown:
                    self.shape_model.draw(app, ui, model)
        if basis is None:
            ui.gap()
            ui.faint("No basis yet. Compute one with S, or drop a file that holds one.")
        else:
            self._draw_basis(app, ui, shape, basis)

    def _draw_basis(self, app: Application, ui: Ui, shape: ShapeItem, basis: BasisItem) -> None:
        others = [item for item in app.scene.of(BasisItem) if item.id != basis.id]
        other = app.scene.items.get(self.other)
        if not isinstance(other, BasisItem) or other.id == basis.id:
            other = None
        with ui.section("Modes") as shown:
            if shown:
                draw_modes(app, ui, basis)
        with ui.section("Eigenvalues") as shown:
            if shown:
                if others:
                    ids = ("", *(item.id for item in others))
                    labels = ("nothing", *(item.label for item in others))
                    _, self.other = ui.combo("Beside", ids, self.other, labels=labels)
                draw_eigenvalues(app, ui, basis, other)
        if other is not None and other.owner == basis.owner:
            with ui.section("Comparison") as shown:
                if shown:
                    draw_comparison(app, ui, basis, other, self.comparison(app, basis, other))
        with ui.section("Rebuild from the first modes", open_=False) as shown:
            if shown:
                draw_rebuild(app, ui, shape, basis)
        with ui.section("Export", open_=False) as shown:
            if shown:
                args = (basis.signed(), shape.shape)
                self._export.draw(app, ui, identifier(basis.label), args, Script(shell_line(shape, basis, "PATH")))

    # What the buttons do

    def compute(self, app: Application) -> None:
        """Compute a basis of the shape in focus, as a new item."""
        shape = app.shape
        options = self.options.replace(k=min(self.options.k, max_modes(shape)))
        app.submit(
            f"{options.k} modes of {shape.label}",
            COMPUTE,
            shape.shape,
            options,
            on_result=lambda basis: self.arrived(app, shape.id, options, basis),
        )

    def arrived(self, app: Application, shape_id: str, options: EigenbasisOptions, basis: Basis) -> None:
        """Put a computed basis on the stage and show its first mode."""
        if shape_id not in app.scene:
            raise ParameterError("The shape of this basis has been removed meanwhile.", "Undo, then compute again.")
        shape = app.scene[shape_id]
        label = f"{shape.label} · {basis.operator or 'basis'} {basis.k}"
        item = result_item(basis, [shape], label=label, parameters=options.model_dump())
        name = identifier(shape.label)
        python = call_script(
            "geomlearn.spectral.eigenbasis",
            "eigenbasis",
            [name],
            options,
            f"{name}_basis",
            {"on": shape.label, "label": label},
            tell=True,
        )
        made = Script(shell_line(shape, cast(BasisItem, item), f"{name}.npz"), python)
        if app.do(Add((item,), f"{basis.k} modes of {shape.label}", made, first_layer(item))):
            app.focus_on(item.id)

    def comparison(self, app: Application, basis: BasisItem, other: BasisItem) -> Comparison | None:
        """What the two say about each other; asked of a worker once, None until it answers."""
        key = (basis.id, other.id)
        if key not in self.comparisons:
            self.comparisons[key] = None
            app.submit(
                f"Compare {basis.label} with {other.label}",
                COMPARE,
                basis.basis,
                other.basis,
                lane="files",
                on_result=lambda result: self.comparisons.__setitem__(key, result),
            )
        return self.comparisons[key]

    def scale_k(self, factor: float) -> None:
        """More or fewer modes the next time."""
        k = self.options.k
        self.options = self.options.replace(k=min(max(round(k * factor), 2), 5000))

    def remember(self) -> Mapping[str, Any]:
        return {"options": self.options.model_dump()}

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.options = EigenbasisOptions(**kept.get("options", {}))


def _to_shape(app: Application) -> None:
    """The findings stand in the Look of the shape."""
    app.focus_on(app.shape.id)
    turn_to(app, "Look")


def _to_cleaning(app: Application) -> None:
    """The steps stand on the page beside the Look."""
    app.focus_on(app.shape.id)
    turn_to(app, "Clean")


def max_modes(shape: ShapeItem) -> int:
    """How many modes a shape can have at most: one less than it has vertices."""
    return max(1, shape.shape.n_vertices - 1)


def shell_line(shape: ShapeItem, basis: BasisItem, path: str) -> str:
    """The same on the command line."""
    if is_learned(basis):
        return learned_line(shape, basis, path)
    given = EigenbasisOptions(**basis.parameters).model_dump(exclude_defaults=True) if basis.parameters else {}
    flags = " ".join(f"--{key.replace('_', '-')} {value}" for key, value in given.items())
    return f"geomlearn basis {shlex.quote(shape.source or shape.label)} {flags} -o {shlex.quote(path)}".replace(
        "  ", " "
    )
