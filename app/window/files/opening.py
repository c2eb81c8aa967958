"""From paths to items on the stage: dropped, typed, chosen, or given on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from geomlearn.app.model.commands import Add, Command, Remove, Steps
from geomlearn.app.model.files.loading import OnVertices
from geomlearn.app.model.files.session import Session, is_session, read_session, write_session
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.many.items import CollectionItem
from geomlearn.app.model.results import add_shapes, kind_of, loaded_command
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.app.window.notices import Buttons
from geomlearn.app.window.panels.many.pages import after_arrival
from geomlearn.collections.pairs.matched import holds_maps
from geomlearn.core.errors import CountsFromOne, GeomError

COLLECTION = "geomlearn.app.model.many.items:read_collection"
READ = "geomlearn.app.model.files.loading:load_any"


def open_paths(app: Application, paths: Sequence[str], *, instead_of: str = "") -> None:
    """Open files, session folders and `builtin:NAME`s; each is read in a worker and says itself what is wrong.

    Parameters
    ----------
    instead_of   id of a shape that the new one takes the place of, or empty.
    """
    for path in paths:
        if path.startswith("builtin:"):
            source = path
        else:
            source = str(Path(path).expanduser().absolute())
            if is_session(source):
                open_session(app, source)
                continue
            if Path(source).is_dir() and holds_maps(source):
                _open_collection(app, source)
                continue
        _read(app, source, instead_of)


def _open_collection(app: Application, folder: str) -> None:
    """The table of the maps of a collection, then its shapes."""

    def arrived(item: CollectionItem) -> None:
        lines = ["from geomlearn.app.model.many.items import read_collection"]
        lines.append(f"scene = scene.put([read_collection({folder!r})])")
        if app.do(Add((item,), f"Open collection {item.label}", Script("", "\n".join(lines)))):
            app.focus_on(item.id)
            app.preferences.remember(folder)
            if "match" in app.desks:
                app.show_desk("match")
            here = {shape.source for shape in app.scene.shapes}
            open_paths(app, [spec for spec in item.specs if spec not in here])

    app.submit(f"Open {Path(folder).name}", COLLECTION, folder, on_result=arrived, lane="files")


def _read(app: Application, source: str, instead_of: str, index_base: int | None = None) -> None:
    def remedies(error: GeomError) -> Buttons:
        if not isinstance(error, CountsFromOne):
            return ()
        return (("Load as 1-based", lambda: _read(app, source, instead_of, 1)),)

    app.submit(
        f"Open {source if source.startswith('builtin:') else Path(source).name}",
        READ,
        source,
        index_base,
        on_result=lambda loaded: _arrived(app, source, loaded, instead_of, index_base),
        lane="files",
        remedies=remedies,
    )


def _arrived(
    app: Application, source: str, loaded: object, instead_of: str = "", index_base: int | None = None
) -> None:
    if isinstance(loaded, ShapeItem):
        _shape_arrived(app, loaded, instead_of, index_base)
    elif isinstance(loaded, OnVertices):
        _values_arrived(app, source, loaded)
    else:
        # Correspondences and landmarks belong to a desk.
        any(desk.take(app, source, loaded) for desk in app.desks.values())
    if not source.startswith("builtin:"):
        app.preferences.remember(source)


def _shape_arrived(app: Application, loaded: ShapeItem, instead_of: str, index_base: int | None) -> None:
    first = not app.scene.of(ShapeItem)
    command: Command = add_shapes((loaded,), index_base)
    paging = after_arrival(app)
    if instead_of in app.scene:
        command = Steps(command.title(app.scene), (Remove(instead_of), command))
    elif paging:
        command = Steps(command.title(app.scene), (command, *paging))
    if not app.do(command):
        return
    if not paging:
        app.focus_on(loaded.id)
    app.look("corner" if first else "same")
    if loaded.coarse is not None:
        sizes = f"{len(loaded.coarse.faces):,} of its {loaded.shape.n_faces:,} faces"
        app.notices.news(f"{loaded.label} is drawn with {sizes}; everything is computed on all of them.")
    for warning in loaded.shape.warnings[:2]:
        app.notices.news(f"{loaded.label}: {warning}")


def _values_arrived(app: Application, source: str, loaded: OnVertices) -> None:
    """Put a basis, a field or numbers on the shape they fit, once every shape dropped with them is there."""
    if app.busy(READ):
        app.after_frame(lambda _: app.guard(source, lambda: _values_arrived(app, source, loaded)))
        return
    n_before = len(app.scene.shapes)
    command = loaded_command(app.scene, loaded.content, source, loaded.shape)
    if app.do(command):
        app.focus_on(cast(Add, command.commands[-1]).items[0].id)
        desk = {"field": "fields", "basis": "spectrum", "shape model": "spectrum"}.get(kind_of(loaded.content), "")
        if desk in app.desks:
            app.show_desk(desk)
        if len(app.scene.shapes) > n_before:
            app.look("same" if n_before else "corner")


def open_session(app: Application, folder: str) -> None:
    """Replace the stage by a saved one."""
    try:
        session = read_session(folder)
    except GeomError as error:
        app.notices.error(error)
        return
    app.begin(session.scene, f"Open session {Path(folder).name}", session.script)
    app.saved_in(str(Path(folder).absolute()))
    app.preferences.remember(app.session_folder)
    _recall(app, session.view)
    app.notices.news(f"Opened {Path(folder).name}")


def continue_work(app: Application, folder: Path) -> bool:
    """Replace the stage by work that ended in the middle; it counts as not saved. Returns whether it could be read."""
    try:
        session = read_session(folder)
    except GeomError as error:
        app.notices.error(error)
        return False
    app.begin(session.scene, f"Continue: {session.log[-1]}" if session.log else "Continue", session.script)
    app.session_folder = str(session.view.get("kept_in", ""))
    _recall(app, session.view)
    return True


def _recall(app: Application, view: Mapping[str, Any]) -> None:
    """Look at the stage as it was looked at."""
    app.focus_on(view.get("focus", "") if view.get("focus", "") in app.scene else "")
    if view.get("desk") in app.desks:
        app.show_desk(view["desk"])
    for key, kept in view.get("desks", {}).items():
        if key in app.desks:
            app.guard(f"The {key} desk", partial(app.desks[key].recall, kept))
    app.look(view.get("camera", "") or "corner")


def session_of(app: Application, camera: str) -> Session:
    """Everything as it is now, to be written."""
    view = {
        "camera": camera,
        "focus": app.focus,
        "desk": app.desk.key if app.desk else "",
        "desks": {key: dict(desk.remember()) for key, desk in app.desks.items()},
        "kept_in": app.session_folder,
    }
    log = tuple(node.title for node in app.history.path())
    return Session(app.scene, view, log, app.history.script())


def save_session(app: Application, folder: str, camera: str) -> bool:
    """Save everything into a folder; returns whether it worked."""
    try:
        path = write_session(folder, session_of(app, camera))
    except GeomError as error:
        app.notices.error(error)
        return False
    app.saved_in(str(path))
    app.preferences.remember(str(path))
    app.notices.news(f"Saved {path.name}")
    return True
