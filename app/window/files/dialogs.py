"""The system's file dialogs. They run in a child process only: beside a GL window they freeze or crash it."""

from __future__ import annotations

import shutil
import subprocess
import sys

from geomlearn.core.errors import GeomError

_OSASCRIPT = """set chosen to choose file with multiple selections allowed
set lines to ""
repeat with one in chosen
  set lines to lines & POSIX path of one & linefeed
end repeat
return lines"""


def choose_files(folder: str = "") -> list[str]:
    """The files a person chooses; none when they close the dialog.

    Raises
    ------
    GeomError   this system offers no dialog.
    """
    if sys.platform == "darwin":
        return _lines(["osascript", "-e", _OSASCRIPT])
    start = f"{folder}/" if folder else ""
    if shutil.which("zenity"):
        options = ["--file-selection", "--multiple", "--separator=\n", "--title=Open"]
        return _lines(["zenity", *options, *([f"--filename={start}"] if start else [])])
    if shutil.which("kdialog"):
        return _lines(["kdialog", "--getopenfilename", start or ".", "--multiple", "--separate-output"])
    return _with_tkinter(folder)


def _lines(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if line.strip()]


def _with_tkinter(folder: str) -> list[str]:
    try:
        import tkinter
        from tkinter import filedialog

        root = tkinter.Tk()
    except Exception as error:  # a missing module, or a Tcl error without a display
        what = f"This system offers no file dialog ({type(error).__name__})."
        raise GeomError(what, "Drop the file on the window, or type its path with Ctrl+L.") from None
    root.withdraw()
    paths = filedialog.askopenfilenames(parent=root, initialdir=folder or None)
    root.destroy()
    return list(paths)
