"""How often the window draws: at once while something happens, slower beside a job, not at all while nothing moves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from geomlearn.app.window.desktop import glfw
from geomlearn.app.window.doctor import is_software

if TYPE_CHECKING:
    from geomlearn.app.window.application import Application
    from geomlearn.app.window.panels.timeline import Player

ACTIVE_S = 1.0
"""So long after the last event the window draws at full speed: what appears on hovering appears within it."""
LOOK_UP_S = 0.5
"""So often a window at rest looks whether something came that is no event of its own."""
BLIND_S = 1 / 6
"""A frame where events cannot be waited for."""


class Pace:
    """Decides when the next frame is due."""

    def budget(self, app: Application, player: Player) -> float:
        """Seconds that the frame just drawn may take."""
        if app.busy() and is_software():
            # Drawing and the job share the processor: frames nobody needs would only make the job late.
            return 1 / 10
        if time.monotonic() - app.active_s < ACTIVE_S or player.playing:
            return 1 / 60
        return 1 / 20 if app.busy() else 1 / 12

    def wait(self, app: Application, player: Player, inboxes: Sequence[Any]) -> None:
        """Return when a frame is due: at once, or when something happens to a window in which nothing moves."""
        while self.at_rest(app, player, inboxes):
            happened = glfw.wait_for_events(LOOK_UP_S)
            if happened is None:
                time.sleep(BLIND_S)
                return
            if happened:
                app.wake()

    @staticmethod
    def at_rest(app: Application, player: Player, inboxes: Sequence[Any]) -> bool:
        """Whether another frame would be the same picture."""
        since = time.monotonic() - app.active_s
        nothing_came = all(inbox.empty for inbox in inboxes)
        return (
            since >= ACTIVE_S
            and nothing_came
            and not (app.closing or app.busy() or player.playing or app.has_work() or app.notices.fading())
        )
