"""Writing a result to a file, from the panel that shows it: the name, the button, and never a silent overwrite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from geomlearn.app.model.texts import NO_SCRIPT, Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.notices import Notice
from geomlearn.app.window.ui.widgets import Ui


class ExportBox:
    """One file name with its button; the folder is remembered per kind of file.

    Parameters
    ----------
    kind      word for the folder memory and the button: "basis".
    target    "module:function" of the writer; it gets (path, *args, force=…) in a worker and returns the path.
    suffixes  what it can write; the first is offered.
    lane      of the worker that writes.
    """

    def __init__(self, kind: str, target: str, suffixes: Sequence[str], *, lane: str = "files") -> None:
        self.kind = kind
        self.target = target
        self.suffixes = tuple(suffixes)
        self.lane = lane
        self._suffix = self.suffixes[0]
        self._typed = ""
        self._for = ""

    def draw(
        self,
        app: Application,
        ui: Ui,
        stem: str,
        args: Sequence[Any],
        script: Script = NO_SCRIPT,
        reason: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Draw it.

        Parameters
        ----------
        stem    the name offered, without folder and suffix.
        args    what the writer gets after the path;  options  and by keyword.
        script  how the same is done outside the window; "PATH" in it becomes the path.
        """
        with ui.scope(f"export {self.kind}"):
            if self._for != stem:
                self._for = stem
                self._typed = str(Path(app.preferences.folders.get(self.kind) or Path.cwd()) / stem)
            _, self._typed = ui.input_text("File", self._typed)
            before = self._suffix
            if len(self.suffixes) > 1:
                if len(self.suffixes) <= 5:
                    self._suffix = ui.choice("format", self.suffixes, self._suffix)
                else:
                    _, self._suffix = ui.combo("Format", self.suffixes, self._suffix)
            if self._suffix != before and Path(self._typed).suffix.lower() in self.suffixes:
                # The format chosen last counts, also against a suffix that was typed.
                self._typed = str(Path(self._typed).with_suffix(""))
            path = self.path
            ui.faint(f"Writes {path.name}")
            if ui.button(f"Export {self.kind}", "export", reason=reason):
                self.write(app, args, script, options=options)

    @property
    def path(self) -> Path:
        """The file that would be written."""
        path = Path(self._typed).expanduser().absolute()
        return path if path.suffix.lower() in self.suffixes else path.with_name(path.name + self._suffix)

    def write(
        self,
        app: Application,
        args: Sequence[Any],
        script: Script,
        *,
        force: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Write it in a worker; a file that is there already is a question, not an accident."""
        path = self.path
        if path.exists() and not force:
            overwrite = ("Overwrite", lambda: self.write(app, args, script, force=True, options=options))
            app.notices.say(Notice(f"{path.name} exists already.", "", "warning", buttons=(overwrite,)))
            return

        def written(_: Any) -> None:
            app.preferences.remember_folder(self.kind, str(path.parent))
            filled = Script(script.shell.replace("PATH", str(path)), script.python.replace("PATH", str(path)))
            app.wrote(str(path), filled)

        self.send(app, path, args, {**(options or {}), "force": force}, written)

    def send(
        self,
        app: Application,
        path: Path,
        args: Sequence[Any],
        options: Mapping[str, Any],
        written: Callable[[Any], None],
    ) -> None:
        """Hand the work to a worker; `written` is called when it is done."""
        app.submit(f"Write {path.name}", self.target, path, *args, **options, lane=self.lane, on_result=written)
