"""The page of films: an orthogonal dictionary that learns localized modes from each moment as it is shown."""

from __future__ import annotations

from collections import deque

import numpy as np

from geomlearn.app.model.cards import method_card
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.items import Layer
from geomlearn.app.model.scene import Scene, unique
from geomlearn.app.model.sensing.film import learner_for, modes_item, seen_by
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.panels.timeline import moving
from geomlearn.app.window.ui import plots
from geomlearn.app.window.ui.cards import draw_card
from geomlearn.app.window.ui.widgets import Ui

MODES = 32
"""Laplacian modes that a moment is written in."""
LAST = 200
"""Moments that the gap is measured on."""


class FilmPanel:
    """Learns while a film plays.

    Attributes
    ----------
    learning  whether it does.
    basis     id of the modes that moments are written in: those there were when learning began.
    frames    the moments learned from, in their order.
    gaps      by number of moments, how far the modes still are from standing still.
    """

    def __init__(self) -> None:
        self.learning = False
        self._begin("")

    def _begin(self, field_id: str) -> None:
        self.field, self.basis = field_id, ""
        self.frames: list[int] = []
        self.gaps: list[tuple[int, float]] = []
        self._last: deque[np.ndarray] = deque(maxlen=LAST)
        self._learner = learner_for()

    def draw(self, app: Application, ui: Ui) -> None:
        ui.faint("While a field plays, local modes are learned from each moment shown; what is kept has a fixed size.")
        draw_card(ui, method_card("online-odl"), "About this method", open_=False)
        field, reason = moving(app), needs(app)
        words = "Stop learning" if self.learning else "Learn while it plays"
        if ui.button(words, "watch", primary=not self.learning, reason=reason, width=-1):
            self.learning = not self.learning
        if field is None or reason:
            return
        if self.field != field.id:
            self._begin(field.id)
        ui.pairs([("moments seen", f"{len(self.frames):,}"), ("steps", f"{self._steps():,}")])
        if not self.gaps:
            ui.faint("Press Space to play the film." if self.learning else "")
            return
        counts, gaps = np.array(self.gaps).T
        with plots.plot(ui, "gap", "moments seen", "Frank–Wolfe gap", height=140) as shown:
            if shown:
                plots.line(ui, "gap", counts, gaps, ui.theme.accent)
        gone = "" if self.basis in app.scene else "The modes that these are made of have been removed: undo that."
        if ui.button("Put the modes on the stage", "modes", reason=gone, width=-1):
            self.put(app)

    def follow(self, app: Application) -> None:
        """Take the moment on the stage in, once, after the frame that shows it."""
        field = moving(app)
        if not self.learning or field is None or field.id != self.field:
            return
        shape = app.scene[field.owner]
        if shape.layer is None or shape.layer.source != field.id:
            return
        frame = field.frame(shape.layer.column)
        if not self.frames or self.frames[-1] != frame:
            app.after_frame(lambda _: self._learn(app.scene, field, frame))

    def _learn(self, scene: Scene, field: FieldItem, frame: int) -> None:
        if field.id != self.field or (self.frames and self.frames[-1] == frame):
            return
        basis = scene.items.get(self.basis)
        if not isinstance(basis, BasisItem):
            # In other modes a moment is other numbers, maybe fewer: what was learned does not go on in them.
            self._begin(field.id)
            basis = film_basis(scene, field.owner)
        if basis is None:
            return
        self.basis = basis.id
        self.frames.append(frame)
        sample = seen_by(basis, field, frame, MODES)
        self._last.append(sample)
        before = self._steps()
        self._learner.partial_fit(sample[None])
        if self._steps() != before:
            self.gaps.append((len(self.frames), self._learner.gap(np.array(self._last))))

    def _steps(self) -> int:
        return int(getattr(self._learner, "n_iter_", 0))

    def put(self, app: Application) -> None:
        """Add what has been learned as a field whose moments are modes."""
        field: FieldItem = app.scene[self.field]
        basis: BasisItem = app.scene[self.basis]
        label = unique(f"{app.scene[field.owner].label} · modes of {field.names[0]}", (one.label for one in app.scene))
        item = modes_item(self._learner, basis, field, label, MODES)
        python = "\n".join(
            [
                "from geomlearn.app.model.sensing.film import show_film_modes",
                f"scene = show_film_modes(scene, {field.label!r}, {basis.label!r}, {tuple(self.frames)!r}, "
                f"k={MODES}, label={label!r})",
            ]
        )
        layer = {field.owner: Layer(source=item.id)}
        if app.do(Add((item,), f"Modes from {len(self.frames):,} moments", Script("", python), layer)):
            self.learning = False
            app.focus_on(item.id)


def film_basis(scene: Scene, owner: str) -> BasisItem | None:
    """The newest basis of a shape."""
    found = scene.children(owner, BasisItem)
    return found[-1] if found else None


def needs(app: Application) -> str:
    """Why nothing can be learned now."""
    field = moving(app)
    if field is None:
        return "Nothing moves: solve an equation on the Fields desk, or drop a field with several moments."
    if field.parameters.get("method") == "online-odl":
        return "These are modes that were learned: show a field to learn from on the shape."
    if film_basis(app.scene, field.owner) is None:
        return "Moments are written in modes of the shape: compute some with S."
    return ""
