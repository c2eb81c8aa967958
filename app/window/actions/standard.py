"""The actions that belong to no desk."""

from __future__ import annotations

from collections.abc import Callable

import polyscope as ps

from geomlearn.app.model.commands import Remove
from geomlearn.app.model.computed import Source
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.texts import as_python, as_shell
from geomlearn.app.window.actions.table import Action, has_focus, needs_shape
from geomlearn.app.window.actions.view import view_actions
from geomlearn.app.window.application import Application
from geomlearn.app.window.files import ways
from geomlearn.app.window.guide.tour import begin_tour
from geomlearn.app.window.stage.brush import new_selection


def standard_actions() -> tuple[Action, ...]:
    """File, edit, view and help."""
    return (*_file(), *_edit(), *view_actions(), *_help())


def _file() -> tuple[Action, ...]:
    return (
        Action("file.open", "Open…", _opens("path"), ("Ctrl+O", "Ctrl+L"), everywhere=True),
        Action("file.dialog", "Choose a file…", ways.ask_for_files),
        Action("file.samples", "Open built-in shapes", ways.open_samples),
        Action("file.next", "Next file in the folder", _steps(1), ("PageDown",), _has_file),
        Action("file.previous", "Previous file in the folder", _steps(-1), ("PageUp",), _has_file),
        Action("file.save", "Save session", _save, ("Ctrl+S",), _not_empty),
        Action("file.save-as", "Save session as…", _opens("save"), ("Ctrl+Shift+S",), _not_empty, everywhere=True),
        Action(
            "file.picture",
            "Save a picture, figure or movie…",
            _opens("picture"),
            ("Ctrl+P",),
            _not_empty,
            everywhere=True,
        ),
        Action("file.quit", "Quit", _quit, ("Ctrl+Q",), everywhere=True),
    )


def _edit() -> tuple[Action, ...]:
    return (
        Action("edit.undo", "Undo", Application.undo, ("Ctrl+Z",), _can_undo),
        Action("edit.redo", "Redo", Application.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), _can_redo),
        Action("edit.compare", "Switch to the other branch", _other_branch, ("Ctrl+B",), _has_branch),
        Action("edit.select", "New selection of vertices", new_selection, ("Ctrl+J",), needs_shape),
        Action("edit.measure", "Measure between two points", _takes("measure"), ("D",), needs_shape, _tool("measure")),
        Action("edit.probe", "Read numbers at points", _takes("probe"), ("Shift+D",), needs_shape, _tool("probe")),
        Action("edit.rename", "Rename what is in focus…", _opens("rename"), ("Ctrl+R",), has_focus),
        Action("edit.remove", "Remove what is in focus", _remove, ("Del",), has_focus),
        Action("edit.copy-python", "Copy everything as Python", _copy_python, ("Ctrl+Shift+C",), _not_empty),
        Action("edit.copy-command", "Copy everything as commands", _copy_command, (), _not_empty),
        Action("edit.copy-last", "Copy the last step as a command", _copy_last, (), _not_empty),
    )


def _help() -> tuple[Action, ...]:
    return (
        Action("help.search", "Search commands", _opens("search"), ("Ctrl+K",), everywhere=True),
        Action("help.keys", "All keys", _opens("keys"), ("H", "Shift+?")),
        Action("help.doctor", "Doctor", _opens("doctor")),
        Action("help.tour", "Tour of five steps", begin_tour),
        Action("help.escape", "Close, or cancel what runs", _escape, ("Esc",), menu=False),
    )


def _opens(page: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        if app.page == page:
            app.close_page()
        else:
            app.open_page(page)

    return run


def _takes(tool: str) -> Callable[[Application], None]:
    return lambda app: app.take_tool("" if app.tool == tool else tool)


def _tool(tool: str) -> Callable[[Application], str]:
    return lambda app: "on" if app.tool == tool else "off"


def _steps(step: int) -> Callable[[Application], None]:
    return lambda app: ways.step_in_folder(app, step)


def _has_file(app: Application) -> str:
    if app.shape and app.shape.source and not app.shape.source.startswith("builtin:"):
        return ""
    return "Choose a shape that was opened from a file first."


def _save(app: Application) -> None:
    ways.save(app, ps.get_view_as_json())


def _can_undo(app: Application) -> str:
    return "" if app.history.can_undo else "Nothing to undo."


def _can_redo(app: Application) -> str:
    return "" if app.history.can_redo else "Nothing to redo."


def _not_empty(app: Application) -> str:
    return "" if app.scene.items else "The stage is empty."


def _has_branch(app: Application) -> str:
    return "" if any(app.history.siblings(node.number) for node in app.history.path()) else "There is no other branch."


def _quit(app: Application) -> None:
    if app.dirty or app.busy():
        app.open_page("quit")
    else:
        app.leave()


def _other_branch(app: Application) -> None:
    """The nearest branch beside the present path, at its newest state: pressing again comes back."""
    for node in reversed(app.history.path()):
        others = app.history.siblings(node.number)
        if others:
            app.history.go(max(others, key=lambda other: other.number).number)
            app.go((app.history.future() or [app.history.now])[-1].number)
            return


def _remove(app: Application) -> None:
    app.do(Remove(app.focus))


def _copy_python(app: Application) -> None:
    app.copy(as_python(app.history.script()), "everything so far as Python")


def _copy_command(app: Application) -> None:
    app.copy(as_shell(app.history.script()), "everything so far as commands")


def _copy_last(app: Application) -> None:
    now = app.history.now
    app.copy(app.history.copied(now.number).shell, f"“{now.title}” as a command")


def _escape(app: Application) -> None:
    """One thing at a time: overlay, tour, tool in hand, newest message, running job, then the focus."""
    if app.page:
        app.close_page()
    elif app.guide:
        app.guide_to(0)
    elif app.tool:
        app.take_tool("")
    elif app.notices.shown:
        app.notices.dismiss()
    elif app.runner.active:
        app.runner.cancel(app.runner.active[0])
    elif isinstance(app.item, ShapeItem | Source):
        app.focus_on("")
