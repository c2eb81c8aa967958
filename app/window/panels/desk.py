"""The right side: tabs for the desks, and the desk that is open."""

from __future__ import annotations

from geomlearn.app.window.application import Application
from geomlearn.app.window.ui.layout import Rect
from geomlearn.app.window.ui.widgets import Ui


def draw_desk(app: Application, ui: Ui, rect: Rect) -> None:
    """A desk that fails takes nothing with it: the others stay usable."""
    if app.desk is None:
        return
    with ui.panel("desk", rect):
        titles = [desk.title for desk in app.desks.values()]
        chosen = ui.choice("desk", list(app.desks), app.desk.key, titles)
        if chosen != app.desk.key:
            app.show_desk(chosen)
        ui.gap(2)
        with ui.child("body"), ui.scope(app.desk.key):
            app.guard(f"The {app.desk.title} desk", lambda: app.desk.draw(app, ui))
