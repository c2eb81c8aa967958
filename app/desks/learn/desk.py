"""The learn desk: choose model, data and method; start, pause, change, go on, cancel; look into what learns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from geomlearn.app.desks.learn.choices import Choices, changed_words
from geomlearn.app.desks.learn.curves import draw_curves
from geomlearn.app.desks.learn.layers import draw_layers
from geomlearn.app.desks.learn.method import draw_method
from geomlearn.app.desks.learn.runs import Run, Runs, State, runs_folder
from geomlearn.app.desks.learn.work import SCHEDULE
from geomlearn.app.window.actions.table import Action
from geomlearn.app.window.application import Application
from geomlearn.app.window.desk import Desk
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import GeomError
from geomlearn.operators.models.table import MODELS
from geomlearn.operators.training.options import TrainingOptions

PAGES = ("Train", "Curves", "Layers")


class LearnDesk(Desk):
    """Trainings of operators.

    Attributes
    ----------
    runs     all of this window;  shown, beside  names of the run in focus and of the one laid over it, or "".
    choices  what the next run is made of;  draft  the options a paused run would go on with.
    runs_below  where new runs are kept; None where the person's are.
    page     which of `PAGES` is open;  layer  the weight looked into.
    """

    key = "learn"
    title = "Learn"

    def __init__(self) -> None:
        self.runs = Runs()
        self.choices = Choices()
        self.shown = self.beside = self.layer = ""
        self.draft: TrainingOptions | None = None
        self.runs_below: Path | None = None
        self.page = PAGES[0]
        self._folder = ""

    def findable(self, app: Application) -> Iterable[Action]:
        for row in MODELS:
            run = partial(self.choose_model, key=row.key)
            yield Action(f"model.{row.key}", f"Train: {row.key}", run, words="model operator network learn")

    def choose_model(self, app: Application, key: str) -> None:
        """Show how this model would be trained."""
        self.choices.model = key
        self.shown, self.page = "", PAGES[0]
        app.show_desk(self.key)

    def actions(self) -> tuple[Action, ...]:
        return (
            Action("learn.open", "Learn desk", lambda app: app.show_desk(self.key), ("F4",)),
            Action("learn.compute", "Start training", self.start, ("T",), self.needs),
            Action("learn.pause", "Pause the training, or go on", self.pause_or_resume, ("Y",), self.needs_pause),
            Action("learn.cancel", "Cancel the training for good", self.cancel, (), self.needs_run),
        )

    @property
    def run(self) -> Run | None:
        """The run in focus."""
        return self.runs.named(self.shown)

    # What stands in the way

    def needs(self, app: Application) -> str:
        """Why nothing can be started now."""
        live = next((run for run in self.runs.all if run.state.is_live), None)
        return f"{live.name} is training; pause it first." if live else self.choices.missing()

    def needs_run(self, app: Application) -> str:
        """Why there is nothing to pause, continue or cancel."""
        run = self.run
        if run is None:
            return "There is no training yet. Start one with T."
        if run.state == State.STOPPING:
            return "It is writing its checkpoint."
        if run.state == State.RUNNING:
            return ""
        other = next((one for one in self.runs.all if one.state.is_live), None)
        if other is not None:
            return f"{other.name} is training; pause it first."
        return "" if run.state in (State.PAUSED, State.FAILED) else f"{run.name} is {run.state}."

    def needs_pause(self, app: Application) -> str:
        """Why the training cannot be paused or go on."""
        reason = self.needs_run(app)
        if not reason and self.run is not None and self.run.spec.self_tune:
            return "Knobs that tune themselves keep no checkpoint: let it run, or cancel it."
        return reason

    # The panel

    def draw(self, app: Application, ui: Ui) -> None:
        for run in self.runs.all:
            run.record.refresh()
        run = self.run
        pages = PAGES if run is not None else PAGES[:1]
        self.page = self.page if self.page in pages else pages[0]
        if len(pages) > 1:
            self.page = ui.choice("page", pages, self.page)
            ui.gap(2)
        if run is not None:
            self._draw_run(app, ui, run)
        if self.page == "Train" or run is None:
            self._draw_train(app, ui, run)
            return
        others = [other.name for other in self.runs.all if other is not run]
        if others:
            _, self.beside = ui.combo("Beside", ("", *others), self.beside, labels=("nothing", *others))
        other = self.runs.named(self.beside) if self.beside in others else None
        if self.page == "Curves":
            draw_curves(ui, run, other)
        else:
            self.layer = draw_layers(ui, run, other, self.layer)

    def _draw_run(self, app: Application, ui: Ui, run: Run) -> None:
        """Which run is looked at, where it stands, and what can be done with it."""
        names = [one.name for one in self.runs.all]
        labels = [f"{one.name} · {one.state}" for one in self.runs.all]
        changed, self.shown = ui.combo("Run", names, run.name, labels=labels)
        if changed:
            run, self.draft = self.run, None
        if run.job is not None:
            ui.progress(run.job.fraction, run.job.note or "preparing")
        elif run.sentence:
            ui.faint(run.sentence)
        if run.state.is_live or run.state in (State.PAUSED, State.FAILED):
            reason = self.needs_run(app)
            with columns("run") as next_column:
                words = changed_words(run.training, self.draft) if run.state != State.RUNNING else ""
                label = "Pause" if run.state.is_live else f"Resume{' with changes' if words else ''}"
                pause = self.needs_pause(app)
                if ui.button(label, "pause", primary=not run.state.is_live, reason=pause, width=-1):
                    app.run("learn.pause")
                next_column()
                tip = "Stop for good: the curves stay, the checkpoint goes."
                if ui.button("Cancel", "cancel run", reason=reason, tip=tip, width=-1):
                    app.run("learn.cancel")
            if words:
                ui.faint(f"Goes on with {words}.")
        if run.state == State.DONE and self.page == "Train":
            beside = f", and beside it {SCHEDULE}, which `train --follow` takes" if run.spec.self_tune else ""
            ui.faint(f"The model is in {run.model_file}{beside}.")
        ui.gap(2)

    def _draw_train(self, app: Application, ui: Ui, run: Run | None) -> None:
        if run is not None and run.state in (State.PAUSED, State.FAILED):
            ui.heading("Method of this run")
            self.draft = draw_method(ui, self.draft or run.training, paused=True)
            return
        if run is not None and run.state.is_live:
            ui.heading("Method of this run")
            ui.faint("Pause it to change the optimizer, its rate or a penalty.")
            draw_method(ui, run.training, locked="Pause the training to change this.")
            return
        if ui.button("Start training", "start", primary=True, reason=self.needs(app), width=-1):
            app.run("learn.compute")
        self.choices.draw(ui)
        with ui.section("Look at an earlier run", open_=False) as open_:
            if open_:
                _, self._folder = ui.input_text("Folder of a run", self._folder)
                if ui.button("Open", "open run", reason="" if self._folder else "Type its folder.", width=-1):
                    app.guard("Opening a run", self.open_run)

    # What the buttons do

    def start(self, app: Application) -> None:
        """Start training what is chosen."""
        # What was looked at before is what people want to compare with.
        self.beside = self.shown
        self.shown = self.runs.start(app, self.choices.spec(), self.runs_below or runs_folder()).name
        self.draft, self.page = None, "Curves"

    def pause_or_resume(self, app: Application) -> None:
        """Pause the run in focus, or go on with it."""
        run = self.run
        if run.state == State.RUNNING:
            self.runs.pause(app, run)
            self.draft = None
        else:
            self.runs.resume(app, run, self.draft or run.training)
            self.draft = None

    def cancel(self, app: Application) -> None:
        """Stop the run in focus for good."""
        self.runs.cancel(app, self.run)
        self.draft = None

    def open_run(self) -> None:
        """Show the run of the folder typed."""
        self.shown = self.runs.open(self._folder).name
        self.page = "Curves"

    # Sessions

    def remember(self) -> Mapping[str, Any]:
        return {
            "runs": [str(run.folder) for run in self.runs.all],
            "shown": self.shown,
            "beside": self.beside,
            "choices": self.choices.kept(),
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        for folder in kept.get("runs", ()):
            # A run whose folder is gone is no reason to lose the session.
            with suppress(GeomError):
                self.runs.open(folder)
        self.shown, self.beside = str(kept.get("shown", "")), str(kept.get("beside", ""))
        self.choices = Choices.recalled(kept.get("choices", {}))
