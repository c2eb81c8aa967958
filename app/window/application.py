"""The one object that everything in the window hangs on: model, jobs, actions, desks, messages."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from geomlearn.app.jobs.estimates import Estimates, duration_words
from geomlearn.app.jobs.job import Job, State
from geomlearn.app.jobs.memory import free_bytes, size_words
from geomlearn.app.jobs.runner import Runner
from geomlearn.app.model.commands import Command
from geomlearn.app.model.history import History
from geomlearn.app.model.language import parse
from geomlearn.app.model.scene import Scene
from geomlearn.app.model.texts import NO_SCRIPT, Script
from geomlearn.app.window.actions.table import Action, Actions
from geomlearn.app.window.attention import Attention
from geomlearn.app.window.desk import Desk
from geomlearn.app.window.notices import Buttons, Notice, Notices
from geomlearn.app.window.preferences import Preferences
from geomlearn.app.window.stage.brush import Brush
from geomlearn.app.window.ui.theme import LIGHT, THEMES, Theme
from geomlearn.core.errors import GeomError

FREE_SHARE = 0.9
"""A job may take this much of the memory that is free without a question."""


class Application(Attention):
    """Everything of the window that is not drawing.

    Attributes
    ----------
    history   the undo tree; `scene` is its present.
    brush     paints the selection in focus.
    session_folder  where the session was saved last, or "".
    dirty     whether something changed since the last save.
    """

    def __init__(self, preferences: Preferences, desks: Sequence[Desk] = ()) -> None:
        super().__init__({desk.key: desk for desk in desks})
        self.history = History()
        self.runner = Runner()
        self.notices = Notices()
        self.actions = Actions()
        self.preferences = preferences
        self.estimates = Estimates(preferences.rates, preferences.sizes)
        self.brush = Brush()
        self.session_folder = ""
        self._clipboard: Callable[[str], None] = lambda text: None
        self._saved = self.history.now
        self._lines: list[str] = []
        for desk in desks:
            self.actions.add(desk.actions())

    @property
    def theme(self) -> Theme:
        return THEMES.get(self.preferences.theme, LIGHT)

    # The model

    @property
    def scene(self) -> Scene:
        return self.history.scene

    @property
    def dirty(self) -> bool:
        return self.history.now is not self._saved and bool(self.scene.items)

    def do(self, command: Command) -> bool:
        """Apply a command as one step of the history; a refusal becomes a message. Returns whether it was done."""
        try:
            self.history.do(command)
        except GeomError as error:
            self.notices.error(error)
            return False
        self.wake()
        self._keep_focus()
        return True

    def begin(self, scene: Scene, title: str, script: Script = NO_SCRIPT) -> None:
        """Start anew from a scene that `script` makes."""
        self.history.reset(scene, title, script)
        self.session_folder = ""
        self._saved = None
        self._keep_focus()

    def saved_in(self, folder: str) -> None:
        """What is on the stage now is kept in this folder."""
        self.session_folder = folder
        self._saved = self.history.now

    def queue_lines(self, lines: Sequence[str]) -> None:
        """Run these lines of the command language once everything asked for is open."""
        self._lines = list(lines)

    def run_lines(self) -> None:
        """Run the lines that wait, once nothing is being opened."""
        if self._lines and not self.runner.active:
            lines, self._lines = self._lines, []
            for line in lines:
                self.guard(line, partial(self._run_line, line))

    def _run_line(self, line: str) -> None:
        self.do(parse(self.scene, line))

    def undo(self) -> None:
        left = self.history.undo()
        if left is not None:
            self.notices.news(f"Undone: {left.title}", instead_of="Undone: ")
        self._keep_focus()
        self.wake()

    def redo(self) -> None:
        reached = self.history.redo()
        if reached is not None:
            self.notices.news(f"Redone: {reached.title}", instead_of="Redone: ")
        self._keep_focus()
        self.wake()

    def go(self, number: int) -> None:
        """Show any state of the history."""
        self.history.go(number)
        self._keep_focus()
        self.wake()

    # Long work

    def submit(
        self,
        title: str,
        target: str,
        *args: Any,
        on_result: Callable[[Any], object],
        lane: str = "main",
        remedies: Callable[[GeomError], Buttons] = lambda error: (),
        anyway: bool = False,
        **kwargs: Any,
    ) -> Job | None:
        """Run "module:function" in a worker; `on_result` gets what it returns, in this process.

        After a cancel `on_result` gets the best so far when the method hands it over, else it is not called. Failures
        and cancels are told to the person here, failures with the `remedies` that there are. A job that needs more
        memory than is free is held back, with a button to run it `anyway`.

        Returns
        -------
        The job, or None when it is held back.
        """
        if not anyway and (shortage := self._shortage(title, target, args)):
            again = partial(self.submit, title, target, *args, on_result=on_result, lane=lane, remedies=remedies)
            shortage.buttons = (("Run anyway", partial(again, anyway=True, **kwargs)),)
            self.notices.say(shortage)
            return None

        def ended(job: Job) -> None:
            self.wake()
            if job.state == State.FAILED and job.error is not None:
                self.notices.error(job.error, job.details, remedies(job.error))
            elif job.state == State.CANCELLED and job.result is None:
                self.notices.news(f"Cancelled: {title}.")
            if job.state == State.DONE:
                self.estimates.learn(target, args, job.elapsed_s, job.peak_bytes)
                self.preferences.write("rates", "sizes")
            if job.result is not None:
                if job.state == State.CANCELLED:
                    self.notices.news(f"Stopped: {title}. What it had by then is on the stage.")
                self.guard(title, lambda: on_result(job.result))

        self.wake()
        return self.runner.submit(title, target, *args, lane=lane, on_end=ended, **kwargs)

    def will_take(self, target: str, *args: Any) -> str:
        """Time and memory that a job will take here, as the end of a button's label; empty when small or not known."""
        words = (duration_words(self.estimates.seconds(target, args)), size_words(self.estimates.bytes(target, args)))
        return f" · {', '.join(filter(None, words))}" if any(words) else ""

    def _shortage(self, title: str, target: str, args: Sequence[Any]) -> Notice | None:
        """What to say about a job that needs more memory than is free; None when it fits, or nothing is known."""
        needed, free = self.estimates.bytes(target, args), free_bytes()
        if needed is None or free is None or needed <= FREE_SHARE * free:
            return None
        what = f"{title} will take about {size_words(needed, 0.0)} of memory; {size_words(free, 0.0)} are free."
        return Notice(what, "Ask for fewer modes, use a coarser mesh, or close other programs.", "warning")

    def busy(self, target: str = "") -> bool:
        """Whether a job runs or waits, of this "module:function" when one is given."""
        return any(not target or job.target == target for job in self.runner.active)

    # Words

    def use_clipboard(self, put: Callable[[str], None]) -> None:
        """Where copied text goes."""
        self._clipboard = put

    def copy(self, text: str, what: str) -> None:
        """Put text on the clipboard and say so."""
        self._clipboard(text)
        self.notices.news(f"Copied: {what}.")

    def wrote(self, path: str, script: Script) -> None:
        """Say that a file was written, and note it in the history."""
        self.history.note(f"Wrote {path}", script)
        self.notices.news(f"Wrote {path}")

    def guard(self, where: str, work: Callable[[], Any]) -> Any:
        """Run something of ours; whatever it raises becomes a message, and the window lives on."""
        try:
            return work()
        except GeomError as error:
            self.notices.error(error)
        except Exception as error:  # the window must outlive any defect of a panel
            text = f"{type(error).__name__}: {error}"
            hint = "The rest of the window goes on. Please report this with the details."
            self.notices.say(Notice(f"{where} failed. {text}.", hint, "error", traceback.format_exc()))
        return None

    def run(self, action_id: str) -> bool:
        """Do an action of the table if it can be done now; otherwise say why not."""
        return self.perform(self.actions[action_id])

    def perform(self, action: Action) -> bool:
        """Do an action if it can be done now; otherwise say why not."""
        reason = self.guard(action.title, lambda: action.when(self)) or ""
        if reason:
            self.notices.news(reason)
            return False
        self.guard(action.title, lambda: action.run(self))
        self.wake()
        return True

    def _keep_focus(self) -> None:
        if self.focus and self.focus not in self.scene:
            self.focus = ""
