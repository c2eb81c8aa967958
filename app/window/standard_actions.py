"""The actions that belong to no desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polyscope as ps

from app.model.commands import Add, Remove, change, restage
from app.model.computed import BookmarkItem, Source
from app.model.items import Layer, ShapeItem
from app.window.actions import Action
from app.window.application import Application
from app.window.files import ways
from app.window.stage.brush import new_selection

SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


def standard_actions() -> tuple[Action, ...]:
    """File, edit, view and help."""
    return (*_file(), *_edit(), *_view(), *_help())


def needs_shape(app: Application) -> str:
    """The reason why there is nothing to work on."""
    return "" if app.shape else "There is no shape on the stage yet."


def _file() -> tuple[Action, ...]:
    return (
        Action("file.open", "Open…", _opens("path"), ("Ctrl+O", "Ctrl+L")),
        Action("file.dialog", "Choose a file…", ways.ask_for_files),
        Action("file.samples", "Open built-in shapes", ways.open_samples),
        Action("file.next", "Next file in the folder", _steps(1), ("PageDown",), _has_file),
        Action("file.previous", "Previous file in the folder", _steps(-1), ("PageUp",), _has_file),
        Action("file.save", "Save session", _save, ("Ctrl+S",), _not_empty),
        Action("file.save-as", "Save session as…", _opens("save"), ("Ctrl+Shift+S",), _not_empty),
        Action("file.picture", "Save a picture, figure or movie…", _opens("picture"), ("Ctrl+P",), _not_empty),
        Action("file.quit", "Quit", _quit, ("Ctrl+Q",)),
    )


def _edit() -> tuple[Action, ...]:
    return (
        Action("edit.undo", "Undo", Application.undo, ("Ctrl+Z",), _can_undo),
        Action("edit.redo", "Redo", Application.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), _can_redo),
        Action("edit.compare", "Switch to the other branch", _other_branch, ("Ctrl+B",), _has_branch),
        Action("edit.select", "New selection of vertices", new_selection, ("Ctrl+J",), needs_shape),
        Action("edit.remove", "Remove what is in focus", _remove, ("Del",), _has_focus),
        Action("edit.copy-python", "Copy everything as Python", _copy_python, ("Ctrl+Shift+C",), _not_empty),
        Action("edit.copy-command", "Copy everything as commands", _copy_command, (), _not_empty),
        Action("edit.copy-last", "Copy the last step as a command", _copy_last, (), _not_empty),
    )


def _view() -> tuple[Action, ...]:
    return (
        Action("view.frame", "Frame everything", _looks("same"), ("F",)),
        Action("view.front", "From the front", _looks("front"), ("1",)),
        Action("view.right", "From the right", _looks("right"), ("3",)),
        Action("view.top", "From the top", _looks("top"), ("7",)),
        Action("view.orthographic", "Perspective or orthographic", _toggle_projection, ("5",)),
        Action("view.layout", "Side by side or on top of each other", _toggle_layout, ("O",)),
        Action("view.up", "Next axis up", _next_up, ("U",)),
        Action("view.move", "Move a shape by hand", _toggle_moving, ("W",), needs_shape),
        Action("view.cut", "Cut the shape open", _toggle_cut, ("Shift+X",), needs_shape),
        Action("view.edges", "Edges", _toggle("edges"), ("E",), needs_shape),
        Action("view.isolines", "Isolines", _toggle_isolines, ("I",), _has_layer),
        Action("view.legend", "Legend", _toggle_stage("legend"), ("L",)),
        Action("view.ground", "Shadow on the ground", _toggle_stage("ground"), ("G",)),
        Action("view.next", "Next thing to show", _next_source, ("C",), _has_sources),
        Action("view.hide", "Hide or show what is in focus", _toggle_visible, ("V",), _has_focus),
        Action("view.bookmark", "Keep this view", _bookmark, ("Ctrl+M",)),
        Action("view.panels", "Panels", _toggle_panels, ("Ctrl+.",)),
        Action("view.theme", "Light or dark", _toggle_theme, ("Ctrl+T",)),
        Action("view.larger", "Larger interface", _scales(1), ("Ctrl+Equal",)),
        Action("view.smaller", "Smaller interface", _scales(-1), ("Ctrl+Minus",)),
    )


def _help() -> tuple[Action, ...]:
    return (
        Action("help.search", "Search commands", _opens("search"), ("Ctrl+K",)),
        Action("help.keys", "All keys", _opens("keys"), ("H", "Shift+?")),
        Action("help.doctor", "Doctor", _opens("doctor")),
        Action("help.escape", "Close, or cancel what runs", _escape, ("Esc",), menu=False),
    )


def _opens(page: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        app.overlay = "" if app.overlay == page else page

    return run


def _looks(view: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        app.view_wanted = view

    return run


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


def _has_focus(app: Application) -> str:
    return "" if app.item else "Choose something in the tree first."


def _has_layer(app: Application) -> str:
    return "" if app.shape and app.shape.layer else "Nothing is shown on this shape."


def _has_sources(app: Application) -> str:
    if app.shape and app.scene.children(app.shape.id, Source):
        return ""
    return "There is nothing to show on this shape yet. Compute a basis with S."


def _has_branch(app: Application) -> str:
    return "" if any(app.history.siblings(node.number) for node in app.history.path()) else "There is no other branch."


def _quit(app: Application) -> None:
    if app.dirty or app.busy():
        app.overlay = "quit"
    else:
        app.closing = True


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
    head = "from app.model.scene import Scene\n\nscene = Scene()\n"
    app.copy(head + app.history.script().python, "everything so far as Python")


def _copy_command(app: Application) -> None:
    app.copy(app.history.script().shell, "everything so far as commands")


def _copy_last(app: Application) -> None:
    app.copy(app.history.now.script.shell, f"“{app.history.now.title}” as a command")


def _toggle(name: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        app.do(change(app.shape.id, **{name: not getattr(app.shape, name)}))

    return run


def _toggle_stage(name: str) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        app.do(restage(**{name: not getattr(app.scene.stage, name)}))

    return run


def _toggle_visible(app: Application) -> None:
    app.do(change(app.focus, visible=not app.item.visible))


def _toggle_moving(app: Application) -> None:
    app.moving = "" if app.moving == app.shape.id else app.shape.id
    if app.moving:
        app.focus = app.moving


def _toggle_cut(app: Application) -> None:
    shape = app.shape
    what = f"{shape.label} whole again" if shape.cut else f"Cut {shape.label} open along z"
    app.do(change(shape.id, what, cut="" if shape.cut else "z"))


def _toggle_isolines(app: Application) -> None:
    app.do(change(app.shape.id, layer=replace(app.shape.layer, isolines=not app.shape.layer.isolines)))


def _toggle_projection(app: Application) -> None:
    now = app.scene.stage.projection
    app.do(restage(projection="perspective" if now == "orthographic" else "orthographic"))


def _toggle_layout(app: Application) -> None:
    app.do(restage(layout="row" if app.scene.stage.layout == "overlay" else "overlay"))
    app.view_wanted = "same"


def _next_up(app: Application) -> None:
    app.do(restage(up={"auto": "y", "y": "z", "z": "x", "x": "auto"}[app.scene.stage.up]))
    app.view_wanted = "same"


def _next_source(app: Application) -> None:
    sources: list[Source | None] = [None, *app.scene.children(app.shape.id, Source)]
    at = next((n for n, source in enumerate(sources) if source is not None and source is app.source), 0)
    source = sources[(at + 1) % len(sources)]
    layer = Layer(source=source.id, column=min(1, source.n_columns - 1)) if source else None
    app.do(change(app.shape.id, layer=layer))


def _bookmark(app: Application) -> None:
    app.do(Add((BookmarkItem(label="View", camera=ps.get_view_as_json()),), "Keep this view"))


def _toggle_panels(app: Application) -> None:
    app.panels = not app.panels
    app.view_wanted = "same"


def _toggle_theme(app: Application) -> None:
    app.preferences.theme = "dark" if app.preferences.theme == "light" else "light"


def _scales(step: int) -> Callable[[Application], None]:
    def run(app: Application) -> None:
        now = app.preferences.scale or 1.0
        nearest = min(range(len(SCALES)), key=lambda number: abs(SCALES[number] - now))
        app.preferences.scale = SCALES[min(max(nearest + step, 0), len(SCALES) - 1)]

    return run


def _escape(app: Application) -> None:
    """One thing at a time: the overlay, then the newest message, then the running job, then the focus."""
    if app.overlay:
        app.overlay = ""
    elif app.notices.shown:
        app.notices.dismiss()
    elif app.runner.active:
        app.runner.cancel(app.runner.active[0])
    elif isinstance(app.item, ShapeItem | Source):
        app.focus = ""
