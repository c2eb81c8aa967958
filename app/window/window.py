"""The window itself: start-up, the frame loop, and what one frame draws."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
import polyscope as ps
from polyscope import imgui

from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import bounds, framed_points
from geomlearn.app.window.application import Application
from geomlearn.app.window.console.console import Console
from geomlearn.app.window.console.panel import ConsolePanel
from geomlearn.app.window.desktop.context import open_context
from geomlearn.app.window.desktop.pace import Pace
from geomlearn.app.window.desktop.place import Place
from geomlearn.app.window.files.autosave import Autosave
from geomlearn.app.window.files.opening import session_of
from geomlearn.app.window.files.ways import Inbox
from geomlearn.app.window.keys import Keyboard
from geomlearn.app.window.panels.captions.names import free_stage
from geomlearn.app.window.panels.everything import draw_everything
from geomlearn.app.window.panels.many.pages import offers_pages
from geomlearn.app.window.panels.measured import measured_height
from geomlearn.app.window.panels.overlays import Overlays
from geomlearn.app.window.panels.timeline import Player, moving
from geomlearn.app.window.panels.welcome import offers_steps
from geomlearn.app.window.stage.camera import VIEWS, frame, set_camera
from geomlearn.app.window.stage.hand import Hand
from geomlearn.app.window.stage.mirror import Mirror
from geomlearn.app.window.stage.mover import Mover
from geomlearn.app.window.stage.numbers import VertexNumbers
from geomlearn.app.window.ui.layout import Layout, arrange
from geomlearn.app.window.ui.splitters import Splitters
from geomlearn.app.window.ui.theme import Theme, apply
from geomlearn.app.window.ui.widgets import Ui


class Visitor(Protocol):
    """Asks things of a window from outside, between its frames."""

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done in the next frame."""

    def drain(self, window: Window) -> None:
        """Do what came since the last frame."""

    def leave(self, window: Window) -> None:
        """The window closes."""


