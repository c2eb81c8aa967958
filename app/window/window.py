"""The window itself: start-up, the frame loop, and what one frame draws."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
import polyscope as ps
from polyscope import imgui

from geomlearn.app.model.scene import Scene
from geomlearn.app.model.view.place import bounds, framed_points
from geomlearn.app.window.application import Application
from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.desktop.pace import Pace
from geomlearn.app.window.desktop.place import Place, first_place, first_size
from geomlearn.app.window.doctor import renderer_name, ssaa_factor
from geomlearn.app.window.files.autosave import Autosave
from geomlearn.app.window.files.opening import session_of
from geomlearn.app.window.files.ways import Inbox
from geomlearn.app.window.keys import Keyboard
from geomlearn.app.window.panels.desk import draw_desk
from geomlearn.app.window.panels.overlays import Overlays
from geomlearn.app.window.panels.stage import draw_legends, draw_names, draw_notices, free_stage
from geomlearn.app.window.panels.strips import draw_history, draw_jobs, draw_status
from geomlearn.app.window.panels.timeline import Player, draw_timeline, moving
from geomlearn.app.window.panels.top import draw_top
from geomlearn.app.window.panels.tree.rows import draw_tree
from geomlearn.app.window.panels.welcome import draw_steps, draw_welcome, offers_steps
from geomlearn.app.window.stage.camera import VIEWS, frame, set_camera
from geomlearn.app.window.stage.hand import Hand
from geomlearn.app.window.stage.mirror import Mirror
from geomlearn.app.window.stage.mover import Mover
from geomlearn.app.window.ui.colormaps import load_colormaps
from geomlearn.app.window.ui.layout import Layout, arrange
from geomlearn.app.window.ui.splitters import Splitters
from geomlearn.app.window.ui.theme import Theme, apply
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import DeviceError


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
        self.pace = Pace()
        self.place = Place()
        self.visitors: list[Visitor] = []
        self._mouse = (0.0, 0.0)
        self._start(backend, size)
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

    def _start(self, backend: str, size: tuple[int, int] | None) -> None:
        ps.set_program_name("geomlearn")
        ps.set_verbosity(0)
        ps.set_print_prefix("")
        ps.set_use_prefs_file(False)
        ps.set_errors_throw_exceptions(True)
        ps.set_display_message_popups(False)
        ps.set_warn_for_invalid_values(False)
        ps.set_frame_tick_limit_fps_mode("ignore_limits")
        ps.set_build_default_gui_panels(False)
        ps.set_open_imgui_window_for_user_callback(False)
        ps.set_configure_imgui_style_callback(lambda: apply(self.theme, self.scale))
        ps.set_files_dropped_callback(self.inbox.put)
        if backend == "auto" and sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
            # Asking Polyscope all the same ends in a crash when the interpreter leaves.
            raise DeviceError("No window can be opened here: there is no display.", _advice())
        habits = self.app.preferences
        screen = glfw.screen() if backend == "auto" and size is None else None
        size = size or first_size(habits.size, screen)
        ps.set_window_size(*size)
        try:
            ps.init(backend)
        except RuntimeError as error:
            raise DeviceError(f"No window can be opened here: {_plain(error)}.", _advice()) from None
        if at := first_place(habits.place, size, screen):
            glfw.move_to(*at)
        self._own_scale = ps.get_ui_scale()
        self._applied = (self.theme.name, self.scale)
        load_colormaps()
        ps.set_automatically_compute_scene_extents(False)
        ps.set_length_scale(1.0)
        ps.set_bounding_box(np.full(3, -0.5), np.full(3, 0.5))
        ps.set_ground_plane_height_mode("manual")
        ps.set_shadow_darkness(0.18)
        ps.set_SSAA_factor(ssaa_factor())
        ps.set_user_callback(self._guarded_frame)
        self.app.look("corner")

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
            app.guard("What a program asks", lambda visitor=visitor: visitor.drain(self))
        app.guard("The commands given", app.run_lines)
        app.guard("The animation", lambda: self.player.advance(app))
        self._restyle()
        app.guard("Drawing", lambda: self.show(app.scene))
        app.guard("The gizmo", lambda: self.mover.follow(app, self.mirror))
        app.guard("The camera", self._move_camera)
        ps.frame_tick()
        for one in app.take_work():
            app.guard("Pictures", lambda one=one: one(self))
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
            **self.splitters.widths(app),
        )

    def _guarded_frame(self) -> None:
        # An exception that leaves the callback would make every later frame impossible.
        self.app.guard("The window", self.instead or self._frame)

    instead: Callable[[], None] | None = None
    """Draws over the stage in place of the panels, while the window poses for a picture."""

    def _frame(self) -> None:
        app, ui = self.app, self.ui
        place = self.layout()
        ui.begin_frame()
        self._notice_activity()
        app.guard("The pointer", lambda: self.hand.move(app, place.stage, self.scale))
        app.guard("The legend", lambda: draw_legends(app.scene, ui, place.stage))
        in_focus = app.shape.id if app.focus and app.shape else ""
        app.guard("The names", lambda: draw_names(app.scene, ui, place.stage, in_focus))
        if app.panels:
            app.guard("The top bar", lambda: draw_top(app, ui, place.top))
            app.guard("The tree", lambda: draw_tree(app, ui, place.left))
            app.guard("The desk", lambda: draw_desk(app, ui, place.right))
            app.guard("The history", lambda: draw_history(app, ui, place.bottom))
            app.guard("The status line", lambda: draw_status(app, ui, place.status, renderer_name()))
            app.guard("The timeline", lambda: draw_timeline(app, ui, place.timeline, self.player))
            app.guard("The first steps", lambda: draw_steps(app, ui, place.steps))
            app.guard("The panel widths", lambda: self.splitters.draw(app, ui, place))
        app.guard("The welcome", lambda: draw_welcome(app, ui, place.stage))
        app.guard("The jobs", lambda: draw_jobs(app, ui, place.stage))
        app.guard("The messages", lambda: draw_notices(app, ui, place.stage))
        app.guard("The overlay", lambda: self.overlays.draw(app, ui, ps.get_window_size()))
        app.guard("The keys", lambda: self.keyboard.act(app, self.player))

    def _notice_activity(self) -> None:
        io = imgui.GetIO()
        if io.MousePos != self._mouse or imgui.IsAnyMouseDown() or io.MouseWheel:
            self._mouse = io.MousePos
            self.app.wake()

    # Pictures

    def picture(self, *, with_panels: bool = True) -> np.ndarray:
        """(h, w, 3) uint8 of what is on screen. Between frames only; it draws the panels several times."""
        return ps.screenshot_to_buffer(transparent_bg=False, include_UI=with_panels)[..., :3]


def _plain(error: Exception) -> str:
    return str(error).replace("[polyscope]", "").replace("[EXCEPTION]", "").strip().rstrip(".")


def _advice() -> str:
    if os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("DISPLAY"):
        return "The window needs XWayland. Every job also runs from the command line: see `geomlearn --help`."
    return "Without a screen use the command line: `geomlearn render`, `geomlearn --help`."
