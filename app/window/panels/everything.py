"""What one frame draws over the stage, from the back to the front; the keys come last, when all have said who has them.

Each part is guarded by itself: what fails in one leaves the others standing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polyscope as ps

from geomlearn.app.window.doctor import renderer_name
from geomlearn.app.window.guide.tour import draw_tour
from geomlearn.app.window.panels.captions.axes import draw_axes
from geomlearn.app.window.panels.captions.legends import draw_legends
from geomlearn.app.window.panels.captions.names import draw_names
from geomlearn.app.window.panels.captions.scale_bar import draw_scale_bar
from geomlearn.app.window.panels.desk import draw_desk
from geomlearn.app.window.panels.many.pages import draw_pages
from geomlearn.app.window.panels.measured import draw_measured
from geomlearn.app.window.panels.notices import draw_notices
from geomlearn.app.window.panels.strips import draw_history, draw_jobs, draw_status
from geomlearn.app.window.panels.timeline import draw_timeline
from geomlearn.app.window.panels.top import draw_top
from geomlearn.app.window.panels.tree.rows import draw_tree
from geomlearn.app.window.panels.welcome import draw_steps, draw_welcome

if TYPE_CHECKING:
    from geomlearn.app.window.ui.layout import Layout
    from geomlearn.app.window.window import Window


def draw_everything(window: Window, place: Layout) -> None:
    """Pointer, legends, names, panels, messages, overlays, keys."""
    app, ui = window.app, window.ui
    app.guard("The pointer", lambda: window.hand.move(app, place.stage, window.scale))
    app.guard("The legend", lambda: draw_legends(app.scene, ui, place.stage))
    in_focus = app.shape.id if app.focus and app.shape else ""
    app.guard("The names", lambda: draw_names(app.scene, ui, place.stage, in_focus))
    # What is in focus may stand on another page.
    ruled = next((one for one in (app.shape, *app.scene.shapes) if one is not None and one.visible), None)
    app.guard("The axes", lambda: draw_axes(app.scene, ui, place.stage, ruled))
    app.guard("The scale bar", lambda: draw_scale_bar(app.scene, ui, place.stage, ruled))
    if app.panels:
        app.guard("The top bar", lambda: draw_top(app, ui, place.top))
        app.guard("The tree", lambda: draw_tree(app, ui, place.left))
        app.guard("The desk", lambda: draw_desk(app, ui, place.right))
        app.guard("The history", lambda: draw_history(app, ui, place.bottom))
        app.guard("The status line", lambda: draw_status(app, ui, place.status, renderer_name()))
        app.guard("The timeline", lambda: draw_timeline(app, ui, place.timeline, window.player))
        app.guard("The first steps", lambda: draw_steps(app, ui, place.steps))
        app.guard("The pages", lambda: draw_pages(app, ui, place.pages))
        app.guard("The console", lambda: window.console_panel.draw(app, ui, place.console, window.console))
        app.guard("The panel widths", lambda: window.splitters.draw(app, ui, place))
    app.guard("The welcome", lambda: draw_welcome(app, ui, place.stage))
    app.guard("The measures", lambda: draw_measured(app, ui, place.card, window.numbers))
    app.guard("The jobs", lambda: draw_jobs(app, ui, place.stage))
    app.guard("The messages", lambda: draw_notices(app, ui, place.stage))
    app.guard("The tour", lambda: draw_tour(app, ui, place))
    app.guard("The overlay", lambda: window.overlays.draw(app, ui, ps.get_window_size()))
    app.guard("The keys", lambda: window.keyboard.act(app, window.player))