class Window:
    """Polyscope's window with our panels in it. There is one per process, since Polyscope is."""

    def __init__(
        self,
        app: Application,
        *,
        backend: str = "auto",
        size: tuple[int, int] | None = None,
        autosave: Autosave | None = None,
    ) -> None:
        self.app = app
        self.autosave = autosave
        self.inbox = Inbox()
        self.overlays = Overlays()
        self.hand = Hand()
        self.player = Player()
        self.mover = Mover()
        self.keyboard = Keyboard()
        self.splitters = Splitters()
        self.numbers = VertexNumbers()
        self.console = Console()
        self.console_panel = ConsolePanel()
        self.pace = Pace()
        self.place = Place()
        self.visitors: list[Visitor] = []
        self._mouse = (0.0, 0.0)
        self._own_scale = open_context(
            app.preferences, backend, size, style=lambda: apply(self.theme, self.scale), dropped=self.inbox.put
        )
        self._applied = (self.theme.name, self.scale)
        ps.set_user_callback(self._guarded_frame)
        app.look("corner")
        self.ui = Ui(self.theme, self.scale)
        self.mirror = Mirror(self.theme)
        app.use_clipboard(imgui.SetClipboardText)
        imgui.GetIO().ConfigInputTextCursorBlink = False

    @property
    def theme(self) -> Theme:
        return self.app.theme

    @property
    def scale(self) -> float:
        return self.app.preferences.scale or self._own_scale

    _own_scale = 1.0

    # The loop

    def run(self) -> int:
        """Until the person leaves."""
        try:
            while not self.app.closing:
                start = time.perf_counter()
                self.tick()
                if ps.window_requests_close() and self._may_close():
                    break
                self.rest(self.frame_budget() - (time.perf_counter() - start))
                self.pace.wait(self.app, self.player, (self.inbox, *self.visitors))
        except KeyboardInterrupt:
            self.close(keep=self.app.dirty)
            return 130
        except BaseException:
            self.close(keep=self.app.dirty)
            raise
        self.close(keep=False)
        return 0

    def _may_close(self) -> bool:
        """Ask once whether what is unsaved may go."""
        if not self.app.page:
            self.app.run("file.quit")
        return not self.app.dirty

    def tick(self) -> None:
        """One frame: results in, model to Polyscope, draw, then what must happen between frames."""
        app = self.app
        app.guard("Background work", app.runner.poll)
        app.guard("Opening files", lambda: self.inbox.drain(app))
        for visitor in self.visitors:
            app.guard("What a program asks", partial(visitor.drain, self))
        app.guard("The commands given", app.run_lines)
        app.guard("The console", lambda: self.console.poll(app))
        app.guard("The animation", lambda: self.player.advance(app))
        self._restyle()
        app.guard("Drawing", lambda: self.show(app.scene))
        app.guard("The gizmo", lambda: self.mover.follow(app, self.mirror))
        app.guard("The camera", self._move_camera)
        ps.frame_tick()
        for one in app.take_work():
            app.guard("Pictures", partial(one, self))
        self.place.follow(app.preferences)
        if self.autosave is not None:
            app.guard("Keeping the work", self.keep)

    def keep(self) -> None:
        """Write what is new since the last frame."""
        done = self.app.runner.finished
        state = (self.app.history.now, done[-1] if done else None)
        if self.app.scene.items or self.app.history.can_undo:
            self.autosave.follow(state, lambda: session_of(self.app, ps.get_view_as_json()))
        if self.autosave.error is not None:
            error, self.autosave.error = self.autosave.error, None
            self.app.notices.error(error)

    def rest(self, seconds: float) -> None:
        """Let time pass between two frames; what a job brings is not left waiting."""
        self.app.guard("Background work", lambda: self.app.runner.rest(seconds))

    def frame_budget(self) -> float:
        """Seconds a frame may take."""
        return self.pace.budget(self.app, self.player)

    def close(self, *, keep: bool = False) -> None:
        """End the workers; `keep` leaves the work for the next start."""
        if self.autosave is not None:
            self.autosave.close(keep=keep)
        for visitor in self.visitors:
            visitor.leave(self)
        self.app.runner.close()
        self.place.keep(self.app.preferences)
        ps.clear_user_callback()
        if ps.is_initialized():
            ps.shutdown(allow_mid_frame_shutdown=True)

    def present(self) -> None:
        """Let what was done since the last frame be seen in a picture taken now."""
        self._restyle()
        self.show(self.app.scene)
        self._move_camera()

    @property
    def is_hidden(self) -> bool:
        """Whether it draws where nobody sees it."""
        return ps.get_render_engine_backend_name() == "openGL3_egl"

    def show(self, scene: Scene) -> None:
        """Put a scene on the stage; the panels go on showing the application's own."""
        if self.mirror.sync(scene):
            low, high = bounds(scene)
            ps.set_bounding_box(low, high)
            ps.set_ground_plane_height(float(low[1]))

    def _restyle(self) -> None:
        wanted = (self.theme.name, self.scale)
        if wanted == self._applied:
            return
        if wanted[1] != self._applied[1]:
            ps.set_ui_scale(self.scale)
            # The panels are wider or narrower now: what was framed would lie under them.
            self.app.look("same")
        # Polyscope asks for the style when a context begins; the colours must change in this one.
        apply(self.theme, self.scale)
        self._applied = wanted
        self.ui = Ui(self.theme, self.scale)
        self.mirror.set_theme(self.theme)

    def _move_camera(self) -> None:
        wanted = self.app.take_view()
        if wanted.startswith("{"):
            set_camera(wanted)
        elif wanted:
            free = free_stage(self.app.scene, self.ui, self.layout().stage)
            frame(framed_points(self.app.scene), free, VIEWS.get(wanted))

    # One frame

    def layout(self) -> Layout:
        """Where everything is in this frame."""
        app = self.app
        return arrange(
            ps.get_window_size(),
            self.scale,
            panels=app.panels,
            timeline=moving(app) is not None,
            steps=offers_steps(app),
            pages=offers_pages(app),
            console=app.console,
            card=measured_height(app, self.ui),
            **self.splitters.widths(app),
        )

    def _guarded_frame(self) -> None:
        # An exception that leaves the callback would make every later frame impossible.
        self.app.guard("The window", self.instead or self._frame)

    instead: Callable[[], None] | None = None
    """Draws over the stage in place of the panels, while the window poses for a picture."""

    def _frame(self) -> None:
        place = self.layout()
        self.ui.begin_frame()
        self._notice_activity()
        draw_everything(self, place)

    def _notice_activity(self) -> None:
        io = imgui.GetIO()
        if io.MousePos != self._mouse or imgui.IsAnyMouseDown() or io.MouseWheel:
            self._mouse = io.MousePos
            self.app.wake()

    # Pictures

    def picture(self, *, with_panels: bool = True) -> np.ndarray:
        """(h, w, 3) uint8 of what is on screen. Between frames only; it draws the panels several times."""
        return ps.screenshot_to_buffer(transparent_bg=False, include_UI=with_panels)[..., :3]
